using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Server.Updates;
using Npgsql;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>What editors and reviewers do with what was sent in. Whoever comes second is told.</summary>
public sealed class InboxDesk(InboxStore store, UpdateDesk updates, ItemStreams streams, AuditLog audit, NpgsqlDataSource source)
{
    /// <summary>Takes an entry, to log what it says. Refused if somebody else is at it or has decided.</summary>
    public Task<IReadOnlyList<Refusal>> TakeAsync(Guid id, Author by, CancellationToken ct) =>
        DecideAsync(id, by, Act.Log, "inbox_taken", async entry => await store.TakeAsync(entry.Id, by.Person, ct), ct);

    /// <summary>Puts back an entry that was taken.</summary>
    public Task<IReadOnlyList<Refusal>> PutBackAsync(Guid id, Author by, CancellationToken ct) =>
        DecideAsync(id, by, Act.Moderate, "inbox_put_back", async entry => await store.PutBackAsync(entry.Id, ct), ct);

    /// <summary>Refuses an entry, with the reason that the sender reads, or says what came of it by another way.</summary>
    public async Task<IReadOnlyList<Refusal>> CloseAsync(Guid id, InboxState state, string? reason, Author by, CancellationToken ct)
    {
        if (state != InboxState.Spam)
        {
            if (string.IsNullOrWhiteSpace(reason))
                return [new Refusal(RefusalKind.Invalid, "required", "reason", "Say why; the sender reads it.")];
            if (reason.Length > SendTip.Longest)
                return [new Refusal(RefusalKind.Invalid, "too-long", "reason", $"At most {SendTip.Longest} characters.")];
        }

        return await DecideAsync(
            id,
            by,
            Act.Moderate,
            "inbox_" + state.Word(),
            entry => store.DecideAsync(entry, state, by.Person, state == InboxState.Spam ? null : reason!.Trim(), ct),
            ct
        );
    }

    /// <summary>Opens the dispute that somebody asked for, in public.</summary>
    /// <param name="id">The entry.</param>
    /// <param name="reason">The public reason, in the language of the sender.</param>
    /// <param name="title">Title of the source.</param>
    /// <param name="by">Who decides.</param>
    /// <param name="ct">Ends the attempt.</param>
    public async Task<IReadOnlyList<Refusal>> OpenDisputeAsync(Guid id, string? reason, string? title, Author by, CancellationToken ct)
    {
        if (await store.OfAsync(id, ct) is not { Kind: InboxKind.Dispute, Update: { } update } entry)
            return [NoSuch];
        if (Permission.Refuses(by.Rights, Act.Dispute, entry.Forum) is { } forbidden)
            return [forbidden];
        if (!await store.TakeAsync(id, by.Person, ct))
            return [Elsewhere(await store.OfAsync(id, ct))];
        var text = string.IsNullOrWhiteSpace(reason) ? entry.Sent.What!.Trim() : reason.Trim();
        var evidence = new EvidenceSource(
            string.IsNullOrWhiteSpace(title) ? HostOf(entry.Sent.Source) : title.Trim(),
            Url: entry.Sent.Source
        );
        var outcome = await updates.DisputeAsync(
            entry.Item,
            new OpenDispute(entry.RecordId, update, entry.Lang == "zh" ? new Text(Zh: text) : new Text(En: text), [evidence]),
            by,
            ct
        );
        if (outcome.Refusals.Count > 0 && outcome.Refusals[0].Rule != "duplicate-id")
        {
            await store.PutBackAsync(id, ct);
            return outcome.Refusals;
        }

        await store.DecideAsync(entry with { State = InboxState.Taken }, InboxState.Accepted, by.Person, null, ct);
        return [];
    }

    /// <summary>Decides on entries that were taken and whose update or dispute is on record by now.</summary>
    /// <returns>How many.</returns>
    public async Task<int> FinishTakenAsync(CancellationToken ct)
    {
        // Only an item that changed since it was sent can hold what came of it; clocks of nodes may differ a little.
        var taken = await source.AllAsync(
            """
            select b.id from inbox b join items i on i.slug = b.item
            where b.state = 'taken'
                and exists (select 1 from changes c where c.item_id = i.item_id and c.recorded_at >= b.sent_at - interval '1 hour')
            """,
            r => r.GetGuid(0),
            ct
        );
        var finished = 0;
        foreach (var id in taken)
        {
            if (
                await store.OfAsync(id, ct) is not { State: InboxState.Taken } entry
                || await streams.LoadAsync(entry.Item, ct) is not { } stream
                || Item.From(stream.Events) is not { } item
            )
                continue;
            var by =
                (ItemEvent?)item.Update(entry.RecordId)?.Logged
                ?? item.UpdateOfDispute(entry.RecordId)?.Disputes.Find(d => d.Id == entry.RecordId)?.Opened;
            if (by is not null && await store.DecideAsync(entry, InboxState.Accepted, by.By, null, ct))
                finished++;
        }

        return finished;
    }

    /// <summary>What a source without a title is called.</summary>
    public static string HostOf(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IdnHost.Length > 0 ? uri.IdnHost : address ?? "";

    private static Refusal NoSuch { get; } = new(RefusalKind.NotFound, "unknown-entry", "entry", "There is no such entry.");

    private static Refusal Elsewhere(InboxEntry? entry) =>
        entry switch
        {
            null => NoSuch,
            { State: InboxState.Taken } => new Refusal(RefusalKind.Conflict, "entry-taken", "entry", "Somebody else is at it."),
            _ => new Refusal(RefusalKind.Conflict, "entry-decided", "entry", "This was decided meanwhile."),
        };

    private async Task<IReadOnlyList<Refusal>> DecideAsync(
        Guid id,
        Author by,
        Act act,
        string name,
        Func<InboxEntry, Task<bool>> decide,
        CancellationToken ct
    )
    {
        if (await store.OfAsync(id, ct) is not { } entry)
            return [NoSuch];
        if (Permission.Refuses(by.Rights, act, entry.Forum) is { } forbidden)
            return [forbidden];
        if (!await decide(entry))
            return [Elsewhere(await store.OfAsync(id, ct))];
        await audit.RecordAsync(new AuditedAct(by, act, name, entry.Forum, entry.Item, entry.RecordId), ct);
        return [];
    }
}

/// <summary>Asks to decide on entries whose update is on record.</summary>
public sealed record FinishTaken;

/// <summary>Decides on them; also after a crash between the logging and the decision.</summary>
public static class FinishTakenHandler
{
    /// <summary>Looks once.</summary>
    public static Task Handle(FinishTaken _, InboxDesk desk, CancellationToken ct) => desk.FinishTakenAsync(ct);
}
