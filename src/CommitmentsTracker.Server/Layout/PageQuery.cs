using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Clocks;
using Microsoft.Extensions.Primitives;

namespace CommitmentsTracker.Server.Layout;

/// <summary>
/// What every page reads from its address: the language and the two clocks. The only place that parses them, and the
/// only one that writes links, so that no link loses them.
/// </summary>
public sealed class PageQuery
{
    private static readonly string[] Kept = ["lang", "asOf", "knownAt"];

    private readonly Dictionary<string, StringValues> _query;
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);

    private PageQuery(HttpContext http, DateTimeOffset now)
    {
        Path = http.Request.Path.Value is { Length: > 0 } path ? path : "/";
        _query = http.Request.Query.ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        (Language, LanguageGiven) = ReadLanguage(http.Request);
        Theme = http.Request.Cookies["theme"] is "light" or "dark" ? http.Request.Cookies["theme"] : null;
        Clocks = ReadClocks(now);
        if (Hash is { } hash && !(hash.Length == 64 && hash.All(char.IsAsciiHexDigitLower)))
            _errors["hash"] = "error.hash";
        Origin = $"{http.Request.Scheme}://{http.Request.Host}";
    }

    /// <summary><c>en</c> or <c>zh</c>.</summary>
    public string Language { get; }

    /// <summary>True if the address names the language, false if the browser's wish decided.</summary>
    public bool LanguageGiven { get; }

    /// <summary>The words of the interface.</summary>
    public Phrasebook Words => Phrasebook.For(Language);

    /// <summary>Both clocks; those of now where <see cref="Errors"/> has an entry.</summary>
    public AskedClocks Clocks { get; private set; }

    /// <summary>The hash that the address carries, if it cites a state.</summary>
    public string? Hash => Raw("hash");

    /// <summary><c>light</c>, <c>dark</c> or null: as the system has it.</summary>
    public string? Theme { get; }

    /// <summary>Path of the page.</summary>
    public string Path { get; }

    /// <summary>Scheme and host, for absolute addresses.</summary>
    public string Origin { get; }

    /// <summary>Fields that are wrong, with the key of the phrase that says why.</summary>
    public IReadOnlyDictionary<string, string> Errors => _errors;

    /// <summary>Reads the query of a request.</summary>
    public static PageQuery Of(HttpContext http, TimeProvider time) => new(http, time.GetUtcNow());

    /// <summary>The value as typed, or null.</summary>
    public string? Raw(string name) => _query.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>All values of a name, without empty ones.</summary>
    public IReadOnlyList<string> All(string name) =>
        _query.TryGetValue(name, out var values) ? [.. values.OfType<string>().Where(v => v.Length > 0)] : [];

    /// <summary>Notes that a value is wrong.</summary>
    public void Refuse(string field, string phrase) => _errors[field] = phrase;

    /// <summary>An address that keeps language and clocks. A value of null leaves a name out.</summary>
    public string To(string path, params (string Name, string? Value)[] values)
    {
        var pairs = new List<KeyValuePair<string, string?>>();
        foreach (var (name, value) in values)
            if (!string.IsNullOrEmpty(value))
                pairs.Add(new(name, value));
        foreach (var name in Kept)
            if (values.All(v => v.Name != name) && KeptValue(name) is { } kept)
                pairs.Add(new(name, kept));
        return path + QueryString.Create(pairs);
    }

    /// <summary>This page with some values changed; the others stay, a cursor does not, nor does a hash when a clock moves.</summary>
    public string With(params (string Name, string? Value)[] changes)
    {
        var pairs = new List<KeyValuePair<string, string?>>();
        foreach (var (name, values) in _query)
            if (
                name != "cursor"
                && name != "lang"
                && changes.All(c => c.Name != name)
                && !(name == "hash" && changes.Any(c => c.Name is "asOf" or "knownAt"))
            )
                foreach (var value in values)
                    if (!string.IsNullOrEmpty(value))
                        pairs.Add(new(name, value));
        foreach (var (name, value) in changes)
            if (!string.IsNullOrEmpty(value))
                pairs.Add(new(name, value));
        if (changes.All(c => c.Name != "lang"))
            pairs.Add(new("lang", Language));
        return Path + QueryString.Create(pairs);
    }

    /// <summary>This page with one of several values of a name added or, if it is there, taken away.</summary>
    public string Toggle(string name, string value)
    {
        var now = All(name);
        var then = now.Contains(value) ? now.Where(v => v != value) : now.Append(value);
        return With([(name, null), .. then.Select(v => (name, (string?)v))]);
    }

    /// <summary>Names and values that a GET form on this page has to carry, except those that it sets itself.</summary>
    public IEnumerable<(string Name, string Value)> Hidden(params string[] except)
    {
        foreach (var (name, values) in _query)
            if (name is not ("cursor" or "lang") && !except.Contains(name) && !(name == "hash" && except.Contains("asOf")))
                foreach (var value in values)
                    if (!string.IsNullOrEmpty(value))
                        yield return (name, value);
        if (!except.Contains("lang"))
            yield return ("lang", Language);
    }

    private string? KeptValue(string name) =>
        name == "lang" ? Language
        : _errors.ContainsKey(name) ? null
        : Raw(name);

    private (string, bool) ReadLanguage(HttpRequest request)
    {
        if (Raw("lang") is { } asked)
        {
            if (Phrasebook.Languages.Contains(asked))
                return (asked, true);
            _errors["lang"] = "error.lang";
        }

        foreach (var wish in request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1))
        {
            if (wish.Quality == 0)
                continue;
            var language = wish.Value.ToString().Split('-')[0].ToLowerInvariant();
            if (Phrasebook.Languages.Contains(language))
                return (language, false);
        }

        return (Phrasebook.Languages[0], false);
    }

    private AskedClocks ReadClocks(DateTimeOffset now)
    {
        var refusals = new List<Refusal>();
        // A plus sign that nobody escaped arrives as a space.
        var clocks = ClockParameters.Read(Raw("asOf"), Raw("knownAt")?.Replace(' ', '+'), now, refusals);
        foreach (var refusal in refusals)
            _errors[refusal.Field] = $"error.{refusal.Field}.{refusal.Rule}";
        return clocks ?? AskedClocks.OfNow(now);
    }
}
