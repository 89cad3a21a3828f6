using System.Text.Json;
using System.Text.Json.Nodes;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Store;

namespace CommitmentsTracker.Server.Forums;

/// <summary>What every row of a forum folder says about its recording.</summary>
/// <param name="RecordedAt">Known clock.</param>
/// <param name="By">Opaque id of the person, if one recorded it.</param>
/// <param name="ArchiveRecordedAt">The time in an earlier archive, if the row came from one later than the forum.</param>
/// <param name="As">The role in which the person recorded it.</param>
public sealed record RowStamp(DateTimeOffset RecordedAt, string? By = null, DateTimeOffset? ArchiveRecordedAt = null, Role? As = null);

public sealed record ItemEntry(string Slug, ItemKind Kind, string Forum, Details Details);

public sealed record UpdateEntry(string Item, string Id, UpdateFields Fields, bool Confirmed, RowStamp Stamp);

public sealed record CorrectionEntry(
    string? Item,
    string Id,
    string Update,
    CorrectionKind Kind,
    NewValues? NewValues,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    bool Editorial,
    bool Confirmed,
    RowStamp Stamp
);

public sealed record ConfirmationEntry(string Item, string? Update, string? Correction, bool Confirms, Text? Note, RowStamp Stamp);

public sealed record EvidenceEntry(string Item, string Update, IReadOnlyList<EvidenceSource> Evidence, RowStamp Stamp);

public sealed record TranslationEntry(string Item, string Update, Text Note, RowStamp Stamp);

public sealed record SettlementEntry(DisputeOutcome Outcome, Text? Note, RowStamp Stamp);

public sealed record DisputeEntry(
    string Id,
    string Item,
    string Update,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    SettlementEntry? Settlement,
    RowStamp Stamp
);

public sealed record DetailsEntry(string Item, DetailsChange Changes, Text Reason, RowStamp Stamp);

public sealed record RetractionEntry(string Item, Text Reason, string? MergedInto, RowStamp Stamp);

/// <summary>A problem with a row of a forum folder.</summary>
/// <param name="Where">File, row and field, e.g. <c>updates.json[12] gdpr--adopted occurredOn</c>.</param>
public sealed record FolderProblem(string Where, string Rule, string Message)
{
    public override string ToString() => $"{Where}: {Message} ({Rule})";
}

/// <summary>The folder could not be read or taken over; nothing was stored.</summary>
public sealed class ForumFolderException(IReadOnlyList<FolderProblem> problems)
    : Exception($"{problems.Count} problem(s), the first: {problems[0]}")
{
    public IReadOnlyList<FolderProblem> Problems { get; } = problems;
}

/// <summary>
/// A forum as a folder of JSON files: the one format that import reads and export writes, and whose shapes the API
/// shares. Rows take effect by recorded time, then in the order of the files below, then in file order.
/// </summary>
public sealed record ForumFolder
{
    /// <summary>Version of the format.</summary>
    public const int Format = 1;

    public required Forum Forum { get; init; }
    public required IReadOnlyList<Theme> Themes { get; init; }
    public required IReadOnlyList<Party> Parties { get; init; }
    public required IReadOnlyList<ItemEntry> Items { get; init; }
    public required IReadOnlyList<UpdateEntry> Updates { get; init; }
    public IReadOnlyList<ConfirmationEntry> Confirmations { get; init; } = [];
    public IReadOnlyList<EvidenceEntry> Evidence { get; init; } = [];
    public IReadOnlyList<TranslationEntry> Translations { get; init; } = [];
    public IReadOnlyList<DisputeEntry> Disputes { get; init; } = [];
    public IReadOnlyList<CorrectionEntry> Corrections { get; init; } = [];
    public IReadOnlyList<DetailsEntry> Details { get; init; } = [];
    public IReadOnlyList<RetractionEntry> Retractions { get; init; } = [];

    /// <summary>The forum folders at a path: itself, or those directly below it, by name.</summary>
    /// <exception cref="ForumFolderException">There is none.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (File.Exists(Path.Combine(path, "forum.json")))
            return [path];
        string[] below = Directory.Exists(path)
            ? [.. Directory.GetDirectories(path).Where(d => File.Exists(Path.Combine(d, "forum.json"))).Order(StringComparer.Ordinal)]
            : [];
        return below.Length > 0
            ? below
            : throw new ForumFolderException([
                new FolderProblem(path, "forum-folder", "There is no forum.json here, nor in a folder directly below."),
            ]);
    }

    /// <summary>Reads a folder. Every row that cannot be read is named.</summary>
    /// <exception cref="ForumFolderException">A file is missing, or a row cannot be read.</exception>
    public static ForumFolder Read(string folder) =>
        Read(file => Path.Combine(folder, file) is var path && File.Exists(path) ? File.ReadAllText(path) : null);

    /// <summary>Reads the files of a folder, wherever they lie. Every row that cannot be read is named.</summary>
    /// <param name="textOf">The text of a file by its name; null: there is none.</param>
    /// <exception cref="ForumFolderException">A file is missing, or a row cannot be read.</exception>
    public static ForumFolder Read(Func<string, string?> textOf)
    {
        var reading = new FolderReading(textOf);
        var forum = reading.One(
            "forum.json",
            row =>
            {
                var format = row["format"] is JsonValue v && v.TryGetValue<int>(out var n) ? n : 0;
                if (format != Format)
                    throw new JsonException($"This program reads format {Format}, the folder has format {format}.");
                row.Remove("format");
                return row.Deserialize<Forum>(TrackerJson.Strict)!;
            }
        );
        var read = new
        {
            Themes = reading.Rows("themes.json", true, r => r.Deserialize<Theme>(TrackerJson.Strict)!),
            Parties = reading.Rows("parties.json", true, r => r.Deserialize<Party>(TrackerJson.Strict)!),
            Items = reading.Rows(
                "items.json",
                true,
                r => new ItemEntry(
                    Take<string>(r, "slug"),
                    Take<ItemKind>(r, "kind"),
                    Take<string>(r, "forum"),
                    r.Deserialize<Details>(TrackerJson.Strict)!
                )
            ),
            Updates = reading.Rows(
                "updates.json",
                true,
                r => new UpdateEntry(
                    Take<string>(r, "item"),
                    Take<string>(r, "id"),
                    Fields(r, out var confirmed, out var stamp),
                    confirmed,
                    stamp
                )
            ),
            Confirmations = reading.Rows(
                "confirmations.json",
                false,
                r => new ConfirmationEntry(
                    Take<string>(r, "item"),
                    TakeOr<string>(r, "update"),
                    TakeOr<string>(r, "correction"),
                    Decision(r),
                    TakeOr<Text>(r, "note"),
                    Stamp(r)
                )
            ),
            Evidence = reading.Rows(
                "evidence.json",
                false,
                r => new EvidenceEntry(
                    Take<string>(r, "item"),
                    Take<string>(r, "update"),
                    Take<List<EvidenceSource>>(r, "evidence"),
                    Stamp(r)
                )
            ),
            Translations = reading.Rows(
                "translations.json",
                false,
                r => new TranslationEntry(Take<string>(r, "item"), Take<string>(r, "update"), Take<Text>(r, "note"), Stamp(r))
            ),
            Disputes = reading.Rows(
                "disputes.json",
                false,
                r => new DisputeEntry(
                    Take<string>(r, "id"),
                    Take<string>(r, "item"),
                    Take<string>(r, "update"),
                    Take<Text>(r, "reason"),
                    Take<List<EvidenceSource>>(r, "evidence"),
                    Settlement(r),
                    Stamp(r)
                )
            ),
            Corrections = reading.Rows(
                "corrections.json",
                false,
                r => new CorrectionEntry(
                    TakeOr<string>(r, "item"),
                    Take<string>(r, "id"),
                    Take<string>(r, "update"),
                    Take<CorrectionKind>(r, "kind"),
                    TakeOr<NewValues>(r, "newValues"),
                    Take<Text>(r, "reason"),
                    TakeOr<List<EvidenceSource>>(r, "evidence") ?? [],
                    TakeOr<bool?>(r, "editorial") ?? false,
                    TakeOr<bool?>(r, "confirmed") ?? true,
                    Stamp(r)
                )
            ),
            Details = reading.Rows(
                "details.json",
                false,
                r => new DetailsEntry(Take<string>(r, "item"), Take<DetailsChange>(r, "changes"), Take<Text>(r, "reason"), Stamp(r))
            ),
            Retractions = reading.Rows(
                "retractions.json",
                false,
                r => new RetractionEntry(Take<string>(r, "item"), Take<Text>(r, "reason"), TakeOr<string>(r, "mergedInto"), Stamp(r))
            ),
        };
        // A name that is null is one that is missing.
        if (forum is { Name: null } or { Organisers: null })
            reading.Refuse("forum.json", "name and organisers cannot be null.");
        for (var i = 0; i < read.Parties.Count; i++)
            if (read.Parties[i] is { Name: null } or { Slug: null })
                reading.Refuse($"parties.json[{i}]", "slug and name cannot be null.");
        for (var i = 0; i < read.Themes.Count; i++)
            if (read.Themes[i] is { Name: null } or { Slug: null })
                reading.Refuse($"themes.json[{i}]", "slug and name cannot be null.");
        reading.ThrowIfAny();
        return new ForumFolder
        {
            Forum = forum!,
            Themes = read.Themes,
            Parties = read.Parties,
            Items = read.Items,
            Updates = read.Updates,
            Confirmations = read.Confirmations,
            Evidence = read.Evidence,
            Translations = read.Translations,
            Disputes = read.Disputes,
            Corrections = read.Corrections,
            Details = read.Details,
            Retractions = read.Retractions,
        };
    }

    /// <summary>Writes the folder, whole or not at all: into a neighbour first, which then takes its place.</summary>
    public void Write(string folder)
    {
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var draft = target + ".writing";
        if (Directory.Exists(draft))
            Directory.Delete(draft, true);
        Directory.CreateDirectory(draft);
        foreach (var (name, text) in Files())
            File.WriteAllText(Path.Combine(draft, name), text);
        if (Directory.Exists(target))
        {
            var old = target + ".old";
            Directory.Move(target, old);
            Directory.Move(draft, target);
            Directory.Delete(old, true);
        }
        else
        {
            Directory.Move(draft, target);
        }
    }

    /// <summary>The files of the folder: names and texts.</summary>
    public IReadOnlyList<(string Name, string Text)> Files()
    {
        var files = new List<(string, string)>();
        var forum = Object(Forum);
        forum["format"] = Format;
        Save("forum.json", forum);
        SaveRows("themes.json", Themes.Select(t => Object(t)), true);
        SaveRows("parties.json", Parties.Select(p => Object(p)), true);
        SaveRows(
            "items.json",
            Items.Select(i =>
                Object(
                    new
                    {
                        i.Slug,
                        i.Kind,
                        i.Forum,
                    },
                    i.Details
                )
            ),
            true
        );
        SaveRows(
            "updates.json",
            Updates.Select(u =>
                Stamped(u.Stamp, Object(new { u.Id, u.Item }, u.Fields, new { Confirmed = u.Confirmed ? (bool?)null : false }))
            ),
            true
        );
        SaveRows(
            "confirmations.json",
            Confirmations.Select(c =>
                Stamped(
                    c.Stamp,
                    Object(
                        new
                        {
                            c.Item,
                            c.Update,
                            c.Correction,
                            Decision = c.Confirms ? "confirm" : "reject",
                            c.Note,
                        }
                    )
                )
            )
        );
        SaveRows(
            "evidence.json",
            Evidence.Select(e =>
                Stamped(
                    e.Stamp,
                    Object(
                        new
                        {
                            e.Item,
                            e.Update,
                            e.Evidence,
                        }
                    )
                )
            )
        );
        SaveRows(
            "translations.json",
            Translations.Select(t =>
                Stamped(
                    t.Stamp,
                    Object(
                        new
                        {
                            t.Item,
                            t.Update,
                            t.Note,
                        }
                    )
                )
            )
        );
        SaveRows(
            "disputes.json",
            Disputes.Select(d =>
                Stamped(
                    d.Stamp,
                    Object(
                        new
                        {
                            d.Id,
                            d.Item,
                            d.Update,
                            d.Reason,
                            d.Evidence,
                            Settlement = d.Settlement is { } s ? Stamped(s.Stamp, Object(new { s.Outcome, s.Note })) : null,
                        }
                    )
                )
            )
        );
        SaveRows(
            "corrections.json",
            Corrections.Select(c =>
                Stamped(
                    c.Stamp,
                    Object(
                        new
                        {
                            c.Id,
                            c.Item,
                            c.Update,
                            c.Kind,
                            c.NewValues,
                            c.Reason,
                            c.Evidence,
                            Editorial = c.Editorial ? (bool?)true : null,
                            Confirmed = c.Confirmed ? (bool?)null : false,
                        }
                    )
                )
            )
        );
        SaveRows(
            "details.json",
            Details.Select(d =>
                Stamped(
                    d.Stamp,
                    Object(
                        new
                        {
                            d.Item,
                            d.Changes,
                            d.Reason,
                        }
                    )
                )
            )
        );
        SaveRows(
            "retractions.json",
            Retractions.Select(r =>
                Stamped(
                    r.Stamp,
                    Object(
                        new
                        {
                            r.Item,
                            r.Reason,
                            r.MergedInto,
                        }
                    )
                )
            )
        );
        return files;

        void Save(string name, JsonNode node) => files.Add((name, node.ToJsonString(Indented) + "\n"));

        void SaveRows(string name, IEnumerable<JsonObject> rows, bool always = false)
        {
            JsonNode[] all = [.. rows];
            if (always || all.Length > 0)
                Save(name, new JsonArray(all));
        }
    }

    private static readonly JsonSerializerOptions Indented = new(TrackerJson.Strict) { WriteIndented = true, IndentSize = 1 };

    private static JsonObject Object(params object[] parts)
    {
        var all = new JsonObject();
        foreach (var part in parts)
        foreach (var (name, value) in JsonSerializer.SerializeToNode(part, part.GetType(), TrackerJson.Strict)!.AsObject().ToList())
            all[name] = value?.DeepClone();
        return all;
    }

    private static JsonObject Stamped(RowStamp stamp, JsonObject row)
    {
        row["recordedAt"] = JsonSerializer.SerializeToNode(stamp.RecordedAt, TrackerJson.Strict);
        if (stamp.By is { } by)
            row["by"] = by;
        if (stamp.As is { } role)
            row["as"] = role.Word();
        if (stamp.ArchiveRecordedAt is { } archive)
            row["archiveRecordedAt"] = JsonSerializer.SerializeToNode(archive, TrackerJson.Strict);
        return row;
    }

    private static UpdateFields Fields(JsonObject row, out bool confirmed, out RowStamp stamp)
    {
        confirmed = TakeOr<bool?>(row, "confirmed") ?? true;
        stamp = StampOf(row);
        return row.Deserialize<UpdateFields>(TrackerJson.Strict)!;
    }

    private static SettlementEntry? Settlement(JsonObject row)
    {
        if (!row.Remove("settlement", out var node) || node is null)
            return null;
        var settlement = node as JsonObject ?? throw new JsonException("settlement is an object.");
        return new SettlementEntry(Take<DisputeOutcome>(settlement, "outcome"), TakeOr<Text>(settlement, "note"), Stamp(settlement));
    }

    private static bool Decision(JsonObject row) =>
        Take<string>(row, "decision") switch
        {
            "confirm" => true,
            "reject" => false,
            _ => throw new JsonException("decision is confirm or reject."),
        };

    private static RowStamp Stamp(JsonObject row)
    {
        var stamp = StampOf(row);
        return row.Count == 0 ? stamp : throw new JsonException($"There is no field '{row.First().Key}' here.");
    }

    private static RowStamp StampOf(JsonObject row) =>
        new(
            Take<DateTimeOffset>(row, "recordedAt").ToMicroseconds(),
            TakeOr<string>(row, "by"),
            TakeOr<DateTimeOffset?>(row, "archiveRecordedAt")?.ToMicroseconds(),
            TakeOr<Role?>(row, "as")
        );

    private static T Take<T>(JsonObject row, string name) =>
        row.Remove(name, out var node) && node is not null && Value<T>(node, name) is { } value
            ? value
            : throw new JsonException($"The field '{name}' is required.");

    private static T? TakeOr<T>(JsonObject row, string name) =>
        row.Remove(name, out var node) && node is not null ? Value<T>(node, name) : default;

    private static T? Value<T>(JsonNode node, string name)
    {
        try
        {
            return node.Deserialize<T>(TrackerJson.Strict);
        }
        catch (JsonException e)
        {
            throw new JsonException($"{name}{e.Path?.TrimStart('$')}: {e.Message}", e);
        }
    }

    private sealed class FolderReading(Func<string, string?> textOf)
    {
        private const int MostProblems = 50;
        private readonly List<FolderProblem> _problems = [];

        public T? One<T>(string file, Func<JsonObject, T> read)
        {
            try
            {
                return Parse(file, true) is JsonObject row ? read(row) : throw new JsonException("The file holds one object.");
            }
            catch (JsonException e)
            {
                _problems.Add(new FolderProblem(file + e.Path?.TrimStart('$'), "format", e.Message));
                return default;
            }
        }

        public IReadOnlyList<T> Rows<T>(string file, bool required, Func<JsonObject, T> read)
        {
            var rows = new List<T>();
            JsonNode? node;
            try
            {
                node = Parse(file, required);
            }
            catch (JsonException e)
            {
                _problems.Add(new FolderProblem(file, "format", e.Message));
                return rows;
            }

            if (node is null)
                return rows;
            if (node is not JsonArray all)
            {
                _problems.Add(new FolderProblem(file, "format", "The file holds a list."));
                return rows;
            }

            for (var i = 0; i < all.Count && _problems.Count < MostProblems; i++)
            {
                var name = (all[i] as JsonObject)?["id"]?.ToString() ?? (all[i] as JsonObject)?["slug"]?.ToString() ?? "";
                try
                {
                    rows.Add(
                        all[i] is JsonObject row ? read(row.DeepClone().AsObject()) : throw new JsonException("Every row is an object.")
                    );
                }
                catch (JsonException e)
                {
                    _problems.Add(new FolderProblem($"{file}[{i}] {name}{e.Path?.TrimStart('$')}".TrimEnd(), "format", e.Message));
                }
            }

            return rows;
        }

        public void Refuse(string where, string message) => _problems.Add(new FolderProblem(where, "required", message));

        public void ThrowIfAny()
        {
            if (_problems.Count > 0)
                throw new ForumFolderException(_problems);
        }

        private JsonNode? Parse(string file, bool required)
        {
            if (textOf(file) is not { } text)
            {
                if (required)
                    _problems.Add(new FolderProblem(file, "missing", "The file is missing."));
                return required ? throw new ForumFolderException(_problems) : null;
            }

            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
    }
}
