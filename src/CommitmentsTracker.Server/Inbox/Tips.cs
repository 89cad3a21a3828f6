using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Evidence;

namespace CommitmentsTracker.Server.Inbox;

/// <summary>What somebody without an account sends in.</summary>
public sealed record NewTip
{
    /// <summary>Slug of the item.</summary>
    public required string Item { get; init; }

    /// <summary>Id of an update of the item: then it is a dispute of that update.</summary>
    public string? Update { get; init; }

    /// <summary>What happened; of a dispute, what is wrong and what is right. At most 5,000 characters.</summary>
    public required string What { get; init; }

    /// <summary>When it happened; a dispute needs none.</summary>
    public PartialDate? OccurredOn { get; init; }

    /// <summary>Address of what shows it.</summary>
    public required string Source { get; init; }

    /// <summary>For questions, and to hear what became of it; erased after the decision.</summary>
    public string? Email { get; init; }

    /// <summary><c>en</c> or <c>zh</c>: the language of the sender.</summary>
    public string? Lang { get; init; }
}

/// <summary>Takes tips and disputes from anyone: bounded in size, and in number by network address and in all.</summary>
public sealed class Tips : IDisposable
{
    /// <summary>Setting: how many tips one network address may send in an hour; 0 for no limit.</summary>
    public const string Setting = "TRACKER_TIPS_PER_HOUR";

    /// <summary>Tips of one network address in an hour unless set otherwise.</summary>
    public const int Default = 10;

    /// <summary>Most entries that wait; more could not be looked at.</summary>
    public const int MostWaiting = 5_000;

    private readonly InboxStore _store;
    private readonly ItemStreams _streams;
    private readonly TimeProvider _time;
    private readonly HourlyLimit _limit;

    /// <summary>Reads the limit.</summary>
    /// <exception cref="InvalidOperationException">The setting is no whole number.</exception>
    public Tips(InboxStore store, ItemStreams streams, TimeProvider time, IConfiguration configuration)
    {
        (_store, _streams, _time, _limit) = (store, streams, time, new HourlyLimit(configuration, Setting, Default));
    }

    /// <summary>What is wrong with a tip, beside what is wrong with its item; empty: nothing.</summary>
    public IReadOnlyList<Refusal> Check(NewTip tip)
    {
        var refusals = new SendTip(tip.What, tip.OccurredOn, tip.Source, tip.Update).Check(_time.GetUtcNow()).ToList();
        if (tip.Email is not null && EmailAddress.Read(tip.Email) is null)
            refusals.Add(new Refusal(RefusalKind.Invalid, "email", "email", "An e-mail address is written like name@example.org."));
        if (tip.Lang is not (null or "en" or "zh"))
            refusals.Add(new Refusal(RefusalKind.Invalid, "unknown-word", "lang", "One of: en, zh."));
        return refusals;
    }

    /// <summary>Keeps a tip.</summary>
    /// <returns>The secret of its receipt, or why it was not taken.</returns>
    public async Task<(string? Secret, IReadOnlyList<Refusal> Refusals)> SendAsync(NewTip tip, HttpContext context, CancellationToken ct)
    {
        var refusals = Check(tip);
        if (refusals.Count > 0)
            return (null, refusals);
        // The database refuses a null character even in a question.
        if (
            tip.Item.Contains('\0', StringComparison.Ordinal)
            || await _streams.LoadAsync(tip.Item, ct) is not { } stream
            || Item.From(stream.Events) is not { Retracted: null } item
        )
            return (null, [new Refusal(RefusalKind.NotFound, "unknown-item", "item", "No item has this slug.")]);
        if (tip.Update is { } update && item.Update(update) is not { IsGone: false })
            return (null, [new Refusal(RefusalKind.NotFound, "unknown-update", "update", $"The item holds no update '{update}'.")]);
        if (!_limit.Allows(context.Connection.RemoteIpAddress))
            return (null, [TooOften]);
        if (await _store.WaitingAsync(ct) >= MostWaiting)
            return (
                null,
                [
                    new Refusal(
                        RefusalKind.Conflict,
                        "inbox-full",
                        "",
                        "So much waits to be looked at that nothing more can be taken just now; try again in a few days."
                    ),
                ]
            );

        var (_, secret) = await _store.AddAsync(
            new NewEntry(
                tip.Update is null ? InboxKind.Tip : InboxKind.Dispute,
                item.Slug,
                item.Forum,
                tip.Update,
                new SentIn(tip.What.Trim(), tip.OccurredOn, tip.Source.Trim()),
                Phrasebook.For(tip.Lang).Language,
                Sender: new InboxSender(tip.Email is null ? null : EmailAddress.Read(tip.Email), Visitor.AddressOf(context))
            ),
            ct
        );
        return (secret, []);
    }

    /// <summary>Refuses one more from a network address.</summary>
    public static Refusal TooOften { get; } =
        new(RefusalKind.Conflict, "tips-rate", "", "That is more than one network address may send in an hour; go on later.");

    /// <summary>The status code of an answer to refusals.</summary>
    public static int StatusOf(IReadOnlyList<Refusal> refusals) =>
        refusals[0].Rule switch
        {
            "tips-rate" => StatusCodes.Status429TooManyRequests,
            "inbox-full" => StatusCodes.Status503ServiceUnavailable,
            _ => Problems.StatusOf(refusals[0].Kind),
        };

    /// <inheritdoc />
    public void Dispose() => _limit.Dispose();
}
