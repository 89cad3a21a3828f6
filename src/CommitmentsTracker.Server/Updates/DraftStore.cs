using System.Text.Json;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Npgsql;

namespace CommitmentsTracker.Server.Updates;

/// <summary>What somebody is writing on an item.</summary>
/// <param name="Item">Slug of the item.</param>
/// <param name="Form">The form as typed.</param>
/// <param name="SavedAt">When it was last kept.</param>
public sealed record Draft(string Item, LogForm Form, DateTimeOffset SavedAt);

/// <summary>Keeps drafts: one for each person and item, whatever browser it is written in.</summary>
public sealed class DraftStore(NpgsqlDataSource source, PutAside aside, TimeProvider time) : IReadsAgain
{
    private const string Table = "drafts";

    /// <summary>How long a draft is kept that nobody goes on with.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Keeps the form; an earlier draft of the same item makes way. A form in which nothing was typed ends it.</summary>
    public Task SaveAsync(string person, string item, LogForm form, CancellationToken ct) =>
        form.IsBlank
            ? EndAsync(person, item, ct)
            : source.RunAsync(
                """
                insert into drafts (person, item, form, saved_at) values ($1, $2, $3::jsonb, $4)
                on conflict (person, item) do update set form = excluded.form, saved_at = excluded.saved_at
                """,
                ct,
                person,
                item,
                JsonSerializer.Serialize(form, TrackerJson.Stored),
                time.GetUtcNow()
            );

    /// <summary>The draft of an item; null: there is none.</summary>
    public Task<Draft?> OfAsync(string person, string item, CancellationToken ct) =>
        source.OneAsync(
            "select item, form, saved_at from drafts where person = $1 and item = $2 and saved_at > $3",
            Read,
            ct,
            person,
            item,
            time.GetUtcNow() - Kept
        );

    /// <summary>All drafts of a person, the latest first; one that cannot be read is left out.</summary>
    public async Task<IReadOnlyList<Draft>> AllAsync(string person, CancellationToken ct) =>
        await aside.AllAsync(
            Table,
            r => $"{person} {r.GetString(0)}",
            "select item, form, saved_at from drafts where person = $1 and saved_at > $2 order by saved_at desc, item",
            Read,
            ct,
            person,
            time.GetUtcNow() - Kept
        );

    /// <summary>Ends a draft: it was logged, or thrown away.</summary>
    public Task EndAsync(string person, string item, CancellationToken ct) =>
        source.RunAsync("delete from drafts where person = $1 and item = $2", ct, person, item);

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public Task ReadAgainAsync(AsideRow row, CancellationToken ct) =>
        source.AllAsync("select item, form, saved_at from drafts where person || ' ' || item = $1", Read, ct, row.Key);

    private static Draft Read(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            JsonSerializer.Deserialize<LogForm>(r.GetFieldValue<byte[]>(1), TrackerJson.Stored)
                ?? throw new UnreadableException("The draft is empty."),
            r.At(2)
        );
}

/// <summary>Asks to erase what was kept at the desk for long enough.</summary>
public sealed record ForgetDrafts;

/// <summary>Erases old drafts, and questions that were asked a year ago.</summary>
public static class ForgetDraftsHandler
{
    private static readonly TimeSpan QuestionsKept = TimeSpan.FromDays(365);

    /// <summary>Deletes them.</summary>
    public static async Task Handle(ForgetDrafts _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await source.RunAsync("delete from drafts where saved_at <= $1", ct, now - DraftStore.Kept);
        await source.RunAsync("delete from questions where asked_at <= $1", ct, now - QuestionsKept);
    }
}
