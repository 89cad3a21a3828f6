using System.Text.Json;
using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Record.Directories;

/// <summary>A meeting in which things were said. Names may be mended; they are on no clock.</summary>
public sealed record Forum
{
    public required string Slug { get; init; }
    public required Text Name { get; init; }
    public required PartialDate Date { get; init; }
    public Text? Place { get; init; }
    public Text? Conference { get; init; }
    public IReadOnlyList<string> Organisers { get; init; } = [];

    /// <summary>What else the forum's file says (series, source document, …); kept as it is.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement> More { get; init; } = new Dictionary<string, JsonElement>();
}

/// <summary>What sort of party it is.</summary>
[JsonConverter(typeof(WordConverter<PartyType>))]
public enum PartyType
{
    Person,
    Organisation,
    Government,
    Intergovernmental,
    Group,
}

/// <summary>A person, organisation, government, intergovernmental body or group that appears in a public forum.</summary>
public sealed record Party
{
    public required string Slug { get; init; }
    public required PartyType Type { get; init; }
    public required Text Name { get; init; }

    /// <summary>Slug of the party it belongs to.</summary>
    public string? Affiliation { get; init; }
    public Text? Role { get; init; }

    /// <summary>Other names by which a search finds it.</summary>
    public IReadOnlyList<string>? Aliases { get; init; }
}

/// <summary>A subject under which items are grouped.</summary>
public sealed record Theme
{
    public required string Slug { get; init; }
    public required Text Name { get; init; }
    public Text? Scope { get; init; }
    public IReadOnlyList<string>? Aliases { get; init; }
}
