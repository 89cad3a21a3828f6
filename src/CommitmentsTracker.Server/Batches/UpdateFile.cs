using System.Globalization;
using System.Text;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Server.Updates;
using CsvHelper;

namespace CommitmentsTracker.Server.Batches;

/// <summary>One row of a file of updates: the form of the desk, filled in.</summary>
/// <param name="No">Number of the row, from 1; the header is none.</param>
/// <param name="Item">Slug of the item.</param>
/// <param name="Id">Id of the update to be; null: a new one.</param>
/// <param name="Version">Version of the item that was seen; null: any.</param>
public sealed record UpdateFileRow(int No, string Item, string? Id, int? Version, LogForm Form, IReadOnlyList<Refusal> Refusals);

/// <summary>
/// A file of updates as CSV (RFC 4180, UTF-8): a header that names its columns, in any order, and a row for each update.
/// </summary>
public static class UpdateFile
{
    /// <summary>Most rows of a file.</summary>
    public const int MostRows = 1_000;

    /// <summary>Sources that fit into a row.</summary>
    public const int Sources = 3;

    // What a tolerant reader would make of a slip in the quoting is not what was meant.
    private static readonly CsvReaderOptions Options = new()
    {
        MalformedData = CsvMalformedDataHandling.Throw,
        FieldCountMismatch = CsvFieldCountHandling.Throw,
    };

    private static readonly string[] OfSource = ["title", "publisher", "identifier", "url", "archived_url", "date", "grade"];
    private static readonly string[] Required = ["item", "type", "occurred_on"];

    /// <summary>The columns that a file may have.</summary>
    public static readonly IReadOnlyList<string> Columns =
    [
        "item",
        "type",
        "status",
        "ground",
        "occurred_on",
        "note_en",
        "note_zh",
        "actor",
        "lane",
        "confidence",
        "due_on",
        "due_target",
        "due_basis_en",
        "due_basis_zh",
        .. Enumerable.Range(1, Sources).SelectMany(n => OfSource.Select(c => SourceColumn(n, c))),
        "id",
        "version",
    ];

    /// <summary>A file to begin with.</summary>
    public static string Example { get; } =
        Written([
            [.. Columns],
            Row(
                ("item", "global-digital-compact"),
                ("type", "progress"),
                ("occurred_on", "2025-09"),
                ("note_en", "What happened, in neutral words."),
                ("note_zh", "以中性的语言说明发生了什么。"),
                ("lane", "independent"),
                ("evidence_title", "Title of the resolution"),
                ("evidence_publisher", "United Nations"),
                ("evidence_identifier", "A/RES/79/325"),
                ("evidence_url", "https://docs.un.org/en/A/RES/79/325"),
                ("evidence_grade", "primary")
            ),
            Row(
                ("item", "global-digital-compact"),
                ("type", "review"),
                ("occurred_on", "2026-01-31"),
                ("note_en", "Reviewed; nothing new found.")
            ),
        ]);

    /// <summary>Reads the bytes of a file.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static (IReadOnlyList<UpdateFileRow> Rows, Refusal? Refusal) Read(byte[] bytes) =>
        Decode(bytes) is { } text ? Read(text) : ([], NotUtf8);

    /// <summary>The text of a file; null: it is not UTF-8.</summary>
    public static string? Decode(byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>Refuses what is not UTF-8.</summary>
    public static Refusal NotUtf8 { get; } = new(RefusalKind.Invalid, "encoding", "file", "The file is not UTF-8.");

    /// <summary>Reads a file; rows with wrong fields are read too. Nothing but a refusal, if it is no file of updates at all.</summary>
    public static (IReadOnlyList<UpdateFileRow> Rows, Refusal? Refusal) Read(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Wrong("required", "The file is empty.");
        try
        {
            using var reader = CsvReader.Create(new StringReader(text.TrimStart('\uFEFF')), Options);
            reader.ReadHeader();
            var headers = reader.Headers.Select(h => h.Trim().ToLowerInvariant()).ToList();
            if (headers.Find(h => !Columns.Contains(h)) is { } unknown)
                return Wrong("unknown-column", $"There is no column '{unknown}'; these are: {string.Join(", ", Columns)}.");
            if (headers.GroupBy(h => h).FirstOrDefault(g => g.Count() > 1) is { } twice)
                return Wrong("repeated", $"The column '{twice.Key}' stands {twice.Count()} times.");
            if (Required.FirstOrDefault(r => !headers.Contains(r)) is { } missing)
                return Wrong("missing-column", $"The column '{missing}' is missing.");
            var rows = new List<UpdateFileRow>();
            while (reader.Read())
            {
                if (rows.Count == MostRows)
                    return Wrong("too-many", $"A file has at most {MostRows} rows.");
                rows.Add(
                    RowOf(
                        rows.Count + 1,
                        column =>
                            headers.IndexOf(column) is >= 0 and var i && reader.GetString(i).Trim() is { Length: > 0 } cell ? cell : null
                    )
                );
            }

            return rows.Count == 0 ? Wrong("required", "The file has a header and no rows.") : (rows, null);
        }
        catch (CsvFormatException e)
        {
            return Wrong("csv", e.Message);
        }

        static (IReadOnlyList<UpdateFileRow>, Refusal?) Wrong(string rule, string message) =>
            ([], new Refusal(RefusalKind.Invalid, rule, "file", message));
    }

    /// <summary>The column that a field of an update stands in.</summary>
    public static string ColumnOf(string field)
    {
        if (field.StartsWith("evidence", StringComparison.Ordinal))
        {
            var open = field.IndexOf('[', StringComparison.Ordinal);
            var dot = field.LastIndexOf('.');
            return open < 0
                ? SourceColumn(1, "title")
                : SourceColumn(
                    int.Parse(field[(open + 1)..field.IndexOf(']', StringComparison.Ordinal)], CultureInfo.InvariantCulture) + 1,
                    dot > open ? Snake(field[(dot + 1)..]) : "title"
                );
        }

        return field switch
        {
            "note" or "note.en" => "note_en",
            "note.zh" => "note_zh",
            "due" or "due.date" => "due_on",
            "due.target" => "due_target",
            "due.basis" or "due.basis.en" => "due_basis_en",
            "due.basis.zh" => "due_basis_zh",
            "slug" => "item",
            "If-Match" => "version",
            "Authorization" or "" => "item",
            _ => Snake(field),
        };
    }

    private static UpdateFileRow RowOf(int no, Func<string, string?> cell)
    {
        var refusals = new List<Refusal>();
        int? version = null;
        if (cell("version") is { } seen)
        {
            if (int.TryParse(seen, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                version = number;
            else
                refusals.Add(new Refusal(RefusalKind.Invalid, "range", "version", "A version is a whole number."));
        }

        if (cell("item") is null)
            refusals.Add(new Refusal(RefusalKind.Invalid, "required", "item", "Name the item by its slug."));
        var form = FormOf(cell);
        refusals.AddRange(Misplaced(form));
        for (var n = 1; n <= Sources; n++)
            if (cell(SourceColumn(n, "grade")) is { } grade && !Domain.Writing.Words.TryRead<Domain.Evidence.Grade>(grade, out _))
                refusals.Add(new Refusal(RefusalKind.Invalid, "unknown-word", SourceColumn(n, "grade"), "One of: primary, secondary."));
        return new UpdateFileRow(no, cell("item") ?? "", cell("id"), version, form, refusals);
    }

    private static LogForm FormOf(Func<string, string?> cell)
    {
        return new LogForm
        {
            Id = cell("id"),
            Type = cell("type"),
            Status = cell("status"),
            Ground = cell("ground"),
            OccurredOn = cell("occurred_on"),
            NoteEn = cell("note_en"),
            NoteZh = cell("note_zh"),
            Actor = cell("actor"),
            Lane = cell("lane") ?? "independent",
            Confidence = cell("confidence"),
            DueDate = cell("due_on"),
            DueTarget = cell("due_target"),
            DueBasisEn = cell("due_basis_en"),
            DueBasisZh = cell("due_basis_zh"),
            Evidence =
            [
                .. Enumerable
                    .Range(1, Sources)
                    .Select(n => new EvidenceForm
                    {
                        Title = Of(n, "title"),
                        Publisher = Of(n, "publisher"),
                        Identifier = Of(n, "identifier"),
                        Url = Of(n, "url"),
                        ArchivedUrl = Of(n, "archived_url"),
                        Date = Of(n, "date"),
                        Grade = Of(n, "grade"),
                    }),
            ],
        };

        string? Of(int n, string column) => cell(SourceColumn(n, column));
    }

    /// <summary>What the form of the desk offers as a choice can hold anything here.</summary>
    private static IEnumerable<Refusal> Misplaced(LogForm form)
    {
        if (form.Ground is not null && form.Status is not ("partly_delivered" or "not_delivered"))
            yield return Wrong("ground-without-closing", "ground");
        if (form.Status is not null && form.Type != "status")
            yield return Wrong("status-without-step", "status");
        if (form.DueDate is not null && form.Type != "deadline")
            yield return Wrong("due-without-deadline", "due_on");

        static Refusal Wrong(string rule, string column) => new(RefusalKind.Invalid, rule, column, "It goes with another type or status.");
    }

    private static string SourceColumn(int n, string column) => n == 1 ? "evidence_" + column : $"evidence_{n}_{column}";

    private static string Snake(string name)
    {
        var snake = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c))
                snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }

        return snake.ToString();
    }

    private static string?[] Row(params (string Column, string Value)[] cells) =>
        [.. Columns.Select(c => cells.FirstOrDefault(x => x.Column == c).Value)];

    private static string Written(IEnumerable<string?[]> rows)
    {
        using var text = new StringWriter();
        using (var csv = CsvWriter.Create(text, new CsvWriterOptions(), leaveOpen: true))
            foreach (var row in rows)
                csv.WriteRecord(row);
        return "\uFEFF" + text;
    }
}
