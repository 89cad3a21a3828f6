using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>A row of <c>item_details</c>: an item's details while they are known.</summary>
public sealed record StoredDetails(Guid Id, Item Item, DateTimeOffset KnownFrom, DateTimeOffset? KnownTo)
{
    /// <summary>The words of its title alone.</summary>
    public Lexemes TitleWords { get; } = new(string.Join(' ', ItemRows.TitleWords(Item.Details)));

    /// <summary>The words of its title and its summary.</summary>
    public Lexemes Words { get; } = new(string.Join(' ', ItemRows.Words(Item.Details)));

    /// <summary>The words of all else that is said about it.</summary>
    public Lexemes MoreWords { get; } = new(string.Join(' ', ItemRows.MoreWords(Item.Slug, Item.Details)));
}

/// <summary>A row of <c>item_spans</c>: where an item stands for some days, while that is known.</summary>
public sealed record StoredSpan(Guid Id, Item Item, KnownSpan Known, DateTimeOffset? KnownTo)
{
    /// <summary>The days.</summary>
    public Span Span => Known.Span;

    /// <summary>Where it stands.</summary>
    public Standing Standing => Known.Span.Standing;
}

/// <summary>A row of <c>item_updates</c>: an update in a version, while that is known.</summary>
public sealed record StoredUpdate(Guid Id, KnownUpdate Known, DateTimeOffset? KnownTo)
{
    /// <summary>Its fields.</summary>
    public string Fields { get; } = Known.Json;

    /// <summary>Its words.</summary>
    public Lexemes Words { get; } = new(Known.Words);
}

/// <summary>A row of <c>corrections</c>: a state of what was put right, while that is known.</summary>
public sealed record StoredCorrection(Guid Id, PublicCorrection Entry, DateTimeOffset KnownFrom, DateTimeOffset? KnownTo);

/// <summary>The tables of the read models, each with its columns. Migrations make them; all else takes the columns from here.</summary>
public static class ReadModelTables
{
    public static readonly ReadModelTable<(Guid Id, Item Item)> Items = new ReadModelTable<(Guid Id, Item Item)>("items")
        .Id("item_id", r => r.Id)
        .Text("slug", r => r.Item.Slug)
        .Text("kind", r => r.Item.Kind.Word())
        .Text("forum", r => r.Item.Forum)
        .At("recorded_at", r => r.Item.Recorded.RecordedAt)
        .At("retracted_at", r => r.Item.Retracted?.RecordedAt)
        .Text("merged_into", r => r.Item.Retracted?.MergedInto)
        .Whether("waiting", r => r.Item.HasWaiting);

    public static readonly ReadModelTable<StoredDetails> Details = new ReadModelTable<StoredDetails>("item_details")
        .Id("item_id", r => r.Id)
        .Instants("known", r => r.KnownFrom, r => r.KnownTo)
        .Text("slug", r => r.Item.Slug)
        .Text("kind", r => r.Item.Kind.Word())
        .Text("forum", r => r.Item.Forum)
        .Text("testability", r => r.Item.Details.Testability.Word())
        .Slugs("themes", r => r.Item.Details.Themes)
        .Slugs("parties", r => r.Item.Details.Parties)
        .Words("title_words", r => r.TitleWords)
        .Words("words", r => r.Words)
        .Words("more_words", r => r.MoreWords)
        .Json("details", r => ItemRows.Json(r.Item.Details));

    public static readonly ReadModelTable<StoredSpan> Spans = new ReadModelTable<StoredSpan>("item_spans")
        .Id("item_id", r => r.Id)
        .Text("kind", r => r.Item.Kind.Word())
        .Text("forum", r => r.Item.Forum)
        .Days("occurred", r => r.Span.From, r => r.Span.To)
        .Instants("known", r => r.Known.KnownFrom, r => r.KnownTo)
        .Day("since_last", r => r.Standing.Since.LastDay)
        .Text("status", r => r.Standing.Status.Word())
        .Text("since", r => r.Standing.Since.ToString())
        .Text("stalled_at", r => r.Standing.StalledAt?.Word())
        .Day("due", r => r.Standing.Due)
        .Text("target", r => r.Standing.Target?.Word())
        .Day("reached_on", r => r.Standing.ReachedOn)
        .Day("last_activity", r => r.Standing.LastActivity)
        .Text("confidence", r => r.Standing.Confidence.Word())
        .Number("awaiting", r => r.Standing.Awaiting)
        .Json("flags", r => r.Standing.Flags.IsEmpty ? "[]" : JsonSerializer.Serialize(r.Standing.Flags));

    public static readonly ReadModelTable<StoredUpdate> Updates = new ReadModelTable<StoredUpdate>("item_updates")
        .Id("item_id", r => r.Id)
        .Text("update_id", r => r.Known.Update.Id)
        .Instants("known", r => r.Known.KnownFrom, r => r.KnownTo)
        .Day("last_day", r => r.Known.Update.LastDay)
        .Number("place", r => r.Known.Update.Fields.Order)
        .Number("position", r => r.Known.Update.Position)
        .Whether("counts", r => r.Known.Update.IsCounted)
        .Text("lane", r => r.Known.Update.Fields.Lane.Word())
        .Slugs("actors", r => r.Known.Actors)
        .Json("fields", r => r.Fields)
        .Words("words", r => r.Words);

    public static readonly ReadModelTable<StoredCorrection> Corrections = new ReadModelTable<StoredCorrection>("corrections")
        .Id("item_id", r => r.Id)
        .Number("version", r => r.Entry.Version)
        .Instants("known", r => r.KnownFrom, r => r.KnownTo)
        .Text("forum", r => r.Entry.Forum)
        .At("made_at", r => r.Entry.MadeAt)
        .Json("correction", r => JsonSerializer.Serialize(r.Entry, TrackerJson.Stored));

    /// <summary>The columns of every table, by its name; without those that the database generates.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Columns { get; } =
        new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            [Items.Name] = Items.Columns,
            [Details.Name] = Details.Columns,
            [Spans.Name] = Spans.Columns,
            [Updates.Name] = Updates.Columns,
            [Corrections.Name] = Corrections.Columns,
        };

    /// <summary>The columns of a span that say where the item stands, in the order in which <see cref="StandingAt"/> reads them.</summary>
    public static IReadOnlyList<string> StandingColumns { get; } =
    [.. Spans.Columns.Except(["item_id", "kind", "forum", "occurred", "known", "since_last"])];

    /// <summary>Reads <see cref="StandingColumns"/>.</summary>
    /// <param name="row">A row that holds them one after the other.</param>
    /// <param name="at">The first of them.</param>
    /// <returns>Where an item stood; null: nowhere, for there was no span.</returns>
    public static Standing? StandingAt(NpgsqlDataReader row, int at) =>
        row.IsDBNull(at)
            ? null
            : new Standing(
                row.Word<Status>(at),
                PartialDate.Parse(row.GetString(at + 1)),
                row.OptionalWord<Status>(at + 2),
                row.OptionalDay(at + 3),
                row.OptionalWord<Status>(at + 4),
                row.OptionalDay(at + 5),
                row.OptionalDay(at + 6),
                row.Word<Confidence>(at + 7),
                row.GetInt32(at + 8),
                [.. row.Json<string[]>(at + 9)]
            );
}
