using CommitmentsTracker.Record.Search;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
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
public sealed class ForumDirectory(NpgsqlDataSource source, StoreVersions versions, PutAside aside) : IReadsAgain
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

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => ["forums", "parties", "themes"];

    /// <inheritdoc />
    public async Task ReadAgainAsync(AsideRow row, CancellationToken ct)
    {
        await (
            row.Table switch
            {
                "forums" => source.AllAsync("select slug, forum from forums where slug = $1", Forum, ct, row.Key) as Task,
                "parties" => source.AllAsync("select slug, party from parties where slug = $1", Party, ct, row.Key),
                _ => source.AllAsync("select slug, theme from themes where slug = $1", Theme, ct, row.Key),
            }
        );
        // Every node reads the names anew.
        await source.RunAsync("update directory_version set version = version + 1", ct);
    }

    /// <summary>Reads all names; an entry that cannot be read is put aside, and shows by its slug where it is named.</summary>
    private async Task<DirectoryNames> ReadAsync(CancellationToken ct)
    {
        var unread = new UnreadRows();
        var names = new DirectoryNames(
            await ReadAsync("forums", "select slug, forum from forums", Forum, unread, ct),
            await ReadAsync("parties", "select slug, party from parties", Party, unread, ct),
            await ReadAsync("themes", "select slug, theme from themes", Theme, unread, ct)
        );
        await aside.NoteAsync(unread.All, ct);
        return names;
    }

    private async Task<Dictionary<string, T>> ReadAsync<T>(
        string table,
        string sql,
        Func<NpgsqlDataReader, T> read,
        UnreadRows unread,
        CancellationToken ct
    )
    {
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            var slug = reader.GetString(0);
            if (unread.TryRead(table, () => slug, () => read(reader), out var value))
                all[slug] = value;
        }

        return all;
    }

    private static Forum Forum(NpgsqlDataReader r)
    {
        var forum = r.Json<Forum>(1);
        return forum is { Slug: not null, Name: not null } ? forum : throw Incomplete();
    }

    private static Party Party(NpgsqlDataReader r)
    {
        var party = r.Json<Party>(1);
        if (party is not { Slug: not null, Name: not null })
            throw Incomplete();
        // What the search makes of it must come about too.
        _ = SearchName.Of(party.Slug, party.Name, party.Aliases);
        return party;
    }

    private static Theme Theme(NpgsqlDataReader r)
    {
        var theme = r.Json<Theme>(1);
        if (theme is not { Slug: not null, Name: not null })
            throw Incomplete();
        _ = SearchName.Of(theme.Slug, theme.Name, theme.Aliases);
        return theme;
    }

    private static UnreadableException Incomplete() => new("The entry lacks something that every entry has.");

    private sealed record Kept(DirectoryNames Names, long Version);
}
