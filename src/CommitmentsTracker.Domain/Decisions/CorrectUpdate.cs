using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>Corrects what we said about an update: re-date, replace or retract. Nothing is erased.</summary>
public sealed record CorrectUpdate(
    string Id,
    string UpdateId,
    CorrectionKind Kind,
    NewValues? NewValues,
    Text Reason,
    IReadOnlyList<EvidenceSource> Evidence,
    bool Editorial = false
)
{
    /// <summary>
    /// Decides. Re-dating and retracting are never refused for the table, the history is flagged instead; replacing
    /// a status is judged like a new step. An update that waits for a second person is mended by its author alone, and
    /// waits on in its new version.
    /// </summary>
    public Decision Decide(Item item, KnownSlugs known, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.Update(UpdateId) is not { } update)
            return SecondPerson.NoSuch("update", UpdateId);
        if (Barred(item, update, recording) is { } barred)
            return barred;

        var values = NewValues is null ? null : WithOrder(NewValues, item, update);
        var checks = new Checks();
        Form(checks, values);
        if (!checks.Passed)
            return Decision.Refuse(checks.Refusals);

        var made = new CorrectionMade(Id, UpdateId, Kind, values, Reason, Evidence, Editorial);
        var after = update.AsIf(made);
        if (values is not null)
            UpdateRules.Check(new FieldContext(checks, "newValues.", known, recording), update.Id, after.Fields, item.Kind);
        if (!checks.Passed)
            return Decision.Refuse(checks.Refusals);
        if (Judge(item, update, made) is { } refusal)
            return refusal;

        var waits = !update.IsPending && (TakesTwo(item, update) || TakesTwo(item, after));
        return (waits || WaitsAlready(update, after)) && UpdateRules.AlreadyWaiting(item) is { } waiting
            ? waiting
            : Decision.Accept(recording.Stamp(made with { NeedsConfirmation = waits }));
    }

    /// <summary>Why the update cannot be corrected at all, or not by them; null: it can.</summary>
    private Refusal? Barred(Item item, LoggedUpdate update, Recording recording)
    {
        if (item.UpdateOfCorrection(Id) is not null)
            return new Refusal(RefusalKind.Conflict, "duplicate-id", "id", $"The item already holds a correction '{Id}'.");
        if (update.RejectedAt is not null)
            return new Refusal(RefusalKind.Conflict, "rejected", "id", "A rejected update was never said; there is nothing to correct.");
        if (Kind == CorrectionKind.Retract && update.IsRetracted)
            return new Refusal(RefusalKind.Conflict, "update-gone", "id", "The update was retracted or rejected.");
        // What waits counts for nothing yet, so its author may mend it at once; whoever else mended it could then confirm themselves.
        return update.IsPending && update.Logged.By != recording.By ? UpdateRules.Waiting : null;
    }

    /// <summary>True if the update would wait in its new version, or one of its corrections waits.</summary>
    private static bool WaitsAlready(LoggedUpdate update, LoggedUpdate after) =>
        (update is { IsPending: true, IsGone: true } && !after.IsGone) || update.Corrections.Exists(c => c.IsPending);

    /// <summary>Judges the history as it would be with the correction.</summary>
    internal static Refusal? Judge(Item item, LoggedUpdate update, CorrectionMade made)
    {
        var first = item.Updates[0];
        if (made.Kind == CorrectionKind.Retract)
            return update.Id == first.Id
                ? new Refusal(
                    RefusalKind.Unlawful,
                    "first-status",
                    "kind",
                    "The first status cannot be taken away alone: retract the item."
                )
                : null;

        var after = update.AsIf(made);
        if (update.Id == first.Id)
        {
            if (item.Updates.Skip(1).Where(u => !u.IsGone).Any(u => u.Key < after.Key))
                return new Refusal(
                    RefusalKind.Unlawful,
                    "before-first-status",
                    "newValues.occurredOn",
                    "Other updates of the item would then lie before its first status."
                );
        }
        else if (UpdateRules.BeforeFirst(item, after.Key, update.Id) is { } early)
        {
            return early with { Field = "newValues.occurredOn" };
        }

        return made.Kind == CorrectionKind.Replace && after.IsStep && IsAnotherStep(update, after)
            ? UpdateRules.Step(item, after.Fields, after.Key, update.Id, "newValues.")
            : null;
    }

    /// <summary>True if the step itself changes (or is revived), not only what is written about it.</summary>
    private static bool IsAnotherStep(LoggedUpdate before, LoggedUpdate after) =>
        before.IsGone
        || before.Fields.Status != after.Fields.Status
        || before.Fields.Ground != after.Fields.Ground
        || before.Key != after.Key;

    private static bool TakesTwo(Item item, LoggedUpdate update) =>
        update.Id != item.Updates[0].Id && update.Fields.Status is { } status && Lifecycle.NeedSecondPerson.Contains(status);

    /// <summary>A new day without an order goes behind what is known of that day.</summary>
    private static NewValues WithOrder(NewValues values, Item item, LoggedUpdate update) =>
        values is { OccurredOn: { IsGiven: true, Value: { } day }, Order.IsGiven: false } && day.LastDay != update.LastDay
            ? values with
            {
                Order = item.HighestOrder(day.LastDay, update.Id) + 1,
            }
            : values;

    /// <summary>What the correction itself must hold, whatever it corrects.</summary>
    private void Form(Checks checks, NewValues? values)
    {
        checks.Id("id", Id);
        checks.Required("reason", Reason, Checks.LongText);
        UpdateRules.Sources(checks, "evidence", Evidence);
        Shape(checks, values);
        if (values is not null)
            NothingCleared(checks, values);
        if (Editorial && !IsOfWordsAlone(values))
            checks.Refuse("editorial-changes-note-only", "editorial", "An editorial correction replaces the note and nothing else.");
    }

    /// <summary>Each kind of correction has values of its own.</summary>
    private void Shape(Checks checks, NewValues? values)
    {
        switch (Kind)
        {
            case CorrectionKind.Retract when values is not null:
                checks.Refuse("retract-has-no-values", "newValues", "A retraction has no new values.");
                break;
            case CorrectionKind.Redate when values?.OccurredOn.Value is null:
                checks.Refuse("required", "newValues.occurredOn", "A re-date names the right date.");
                break;
            case CorrectionKind.Redate when values!.Status.IsGiven || values.Ground.IsGiven || values.Due.IsGiven:
                checks.Refuse(
                    "redate-changes-date-only",
                    "newValues",
                    "A re-date does not change status, ground or deadline: use replace."
                );
                break;
            case CorrectionKind.Replace when values is null || values == new NewValues():
                checks.Refuse("required", "newValues", "A replacement names what is new.");
                break;
        }
    }

    /// <summary>What every update must have cannot be cleared.</summary>
    private static void NothingCleared(Checks checks, NewValues values)
    {
        Kept("status", values.Status, "The status cannot be cleared: retract the update.");
        Kept("occurredOn", values.OccurredOn, "The date cannot be cleared.");
        Kept("note", values.Note, "The note cannot be cleared.");
        Kept("due", values.Due, "The deadline cannot be cleared: retract the update.");
        if (values.Order is { IsGiven: true, Value: null or < 1 })
            checks.Refuse("range", "newValues.order", "An order is 1 or more.");
        Kept("lane", values.Lane, "The lane cannot be cleared.");

        void Kept<T>(string field, Optional<T> value, string message)
        {
            if (value is { IsGiven: true, Value: null })
                checks.Refuse("required", "newValues." + field, message);
        }
    }

    private bool IsOfWordsAlone(NewValues? values) =>
        Kind == CorrectionKind.Replace && (values is null || values == new NewValues { Note = values.Note });
}

/// <summary>Adds sources to an update; no correction.</summary>
public sealed record AddEvidence(string UpdateId, IReadOnlyList<EvidenceSource> Evidence)
{
    /// <summary>Decides.</summary>
    public Decision Decide(Item item, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.Update(UpdateId) is not { } update)
            return SecondPerson.NoSuch("update", UpdateId);
        if (update.IsGone)
            return new Refusal(RefusalKind.Conflict, "update-gone", "id", "The update was retracted or rejected.");
        var checks = new Checks();
        if (Evidence is { Count: 0 })
            checks.Refuse("required", "evidence", "At least one source is needed.");
        UpdateRules.Sources(checks, "evidence", Evidence);
        return checks.Passed ? Decision.Accept(recording.Stamp(new EvidenceAdded(UpdateId, Evidence))) : Decision.Refuse(checks.Refusals);
    }
}

/// <summary>Puts the note of an update into the language that it lacks; no correction, and it is told to nobody.</summary>
public sealed record AddTranslation(string UpdateId, Text Note)
{
    /// <summary>Decides. What is there already is corrected instead; the note of what waits is its author's alone.</summary>
    public Decision Decide(Item item, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.Update(UpdateId) is not { } update)
            return SecondPerson.NoSuch("update", UpdateId);
        if (update.IsGone)
            return new Refusal(RefusalKind.Conflict, "update-gone", "id", "The update was retracted or rejected.");
        if (update.IsPending && update.Logged.By != recording.By)
            return UpdateRules.Waiting;
        var checks = new Checks();
        checks.Required("note", Note, Checks.LongText);
        if (!checks.Passed)
            return Decision.Refuse(checks.Refusals);
        if (Note.En is not null && update.Fields.Note.En is not null)
            checks.Refuse("already-there", "note.en", "The note is there in English already; correct it instead.");
        if (Note.Zh is not null && update.Fields.Note.Zh is not null)
            checks.Refuse("already-there", "note.zh", "The note is there in Chinese already; correct it instead.");
        return checks.Passed ? Decision.Accept(recording.Stamp(new TranslationAdded(UpdateId, Note))) : Decision.Refuse(checks.Refusals);
    }
}

/// <summary>Disputes an update, with a reason and at least one source.</summary>
public sealed record OpenDispute(string Id, string UpdateId, Text Reason, IReadOnlyList<EvidenceSource> Evidence)
{
    /// <summary>Decides.</summary>
    public Decision Decide(Item item, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.Update(UpdateId) is not { } update)
            return SecondPerson.NoSuch("update", UpdateId);
        if (update.IsGone)
            return new Refusal(RefusalKind.Conflict, "update-gone", "id", "The update was retracted or rejected.");
        if (item.UpdateOfDispute(Id) is not null)
            return new Refusal(RefusalKind.Conflict, "duplicate-id", "id", $"The item already holds a dispute '{Id}'.");
        var checks = new Checks();
        checks.Id("id", Id);
        checks.Required("reason", Reason, Checks.LongText);
        if (Evidence is { Count: 0 })
            checks.Refuse("evidence", "evidence", "A dispute names a source.");
        UpdateRules.Sources(checks, "evidence", Evidence);
        return checks.Passed
            ? Decision.Accept(recording.Stamp(new DisputeOpened(Id, UpdateId, Reason, Evidence)))
            : Decision.Refuse(checks.Refusals);
    }
}

/// <summary>Settles a dispute.</summary>
public sealed record SettleDispute(string DisputeId, DisputeOutcome Outcome, Text? Note)
{
    /// <summary>Decides.</summary>
    public Decision Decide(Item item, Recording recording)
    {
        if (Gone.Refusal(item) is { } gone)
            return gone;
        if (item.UpdateOfDispute(DisputeId) is not { } update)
            return SecondPerson.NoSuch("dispute", DisputeId);
        if (!update.Disputes.Find(d => d.Id == DisputeId)!.IsOpen)
            return new Refusal(RefusalKind.Conflict, "already-settled", "id", $"The dispute '{DisputeId}' is settled.");
        return SecondPerson.Note(Note) is { } note ? note : Decision.Accept(recording.Stamp(new DisputeSettled(DisputeId, Outcome, Note)));
    }
}
