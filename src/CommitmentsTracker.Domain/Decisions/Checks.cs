using System.Text.RegularExpressions;
using CommitmentsTracker.Domain.Items;

namespace CommitmentsTracker.Domain.Decisions;

/// <summary>What a text may hold. Collects refusals, so that one answer names every wrong field.</summary>
internal sealed partial class Checks
{
    /// <summary>Longest note, summary or reason, in characters.</summary>
    public const int LongText = 20_000;

    /// <summary>Longest title, name or identifier, in characters; such a text is one line.</summary>
    public const int ShortText = 500;

    /// <summary>Longest context of a citation, in characters.</summary>
    public const int Context = 1_000;

    private readonly List<Refusal> _refusals = [];

    public IReadOnlyList<Refusal> Refusals => _refusals;
    public bool Passed => _refusals.Count == 0;

    public void Refuse(string rule, string field, string message) => _refusals.Add(new Refusal(RefusalKind.Invalid, rule, field, message));

    public void Required(string field, Text? text, int longest)
    {
        if (text is null || (string.IsNullOrWhiteSpace(text.En) && string.IsNullOrWhiteSpace(text.Zh)))
            Refuse("required", field, "A text in English (en) or Chinese (zh) is required.");
        else
            Optional(field, text, longest);
    }

    public void Optional(string field, Text? text, int longest)
    {
        if (text is null)
            return;
        if (text.En is null && text.Zh is null)
            Refuse("required", field, "A text needs en or zh.");
        Optional(field + ".en", text.En, longest);
        Optional(field + ".zh", text.Zh, longest);
    }

    public void Required(string field, string? text, int longest)
    {
        if (string.IsNullOrWhiteSpace(text))
            Refuse("required", field, "A text is required.");
        else
            Optional(field, text, longest);
    }

    public void Optional(string field, string? text, int longest)
    {
        if (text is null)
            return;
        if (text.Length > 0 && string.IsNullOrWhiteSpace(text))
            Refuse("required", field, "The text is blank; leave the field out instead.");
        if (text.Length == 0)
            Refuse("required", field, "The text is empty; leave the field out instead.");
        if (text.Length > longest)
            Refuse("too-long", field, $"At most {longest} characters; these are {text.Length}.");
        if (longest <= ShortText && text.AsSpan().IndexOfAny('\n', '\r') >= 0)
            Refuse("one-line", field, "This text is one line.");
        if (HoldsControlCharacters(text))
            Refuse(
                "control-characters",
                field,
                "Control characters (other than tab and line break) and broken surrogates are not allowed."
            );
    }

    public void Url(string field, string? url)
    {
        if (url is null)
            return;
        Optional(field, url, 2_000);
        if (
            url.Any(char.IsWhiteSpace)
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.Host.Length == 0
            || uri.UserInfo.Length > 0
        )
            Refuse("url", field, "An address starts with http:// or https://, names a host and holds neither spaces nor a user.");
    }

    public void Slug(string field, string? slug)
    {
        if (slug is null || slug.Length > 120 || !Kebab().IsMatch(slug))
            Refuse("slug", field, "A slug is lower-case kebab, e.g. global-digital-compact, at most 120 characters.");
    }

    public void Id(string field, string? id)
    {
        if (id is null || id.Length > 200 || !Identifier().IsMatch(id))
            Refuse("id", field, "An id has 1 to 200 letters, digits, hyphens, underscores or dots, and starts with a letter or digit.");
    }

    public void Known(string field, string? slug, IReadOnlySet<string> known, string what)
    {
        if (slug is not null && !known.Contains(slug))
            Refuse("unknown-" + what, field, $"No {what} has the slug '{slug}'.");
    }

    /// <summary>A list, however short, and something at each of its places. What comes from outside may hold neither.</summary>
    public bool Full<T>(string field, IReadOnlyList<T>? list)
    {
        if (list is null)
        {
            Refuse("required", field, "A list is required; it may be empty.");
            return false;
        }

        var full = true;
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is not null)
                continue;
            Refuse("required", $"{field}[{i}]", "Nothing stands here.");
            full = false;
        }

        return full;
    }

    public void Count<T>(string field, IReadOnlyCollection<T>? list, int most)
    {
        if (list is not null && list.Count > most)
            Refuse("too-many", field, $"At most {most}; these are {list.Count}.");
    }

    private static bool HoldsControlCharacters(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(c) || (char.IsControl(c) && c is not ('\n' or '\t' or '\r')))
                return true;
        }

        return false;
    }

    [GeneratedRegex(@"^[a-z0-9]+(-+[a-z0-9]+)*\z")]
    private static partial Regex Kebab();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]*\\z")]
    private static partial Regex Identifier();
}
