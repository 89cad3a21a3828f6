namespace CommitmentsTracker.Server.Forums;

/// <summary>All forums, parties and themes by slug, as named now.</summary>
public sealed record DirectoryNames(
    IReadOnlyDictionary<string, Forum> Forums, IReadOnlyDictionary<string, Party> Parties, IReadOnlyDictionary<string, Theme> Themes)
{
    /// <summary>The forum that took place last; null in an empty tracker.</summary>
    public Forum? Newest => Forums.Values.OrderByDescending(f => f.Date.LastDay).ThenBy(f => f.Slug, StringComparer.Ordinal).FirstOrDefault();

    /// <summary>The party's name in a language, or its slug if the directory lacks it.</summary>
    public string PartyName(string slug, string language) => Parties.TryGetValue(slug, out var party) ? party.Name.In(language) : slug;

    /// <summary>The theme's name in a language, or its slug if the directory lacks it.</summary>
    public string ThemeName(string slug, string language) => Themes.TryGetValue(slug, out var theme) ? theme.Name.In(language) : slug;
}

/// <summary>Knows the names; kept in memory, read again when an import or a page of the desk changed them.</summary>
public sealed class ForumDirectory
{
    /// <summary>The names as of now.</summary>
    public Task<DirectoryNames> NamesAsync(CancellationToken ct = default) => throw new NotImplementedException();
}
