using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Server.Items;
using Wolverine.Http;

namespace CommitmentsTracker.Server.Updates;

/// <summary>Logs an update.</summary>
public static class PostUpdate
{
    [WolverinePost("/api/v1/items/{slug}/updates"), Tags("Updates"), May(Act.Suggest)]
    [Describes(
        "Logs an update; from whoever may suggest and not log it is kept as a suggestion, and answered 202 with its address",
        typeof(UpdateView),
        Body = typeof(NewUpdate),
        Status = 201
    )]
    public static Task<IResult> Post(
        string slug,
        HttpContext context,
        ItemWriter writer,
        ISuggestions suggestions,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var made = NewId.At(time);
        return new ItemWrite<NewUpdate>(
            slug,
            (body, item) => IntendedAct.Log(item, body),
            (body, item, known, recording) => new LogUpdate(body.Id ?? made, body.Only()).Decide(item, known, recording),
            (body, item, today) => UpdateAnswers.Of(item, body.Id ?? made, today, slug)
        )
        {
            Instead = (body, write) => suggestions.SuggestAsync(write, body.Only(), body.Note?.En is null ? "zh" : "en", ct),
        }.RunAsync(context, writer, time, ct);
    }
}

/// <summary>A second person confirms or rejects a waiting update.</summary>
public static class PostConfirmation
{
    /// <summary>The body.</summary>
    public sealed record Body(Verdict Decision, Text? Note = null);

    [WolverinePost("/api/v1/items/{slug}/updates/{id}/confirmation"), Tags("Updates"), May(Act.Confirm)]
    [Describes("A second person confirms or rejects a waiting update", typeof(UpdateView), Body = typeof(Body), Status = 201)]
    public static Task<IResult> Post(
        string slug,
        string id,
        HttpContext context,
        ItemWriter writer,
        TimeProvider time,
        CancellationToken ct
    ) =>
        new ItemWrite<Body>(
            slug,
            (_, item) => IntendedAct.To(Act.Confirm, item),
            (body, item, _, recording) => new ConfirmUpdate(id, body.Decision, body.Note).Decide(item, recording),
            (_, item, today) => UpdateAnswers.Of(item, id, today, slug)
        ).RunAsync(context, writer, time, ct);
}

/// <summary>Corrects what was said about an update.</summary>
public static class PostCorrection
{
    /// <summary>The body.</summary>
    public sealed record Body(
        CorrectionKind Kind,
        Text Reason,
        NewValues? NewValues = null,
        IReadOnlyList<EvidenceSource>? Evidence = null,
        bool Editorial = false,
        string? Id = null
    );

    [WolverinePost("/api/v1/items/{slug}/updates/{id}/corrections"), Tags("Corrections"), May(Act.Log)]
    [Describes("Re-dates, replaces or retracts an update, with a public reason", typeof(CorrectionView), Body = typeof(Body), Status = 201)]
    public static Task<IResult> Post(
        string slug,
        string id,
        HttpContext context,
        ItemWriter writer,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var made = NewId.At(time);
        return new ItemWrite<Body>(
            slug,
            (body, item) => IntendedAct.Correct(item, id, body.NewValues),
            (body, item, known, recording) =>
                new CorrectUpdate(body.Id ?? made, id, body.Kind, body.NewValues, body.Reason, body.Evidence ?? [], body.Editorial).Decide(
                    item,
                    known,
                    recording
                ),
            (body, item, today) => UpdateAnswers.OfCorrection(item, body.Id ?? made, today, slug)
        ).RunAsync(context, writer, time, ct);
    }
}

/// <summary>A second person confirms or rejects a waiting correction.</summary>
public static class PostCorrectionConfirmation
{
    [WolverinePost("/api/v1/items/{slug}/corrections/{id}/confirmation"), Tags("Corrections"), May(Act.Confirm)]
    [Describes(
        "A second person confirms or rejects a waiting correction",
        typeof(CorrectionView),
        Body = typeof(PostConfirmation.Body),
        Status = 201
    )]
    public static Task<IResult> Post(
        string slug,
        string id,
        HttpContext context,
        ItemWriter writer,
        TimeProvider time,
        CancellationToken ct
    ) =>
        new ItemWrite<PostConfirmation.Body>(
            slug,
            (_, item) => IntendedAct.To(Act.Confirm, item),
            (body, item, _, recording) => new ConfirmCorrection(id, body.Decision, body.Note).Decide(item, recording),
            (_, item, today) => UpdateAnswers.OfCorrection(item, id, today, slug)
        ).RunAsync(context, writer, time, ct);
}

/// <summary>Adds sources to an update.</summary>
public static class PostEvidence
{
    /// <summary>The body.</summary>
    public sealed record Body(IReadOnlyList<EvidenceSource> Evidence);

    [WolverinePost("/api/v1/items/{slug}/updates/{id}/evidence"), Tags("Updates"), May(Act.Log)]
    [Describes("Adds sources to an update", typeof(UpdateView), Body = typeof(Body), Status = 201)]
    public static Task<IResult> Post(
        string slug,
        string id,
        HttpContext context,
        ItemWriter writer,
        TimeProvider time,
        CancellationToken ct
    ) =>
        new ItemWrite<Body>(
            slug,
            (_, item) => IntendedAct.Correct(item, id, null),
            (body, item, _, recording) => new AddEvidence(id, body.Evidence).Decide(item, recording),
            (_, item, today) => UpdateAnswers.Of(item, id, today, slug)
        ).RunAsync(context, writer, time, ct);
}

/// <summary>Puts the note of an update into the language that it lacks.</summary>
public static class PostTranslation
{
    /// <summary>The body.</summary>
    public sealed record Body(Text Note);

    [WolverinePost("/api/v1/items/{slug}/updates/{id}/translation"), Tags("Updates"), May(Act.Log)]
    [Describes(
        "Adds the note of an update in the language that it lacks; no correction, and it is told to nobody",
        typeof(UpdateView),
        Body = typeof(Body),
        Status = 201
    )]
    public static Task<IResult> Post(
        string slug,
        string id,
        HttpContext context,
        ItemWriter writer,
        TimeProvider time,
        CancellationToken ct
    ) =>
        new ItemWrite<Body>(
            slug,
            (_, item) => IntendedAct.Correct(item, id, null),
            (body, item, _, recording) => new AddTranslation(id, body.Note).Decide(item, recording),
            (_, item, today) => UpdateAnswers.Of(item, id, today, slug)
        ).RunAsync(context, writer, time, ct);
}

/// <summary>Disputes an update.</summary>
public static class PostDispute
{
    /// <summary>The body.</summary>
    public sealed record Body(Text Reason, IReadOnlyList<EvidenceSource> Evidence, string? Id = null);

    [WolverinePost("/api/v1/items/{slug}/updates/{id}/disputes"), Tags("Disputes"), May(Act.Suggest)]
    [Describes(
        "Disputes an update, with a source; from whoever may suggest and not dispute it waits for an editor or reviewer, "
            + "and is answered 202 with its address",
        typeof(DisputeView),
        Body = typeof(Body),
        Status = 201
    )]
    public static Task<IResult> Post(
        string slug,
        string id,
        HttpContext context,
        ItemWriter writer,
        ISuggestions suggestions,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var made = NewId.At(time);
        return new ItemWrite<Body>(
            slug,
            (_, item) => IntendedAct.To(Act.Dispute, item),
            (body, item, _, recording) => new OpenDispute(body.Id ?? made, id, body.Reason, body.Evidence).Decide(item, recording),
            (body, item, today) => UpdateAnswers.OfDispute(item, body.Id ?? made, today, slug)
        )
        {
            Instead = (body, write) => suggestions.DisputeAsync(write, new OpenDispute(made, id, body.Reason, body.Evidence), ct),
        }.RunAsync(context, writer, time, ct);
    }
}

/// <summary>Settles a dispute.</summary>
public static class PostSettlement
{
    /// <summary>The body.</summary>
    public sealed record Body(DisputeOutcome Outcome, Text? Note = null);

    [WolverinePost("/api/v1/items/{slug}/disputes/{id}/settlement"), Tags("Disputes"), May(Act.Confirm)]
    [Describes("Settles a dispute: upheld or dismissed", typeof(DisputeView), Body = typeof(Body), Status = 201)]
    public static Task<IResult> Post(
        string slug,
        string id,
        HttpContext context,
        ItemWriter writer,
        TimeProvider time,
        CancellationToken ct
    ) =>
        new ItemWrite<Body>(
            slug,
            (_, item) => IntendedAct.To(Act.Confirm, item),
            (body, item, _, recording) => new SettleDispute(id, body.Outcome, body.Note).Decide(item, recording),
            (_, item, today) => UpdateAnswers.OfDispute(item, id, today, slug)
        ).RunAsync(context, writer, time, ct);
}

/// <summary>A correction as the API writes it.</summary>
/// <param name="Confirmed">False while it waits for a second person.</param>
/// <param name="Rejected">True if a second person rejected it.</param>
public sealed record CorrectionView(
    string Id,
    string Update,
    CorrectionKind Kind,
    NewValues? NewValues,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    bool Editorial,
    bool Confirmed,
    bool Rejected,
    DateTimeOffset RecordedAt
);

/// <summary>Makes ids of updates, corrections and disputes.</summary>
internal static class NewId
{
    public static string At(TimeProvider time) => Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
}

/// <summary>Answers of writes to updates.</summary>
internal static class UpdateAnswers
{
    public static StoredAnswer Of(Item item, string id, DateOnly today, string slug)
    {
        var update = item.Update(id)!;
        var flags = item.StandingOn(DateOnly.MaxValue)?.Flags ?? [];
        return WriteAnswers.Stored(ItemReader.View(update, item, flags), item, today, $"/api/v1/items/{slug}");
    }

    public static StoredAnswer OfCorrection(Item item, string id, DateOnly today, string slug)
    {
        var update = item.UpdateOfCorrection(id)!;
        var c = update.Corrections.Find(x => x.Id == id)!;
        return WriteAnswers.Stored(
            new CorrectionView(
                c.Id,
                update.Id,
                c.Made.Kind,
                c.Made.NewValues,
                c.Made.Reason,
                c.Made.Evidence,
                c.Made.Editorial,
                !c.IsPending && c.RejectedAt is null,
                c.RejectedAt is not null,
                c.Made.RecordedAt
            ),
            item,
            today,
            $"/api/v1/items/{slug}/history"
        );
    }

    public static StoredAnswer OfDispute(Item item, string id, DateOnly today, string slug)
    {
        var d = item.UpdateOfDispute(id)!.Disputes.Find(x => x.Id == id)!;
        return WriteAnswers.Stored(
            new DisputeView(
                d.Id,
                d.Opened.Reason,
                d.Opened.Evidence,
                d.Opened.RecordedAt,
                d.Settled?.Outcome,
                d.Settled?.Note,
                d.Settled?.RecordedAt
            ),
            item,
            today,
            $"/api/v1/items/{slug}"
        );
    }
}
