using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Server.Clocks;
using CommitmentsTracker.Server.Items;
using Microsoft.Net.Http.Headers;

namespace CommitmentsTracker.Server.Api;

/// <summary>Reads the parameters of a GET, strictly: an unknown or repeated one is refused by name.</summary>
public sealed class ReadRequest
{
    /// <summary>The parameters that narrow a list.</summary>
    public static readonly string[] FilterParameters = ["kind", "status", "theme", "party", "forum", "q", "signal"];

    private const int MostValues = 100;
    private static readonly string[] Everywhere = ["asOf", "knownAt", "lang"];

    private readonly HttpContext _context;
    private readonly List<Refusal> _refusals = [];

    private ReadRequest(HttpContext context) => _context = context;

    /// <summary>Starts reading; <paramref name="allowed"/> are the parameters besides clocks and language.</summary>
    public static ReadRequest Of(HttpContext context, TimeProvider time, params IEnumerable<string> allowed)
    {
        var request = new ReadRequest(context);
        var names = Everywhere.Concat(allowed).ToHashSet(StringComparer.Ordinal);
        foreach (var name in context.Request.Query.Keys.Where(k => !names.Contains(k)))
            request.Refuse(
                "unknown-parameter",
                name,
                $"There is no parameter '{name}' here; these are: {string.Join(", ", names.Order(StringComparer.Ordinal))}."
            );
        if (request.One("lang") is not (null or "en" or "zh"))
            request.Refuse("unknown-word", "lang", "One of: en, zh.");
        request.Clocks =
            ClockParameters.Read(request.One("asOf"), request.One("knownAt"), time.GetUtcNow(), request._refusals)
            ?? AskedClocks.OfNow(time.GetUtcNow());
        return request;
    }

    /// <summary>Day and instant of the question.</summary>
    public AskedClocks Clocks { get; private set; } = null!;

    /// <summary>True if the answer can never change: see <see cref="AskedClocks.IsFixed"/>.</summary>
    public bool IsFixed => Clocks.IsFixed;

    /// <summary>The request itself.</summary>
    public HttpContext Context => _context;

    /// <summary>The answer to what was refused so far; null if all is well.</summary>
    public IResult? Problem => _refusals.Count > 0 ? Problems.Of(_refusals) : null;

    /// <summary>A parameter that may stand once.</summary>
    public string? One(string name)
    {
        var values = _context.Request.Query[name];
        if (values.Count > 1)
            Refuse("repeated", name, $"The parameter '{name}' may stand once.");
        return values.Count > 0 && values[0] is { Length: > 0 } value ? value : null;
    }

    /// <summary>A parameter that may stand several times, or once with commas.</summary>
    public IReadOnlyList<string> Many(string name)
    {
        List<string> values =
        [
            .. _context
                .Request.Query[name]
                .OfType<string>()
                .SelectMany(v => v.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                .Distinct(StringComparer.Ordinal),
        ];
        if (values.Count <= MostValues)
            return values;
        Refuse("too-many", name, $"At most {MostValues} values; these are {values.Count}.");
        return [];
    }

    /// <summary>Refuses slugs that nothing has.</summary>
    public void Known(string name, IEnumerable<string> slugs, IReadOnlySet<string> known)
    {
        foreach (var slug in slugs.Where(s => !known.Contains(s)))
            Refuse($"unknown-{name}", name, $"No {name} has the slug '{slug}'.");
    }

    /// <summary>A whole number within bounds.</summary>
    public long Number(string name, long absent, long least, long most)
    {
        if (One(name) is not { } text)
            return absent;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least && n <= most)
            return n;
        Refuse("range", name, $"A whole number from {least} to {most}.");
        return absent;
    }

    /// <summary>A day; absent or refused: <paramref name="absent"/>.</summary>
    public DateOnly Day(string name, DateOnly absent)
    {
        if (One(name) is not { } text)
            return absent;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        Refuse("format", name, "A date is written like 2025-09-01 and must exist in the calendar.");
        return absent;
    }

    /// <summary>The filters of a list.</summary>
    public ItemFilter Filter()
    {
        var query = One("q");
        if (query is { Length: > 200 })
            Refuse("too-long", "q", $"At most 200 characters; these are {query.Length}.");
        if (query is not null && query.EnumerateRunes().Any(r => System.Text.Rune.IsControl(r) || r == System.Text.Rune.ReplacementChar))
            Refuse("control-characters", "q", "Control characters are not allowed.");
        var signals = Many("signal");
        foreach (var unknown in signals.Where(s => !ItemQuery.IsSignal(s)))
            Refuse("unknown-word", "signal", $"There is no signal '{unknown}'.");
        return new ItemFilter
        {
            Kinds = Words<ItemKind>("kind"),
            Statuses = Words<Status>("status"),
            Themes = Slugs("theme"),
            Parties = Slugs("party"),
            Forums = Slugs("forum"),
            Signals = signals,
            Query = query,
        };
    }

    /// <summary>The filters of a list; slugs that nothing has are refused.</summary>
    public ItemFilter Filter(DirectoryNames names)
    {
        var filter = Filter();
        Known("forum", filter.Forums, names.ForumSlugs);
        Known("theme", filter.Themes, names.ThemeSlugs);
        Known("party", filter.Parties, names.PartySlugs);
        return filter;
    }

    /// <summary>How the list is sorted; not asked for: a search by relevance, other lists by their latest activity.</summary>
    public ItemSort Sort()
    {
        if (One("sort") is not { } text)
            return _context.Request.Query.ContainsKey("q") ? ItemSort.Relevance : ItemSort.Latest;
        foreach (var sort in Enum.GetValues<ItemSort>())
            if (sort.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
                return sort;
        Refuse("unknown-word", "sort", $"One of: {string.Join(", ", Enum.GetNames<ItemSort>().Select(n => n.ToLowerInvariant()))}.");
        return ItemSort.Latest;
    }

    /// <summary>Refuses a parameter.</summary>
    public void Refuse(string rule, string field, string message) => _refusals.Add(new Refusal(RefusalKind.Invalid, rule, field, message));

    /// <summary>Answers with JSON, an entity tag and the right caching; 304 if the caller has it.</summary>
    /// <param name="body">What to write.</param>
    /// <param name="etag">Its entity tag without quotes; null: hash of the bytes.</param>
    /// <param name="isFixed">True if it can never change.</param>
    public IResult Answer<T>(T body, string? etag = null, bool isFixed = false) =>
        etag is null
            ? Answer(JsonSerializer.SerializeToUtf8Bytes(body, TrackerJson.Strict), isFixed)
            : Answer(() => JsonSerializer.SerializeToUtf8Bytes(body, TrackerJson.Strict), etag, isFixed);

    /// <summary>Answers with JSON that is written already.</summary>
    public IResult Answer(byte[] json, bool isFixed) =>
        Answer(() => json, Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 12)), isFixed);

    /// <summary>Answers with a document of any type; it is written only for a caller who does not have it.</summary>
    public async Task<IResult> AnswerAsync(Func<Task<byte[]>> write, string mediaType, string etag, bool isFixed) =>
        IsKnown(etag, isFixed) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Bytes(await write(), mediaType);

    private IResult Answer(Func<byte[]> json, string etag, bool isFixed) =>
        IsKnown(etag, isFixed)
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Bytes(json(), "application/json; charset=utf-8");

    /// <summary>Tells entity tag and caching; true if the caller has what they name.</summary>
    private bool IsKnown(string etag, bool isFixed)
    {
        var headers = _context.Response.Headers;
        headers.ETag = $"\"{etag}\"";
        headers.CacheControl = isFixed ? "public, max-age=31536000, immutable" : "no-cache";
        return _context.Request.GetTypedHeaders().IfNoneMatch.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Tag == $"\"{etag}\"");
    }

    private List<T> Words<T>(string name)
        where T : struct, Enum
    {
        var values = new List<T>();
        foreach (var word in Many(name))
        {
            if (Domain.Writing.Words.TryRead<T>(word, out var value))
                values.Add(value);
            else
                Refuse(
                    "unknown-word",
                    name,
                    $"There is no {name} '{word}'; these are: {string.Join(", ", Domain.Writing.Words.All<T>())}."
                );
        }

        return values;
    }

    private IReadOnlyList<string> Slugs(string name)
    {
        var slugs = Many(name);
        foreach (var slug in slugs.Where(s => s.Length > 120 || s.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))))
            Refuse("slug", name, $"'{slug}' is no slug: lower-case letters, digits and hyphens.");
        return slugs;
    }
}
