using System.Globalization;
using System.Web;
using CommitmentsTracker.Oracle;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>What a question of <see cref="KeptAnswer"/> is about.</summary>
public enum AskedOf
{
    Item,
    List,
    Summary,
    Timeline,
    History,
}

/// <summary>A question and how an earlier program answered it.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Slug">Of an item's question: the item.</param>
/// <param name="Path">Address and parameters; both clocks are named there, or D follows from K.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Location">Where it sent the reader on to; null if it did not.</param>
/// <param name="Body">
/// Its JSON, of a cursor only that there is one, since its text is nobody's business; of a refusal only <c>rule</c> and
/// <c>field</c>; null if there was none.
/// </param>
public sealed record KeptAnswer(AskedOf Kind, string? Slug, string Path, int Status, string? Location, JsonNode? Body)
{
    /// <summary>Reads a line of the file of answers.</summary>
    public static KeptAnswer Of(string line)
    {
        var row = JsonNode.Parse(line)!;
        return new KeptAnswer(
            Enum.Parse<AskedOf>((string)row["kind"]!, ignoreCase: true),
            (string?)row["slug"],
            (string)row["path"]!,
            (int)row["status"]!,
            (string?)row["location"],
            Opaque(row["answer"])
        );
    }

    /// <summary>The present answer to the same question, in the same shape.</summary>
    public KeptAnswer With(Answer present) =>
        this with
        {
            Status = present.Status,
            Location = present.Location,
            Body =
                !present.MediaType.Contains("json", StringComparison.Ordinal) ? null
                : present.Status == 200 ? Opaque(present.Json)
                : new JsonObject { ["rule"] = present.Json["rule"]?.DeepClone(), ["field"] = present.Json["field"]?.DeepClone() },
        };

    /// <summary>The value of a parameter; null if it is not given.</summary>
    public string? Parameter(string name) => HttpUtility.ParseQueryString(Path[(Path.IndexOf('?', StringComparison.Ordinal) + 1)..])[name];

    /// <summary>All values of a parameter.</summary>
    public IReadOnlyList<string> Parameters(string name) =>
        HttpUtility.ParseQueryString(Path[(Path.IndexOf('?', StringComparison.Ordinal) + 1)..]).GetValues(name) ?? [];

    /// <summary>K: an instant, or the end of a day.</summary>
    public DateTimeOffset KnownAt =>
        Parameter("knownAt")! is { Length: 10 } day
            ? OracleForum.EndOf(Day(day))
            : DateTimeOffset.Parse(Parameter("knownAt")!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>D: as asked for, else the day of K.</summary>
    public DateOnly AsOf => Parameter("asOf") is { } day ? Day(day) : DateOnly.FromDateTime(KnownAt.UtcDateTime);

    private static JsonNode? Opaque(JsonNode? body)
    {
        if (body?["nextCursor"] is not null)
            body["nextCursor"] = "opaque";
        return body;
    }

    internal static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
