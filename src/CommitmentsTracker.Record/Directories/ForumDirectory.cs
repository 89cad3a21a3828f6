using System.Text.Json;
using CommitmentsTracker.Record.Search;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Record.Directories;

/// <summary>All forums, parties and themes by slug, as named now.</summary>
public sealed record DirectoryNames(
    IReadOnlyDictionary<string, Forum> Forums,
    IReadOnlyDictionary<string, Party> Parties,
    IReadOnlyDictionary<string, Theme> Themes
)
{
    /// <summary>The forum that took place last; null in an empty tracker.</summary>
    public Forum? Newest { get; } =
        Forums.Values.OrderByDescending(f => f.Date.LastDay).ThenBy(f => f.Slug, StringComparer.Ordinal).FirstOrDefault();

    public IReadOnlySet<string> ForumSlugs { get; } = Forums.Keys.ToHashSet(StringComparer.Ordinal);
    public IReadOnlySet<string> PartySlugs { get; } = Parties.Keys.ToHashSet(StringComparer.Ordinal);
    public IReadOnlySet<string> ThemeSlugs { get; } = Themes.Keys.ToHashSet(StringComparer.Ordinal);

    /// <summary>What parties are called, for the search.</summary>
    public IReadOnlyList<SearchName> PartyNames { get; } = [.. Parties.Values.Select(p => SearchName.Of(p.Slug, p.Name, p.Aliases))];

    /// <summary>What themes are called, for the search.</summary>
    public IReadOnlyList<SearchName> ThemeNames { get; } = [.. Themes.Values.Select(t => SearchName.Of(t.Slug, t.Name, t.Aliases))];

    /// <summary>The party's name in a language, or its slug if the directory lacks it.</summary>
    public string PartyName(string slug, string language) => Parties.TryGetValue(slug, out var party) ? party.Name.In(language) : slug;

    /// <summary>The theme's name in a language, or its slug if the directory lacks it.</summary>
    public string ThemeName(string slug, string language) => Themes.TryGetValue(slug, out var theme) ? theme.Name.In(language) : slug;
}

/// <summary>Knows the names; kept in memory, read again when they changed.</summary>
public sealed class ForumDirectory(NpgsqlDataSource source, StoreVersions versions)
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile Kept? _kept;

    /// <summary>The names as of now.</summary>
    public async Task<DirectoryNames> NamesAsync(CancellationToken ct = default)
    {
        var version = (await versions.CurrentAsync(ct)).Directory;
        if (_kept is { } kept && kept.Version >= version)
            return kept.Names;
        await _reading.WaitAsync(ct);
        try
        {
            // Read after the version was, the names are at least as new as it says.
            if (_kept is not { } again || again.Version < version)
                _kept = new Kept(await ReadAsync(ct), version);
            return _kept.Names;
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<DirectoryNames> ReadAsync(CancellationToken ct) =>
        new(
            await ReadAsync<Forum>("select forum from forums", f => f.Slug, ct),
            await ReadAsync<Party>("select party from parties", p => p.Slug, ct),
            await ReadAsync<Theme>("select theme from themes", t => t.Slug, ct)
        );

    private async Task<Dictionary<string, T>> ReadAsync<T>(string sql, Func<T, string> slug, CancellationToken ct)
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            var value = JsonSerializer.Deserialize<T>(reader.GetFieldValue<byte[]>(0), TrackerJson.Stored)!;
            all[slug(value)] = value;
        }

        return all;
    }

    private sealed record Kept(DirectoryNames Names, long Version);
}
