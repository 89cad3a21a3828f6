using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>Logs one fact about an item.</summary>
/// <param name="Id">Id of the update, unique in its item.</param>
/// <param name="Fields">The fact. Order 0: one above the highest of that last day.</param>
public sealed record LogUpdate(string Id, UpdateFields Fields)
{
    /// <summary>Decides. Lateness is never a reason to refuse.</summary>
    public Decision Decide(Item item, KnownSlugs known, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.Update(Id) is not null)
            return new Refusal(RefusalKind.Conflict, "duplicate-id", "id", $"The item already holds an update '{Id}'.");
        var checks = new Checks();
        UpdateRules.Check(new FieldContext(checks, "", known, recording), Id, Fields, item.Kind);
        if (Fields.ReplyTo is { } said && item.Update(said) is not { IsGone: false })
            checks.Refuse("unknown-update", "replyTo", $"The item holds no update '{said}'.");
        if (!checks.Passed)
            return Decision.Refuse(checks.Refusals);

        var fields = Fields.Order > 0 ? Fields.Only() : Fields.Only() with { Order = item.HighestOrder(Fields.OccurredOn.LastDay) + 1 };
        var key = new OccurrenceKey(fields.OccurredOn.LastDay, fields.Order, item.Updates.Count);
        if (UpdateRules.BeforeFirst(item, key) is { } early)
            return early;
        var waits = fields.Status is { } status && Lifecycle.NeedSecondPerson.Contains(status);
        if (fields.Type == UpdateType.Status)
        {
            if (UpdateRules.Step(item, fields, key) is { } unlawful)
                return unlawful;
            if (waits && UpdateRules.AlreadyWaiting(item) is { } waiting)
                return waiting;
        }

        return Decision.Accept(recording.Stamp(new UpdateLogged(Id, fields, waits)));
    }
}

/// <summary>A second person's word on something that waits.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(WordConverter<Verdict>))]
public enum Verdict
{
    Confirm,
    Reject,
}

/// <summary>Confirms or rejects a waiting update.</summary>
public sealed record ConfirmUpdate(string UpdateId, Verdict Verdict, Text? Note)
{
    /// <summary>Decides; an update is judged again before it counts.</summary>
    public Decision Decide(Item item, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.Update(UpdateId) is not { } update)
            return SecondPerson.NoSuch("update", UpdateId);
        if (!update.IsPending || update.IsGone)
            return SecondPerson.NotWaiting("update", UpdateId);
        if (SecondPerson.Refusal(update.Logged.By, recording) is { } same)
            return same;
        if (SecondPerson.Note(Note) is { } note)
            return note;
        if (Verdict == Verdict.Reject)
            return Decision.Accept(recording.Stamp(new UpdateRejected(UpdateId, Note)));
        return UpdateRules.Step(item, update.Fields, update.Key) is { } unlawful
            ? unlawful
            : Decision.Accept(recording.Stamp(new UpdateConfirmed(UpdateId, Note)));
    }
}

/// <summary>Confirms or rejects a waiting correction.</summary>
public sealed record ConfirmCorrection(string CorrectionId, Verdict Verdict, Text? Note)
{
    /// <summary>Decides; a correction is judged again before it is effective.</summary>
    public Decision Decide(Item item, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.UpdateOfCorrection(CorrectionId) is not { } update)
            return SecondPerson.NoSuch("correction", CorrectionId);
        var correction = update.Corrections.Find(c => c.Id == CorrectionId)!;
        if (!correction.IsPending)
            return SecondPerson.NotWaiting("correction", CorrectionId);
        if (SecondPerson.Refusal(correction.Made.By, recording) is { } same)
            return same;
        if (SecondPerson.Note(Note) is { } note)
            return note;
        if (Verdict == Verdict.Reject)
            return Decision.Accept(recording.Stamp(new CorrectionRejected(CorrectionId, Note)));
        return CorrectUpdate.Judge(item, update, correction.Made) is { } refusal
            ? refusal
            : Decision.Accept(recording.Stamp(new CorrectionConfirmed(CorrectionId, Note)));
    }
}

/// <summary>The rule of the second person: the person counts, not the token.</summary>
internal static class SecondPerson
{
    public static Refusal? Refusal(string? author, Recording recording) =>
        recording.By is { } person && person == author
            ? new Refusal(RefusalKind.Forbidden, "second-person", "decision", "Somebody else than the author has to decide on it.")
            : null;

    public static Refusal NoSuch(string what, string id) =>
        new(RefusalKind.NotFound, "unknown-" + what, "id", $"The item holds no {what} '{id}'.");

    public static Refusal NotWaiting(string what, string id) =>
        new(RefusalKind.Conflict, "not-waiting", "id", $"The {what} '{id}' does not wait for a second person.");

    public static Refusal? Note(Text? note)
    {
        var checks = new Checks();
        checks.Optional("note", note, Checks.LongText);
        return checks.Refusals.Count > 0 ? checks.Refusals[0] : null;
    }
}
