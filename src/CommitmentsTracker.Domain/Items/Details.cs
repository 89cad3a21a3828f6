using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Items;

/// <summary>How one item stands to another.</summary>
[JsonConverter(typeof(WordConverter<Relation>))]
public enum Relation
{
    Related,
    PartOf,
    RefersTo,
    GaveRiseTo,
    Renews,
    Revives,
    SupersededBy,
}

/// <summary>How firmly a promise or proposal is worded.</summary>
[JsonConverter(typeof(WordConverter<Strength>))]
public enum Strength
{
    Firm,
    Soft,
    Suggestive,
}

/// <summary>How an item came into the list.</summary>
[JsonConverter(typeof(WordConverter<Tier>))]
public enum Tier
{
    Core,
    Extended,
    Followup,
}

/// <summary>A link to another item of the tracker.</summary>
public sealed record Link(string Slug, Relation Relation);

/// <summary>Whether a passage says it, or only supports what another one says.</summary>
[JsonConverter(typeof(WordConverter<CitationRole>))]
public enum CitationRole
{
    Primary,
    Supporting,
}

/// <summary>An exact passage of a source document.</summary>
/// <param name="Exact">The passage, to the letter.</param>
/// <param name="Prefix">A few characters before it.</param>
/// <param name="Suffix">A few characters after it.</param>
/// <param name="Start">Code-point position of its first character.</param>
/// <param name="End">Code-point position behind its last character.</param>
/// <param name="Line">Line of the document, counted from 1.</param>
/// <param name="Voice">Party that says it.</param>
/// <param name="Role"><c>primary</c> or <c>supporting</c>.</param>
/// <param name="DocumentSha256">Hash of the document; null: the forum's source document.</param>
public sealed record Citation(
    string Exact,
    string? Prefix = null,
    string? Suffix = null,
    int? Start = null,
    int? End = null,
    int? Line = null,
    string? Voice = null,
    CitationRole? Role = null,
    string? DocumentSha256 = null
);

/// <summary>What is said about an item itself. Details live on the known clock only.</summary>
public record Details
{
    public required Text Title { get; init; }
    public Text? Summary { get; init; }
    public string? Speaker { get; init; }
    public required string Proposer { get; init; }
    public IReadOnlyList<string> Responsible { get; init; } = [];
    public IReadOnlyList<string> Addressees { get; init; } = [];
    public IReadOnlyList<string> Themes { get; init; } = [];

    /// <summary>When the promise or proposal was made.</summary>
    public required PartialDate MadeOn { get; init; }

    /// <summary>When the forum mentioned it.</summary>
    public PartialDate? CitedOn { get; init; }
    public Deadline? Due { get; init; }

    /// <summary><c>firm</c>, <c>soft</c> or <c>suggestive</c>.</summary>
    public Strength? Strength { get; init; }
    public Testability Testability { get; init; } = Testability.Testable;

    /// <summary>Whether it binds; null: not stated.</summary>
    public bool? Binding { get; init; }
    public Text? NextActor { get; init; }
    public Text? FollowUpQuestion { get; init; }
    public IReadOnlyList<Link> Related { get; init; } = [];
    public IReadOnlyList<Citation> Citations { get; init; } = [];
    public Text? Note { get; init; }

    /// <summary>How the item came into the list, e.g. <c>core</c>, <c>extended</c>, <c>followup</c>.</summary>
    public Tier? Tier { get; init; }

    /// <summary>True if the organisation that would be bound did not speak itself.</summary>
    public bool? Relayed { get; init; }

    /// <summary>These details alone, without what a wider shape adds.</summary>
    public Details Only() => new(this);

    /// <summary>Every party that the item names, without repetition.</summary>
    [JsonIgnore]
    public IEnumerable<string> Parties =>
        new[] { Proposer, Speaker }.OfType<string>().Concat(Responsible).Concat(Addressees).Distinct(StringComparer.Ordinal);
}

/// <summary>A change of details, field by field: an absent field keeps, null clears.</summary>
public record DetailsChange
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Text> Title { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Text> Summary { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Speaker { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Proposer { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> Responsible { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> Addressees { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<string>> Themes { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<PartialDate?> MadeOn { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<PartialDate?> CitedOn { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Deadline> Due { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Strength?> Strength { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Testability?> Testability { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool?> Binding { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Text> NextActor { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Text> FollowUpQuestion { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<Link>> Related { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<IReadOnlyList<Citation>> Citations { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Text> Note { get; init; }

    /// <summary>These changes alone, without what a wider shape adds.</summary>
    public DetailsChange Only() => new(this);

    /// <summary>The details after the change.</summary>
    public Details Over(Details old) =>
        old with
        {
            Title = Title.Over(old.Title)!,
            Summary = Summary.Over(old.Summary),
            Speaker = Speaker.Over(old.Speaker),
            Proposer = Proposer.Over(old.Proposer)!,
            Responsible = Responsible.Over(old.Responsible) ?? [],
            Addressees = Addressees.Over(old.Addressees) ?? [],
            Themes = Themes.Over(old.Themes) ?? [],
            MadeOn = MadeOn.Over(old.MadeOn) ?? old.MadeOn,
            CitedOn = CitedOn.Over(old.CitedOn),
            Due = Due.Over(old.Due),
            Strength = Strength.Over(old.Strength),
            Testability = Testability.Over(old.Testability) ?? Lifecycles.Testability.Testable,
            Binding = Binding.Over(old.Binding),
            NextActor = NextActor.Over(old.NextActor),
            FollowUpQuestion = FollowUpQuestion.Over(old.FollowUpQuestion),
            Related = Related.Over(old.Related) ?? [],
            Citations = Citations.Over(old.Citations) ?? [],
            Note = Note.Over(old.Note),
        };
}
