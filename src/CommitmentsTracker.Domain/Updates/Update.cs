using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Updates;

/// <summary>What kind of fact an update logs.</summary>
[JsonConverter(typeof(WordConverter<UpdateType>))]
public enum UpdateType
{
    /// <summary>A step to another status.</summary>
    Status,

    /// <summary>Something happened, the status stays.</summary>
    Progress,

    /// <summary>A step foreseen by the item itself.</summary>
    Milestone,

    /// <summary>The party set or moved the deadline.</summary>
    Deadline,

    /// <summary>Somebody looked and found nothing new.</summary>
    Review,

    /// <summary>An addressee answered.</summary>
    Response,
}

/// <summary>The fields of an update, as logged or as corrected.</summary>
public record UpdateFields
{
    public required UpdateType Type { get; init; }

    /// <summary>The new status; only of a status step.</summary>
    public Status? Status { get; init; }

    /// <summary>Why it may be closed; only of a closing step.</summary>
    public Ground? Ground { get; init; }

    /// <summary>The new deadline; only of an update of type deadline.</summary>
    public Deadline? Due { get; init; }

    /// <summary>When it happened in the world.</summary>
    public required PartialDate OccurredOn { get; init; }

    /// <summary>What comes first among updates of the item with the same last day.</summary>
    public int Order { get; init; }
    public required Text Note { get; init; }

    /// <summary>The party that acted.</summary>
    public string? Actor { get; init; }
    public IReadOnlyList<string>? CoActors { get; init; }
    public Lane Lane { get; init; } = Lane.Independent;
    public IReadOnlyList<EvidenceSource> Evidence { get; init; } = [];

    /// <summary>Of a response: id of the update to which it replies. It stands beside that update, never instead of it.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The author's word on how sure it is; counts only where it is lower than what the evidence allows.</summary>
    public Confidence? Confidence { get; init; }

    /// <summary>These fields alone, without what a wider shape adds.</summary>
    public UpdateFields Only() => new(this);
}

/// <summary>What a correction does to an update.</summary>
[JsonConverter(typeof(WordConverter<CorrectionKind>))]
public enum CorrectionKind
{
    Redate,
    Replace,
    Retract,
}

/// <summary>New values of a correction: an absent field keeps, null clears.</summary>
public sealed record NewValues
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Status?> Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Ground?> Ground { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Deadline> Due { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<PartialDate?> OccurredOn { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<int?> Order { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Text> Note { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Actor { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> CoActors { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Lane?> Lane { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<EvidenceSource>> Evidence { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Confidence?> Confidence { get; init; }

    /// <summary>What has to be replaced to make one version of an update into another; its type stays.</summary>
    public static NewValues Between(UpdateFields old, UpdateFields wanted)
    {
        var values = new NewValues();
        if (wanted.Status != old.Status)
            values = values with { Status = wanted.Status };
        if (wanted.Ground != old.Ground)
            values = values with { Ground = wanted.Ground };
        if (wanted.Due != old.Due)
            values = values with { Due = wanted.Due };
        if (wanted.OccurredOn != old.OccurredOn)
            values = values with { OccurredOn = wanted.OccurredOn };
        if (wanted.Note != old.Note)
            values = values with { Note = wanted.Note };
        if (wanted.Actor != old.Actor)
            values = values with { Actor = wanted.Actor };
        if (wanted.Lane != old.Lane)
            values = values with { Lane = wanted.Lane };
        if (!wanted.Evidence.SequenceEqual(old.Evidence))
            values = values with { Evidence = new Optional<IReadOnlyList<EvidenceSource>>(wanted.Evidence) };
        if (wanted.Confidence != old.Confidence)
            values = values with { Confidence = wanted.Confidence };
        return values;
    }

    /// <summary>The update's fields after the correction. What every update must have cannot be cleared.</summary>
    public UpdateFields Over(UpdateFields old) =>
        old with
        {
            Status = Status.Over(old.Status) ?? old.Status,
            Ground = Ground.Over(old.Ground),
            Due = Due.Over(old.Due) ?? old.Due,
            OccurredOn = OccurredOn.Over(old.OccurredOn) ?? old.OccurredOn,
            Order = Order.Over(old.Order) ?? old.Order,
            Note = Note.Over(old.Note) ?? old.Note,
            Actor = Actor.Over(old.Actor),
            CoActors = CoActors.Over(old.CoActors),
            Lane = Lane.Over(old.Lane) ?? old.Lane,
            Evidence = Evidence.Over(old.Evidence) ?? [],
            Confidence = Confidence.Over(old.Confidence),
        };
}
