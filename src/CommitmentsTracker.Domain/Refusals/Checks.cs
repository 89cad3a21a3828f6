using System.Text.RegularExpressions;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Domain.Refusals;

/// <summary>
/// What texts, names, slugs, ids and lists may hold. Collects refusals, so that one answer names every wrong field; a
/// field is named by its path, as in the JSON of the API.
/// </summary>
public sealed partial class Checks
{
    /// <summary>Longest note, summary or reason, in characters.</summary>
    public const int LongText = 20_000;

    /// <summary>Longest title, name or identifier, in characters; such a text is one line.</summary>
    public const int ShortText = 500;

    /// <summary>Longest context of a citation, in characters.</summary>
    public const int Context = 1_000;

    /// <summary>Longest slug, in characters.</summary>
    public const int LongestSlug = 120;

    /// <summary>Longest id of an update, a correction or a dispute, in characters.</summary>
    public const int LongestId = 200;

    /// <summary>Longest name of a person, in characters.</summary>
    public const int LongestPersonName = 200;

    /// <summary>Longest address of a document, in characters.</summary>
    public const int LongestUrl = 2_000;

    private readonly List<Refusal> _refusals = [];

    /// <summary>What was found wrong, in the order of asking.</summary>
    public IReadOnlyList<Refusal> Refusals => _refusals;

    /// <summary>True if nothing was found wrong so far.</summary>
    public bool Passed => _refusals.Count == 0;

    /// <summary>Adds a refusal of the kind <see cref="RefusalKind.Invalid"/>.</summary>
    /// <param name="rule">Stable name of the broken rule, kebab-case.</param>
    /// <param name="field">Path of the field.</param>
    /// <param name="message">What is wrong and what would be right, in English.</param>
    public void Refuse(string rule, string field, string message) => _refusals.Add(new Refusal(RefusalKind.Invalid, rule, field, message));

    /// <summary>A text in at least one language, each within the length. Rule <c>required</c> or those of a text.</summary>
    public void Required(string field, Text? text, int longest)
    {
        if (text is null || (string.IsNullOrWhiteSpace(text.En) && string.IsNullOrWhiteSpace(text.Zh)))
            Refuse("required", field, "A text in English (en) or Chinese (zh) is required.");
        else
            Optional(field, text, longest);
    }

    /// <summary>A text that may be left out (null); given, it has a language, each within the length.</summary>
    public void Optional(string field, Text? text, int longest)
    {
        if (text is null)
            return;
        if (text.En is null && text.Zh is null)
            Refuse("required", field, "A text needs en or zh.");
        Optional(field + ".en", text.En, longest);
        Optional(field + ".zh", text.Zh, longest);
    }

    /// <summary>A text that is not blank and within the length.</summary>
    public void Required(string field, string? text, int longest)
    {
        if (string.IsNullOrWhiteSpace(text))
            Refuse("required", field, "A text is required.");
        else
            Optional(field, text, longest);
    }

    /// <summary>
    /// A text that may be left out (null). Given, it is not blank, at most so many characters long, one line unless
    /// longer texts are allowed there, and holds neither control characters nor broken surrogates. Rules
    /// <c>required too-long one-line control-characters</c>.
    /// </summary>
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

    /// <summary>An absolute http or https address without blanks and user; null: left out. Rule <c>url</c> or those of a text.</summary>
    public void Url(string field, string? url)
    {
        if (url is null)
            return;
        Optional(field, url, LongestUrl);
        if (
            url.Any(char.IsWhiteSpace)
            || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.Host.Length == 0
            || uri.UserInfo.Length > 0
        )
            Refuse("url", field, "An address starts with http:// or https://, names a host and holds neither spaces nor a user.");
    }

    /// <summary>A slug: lower-case kebab. Rule <c>slug</c>.</summary>
    public void Slug(string field, string? slug)
    {
        if (slug is null || slug.Length > LongestSlug || !Kebab().IsMatch(slug))
            Refuse("slug", field, $"A slug is lower-case kebab, e.g. global-digital-compact, at most {LongestSlug} characters.");
    }

    /// <summary>An id of an update, a correction or a dispute. Rule <c>id</c>.</summary>
    public void Id(string field, string? id)
    {
        if (id is null || id.Length > LongestId || !Identifier().IsMatch(id))
            Refuse(
                "id",
                field,
                $"An id has 1 to {LongestId} letters, digits, hyphens, underscores or dots, and starts with a letter or digit."
            );
    }

    /// <summary>A slug that exists; null: left out. Rule <c>unknown-{what}</c>.</summary>
    /// <param name="field">Path of the field.</param>
    /// <param name="slug">The slug.</param>
    /// <param name="known">Those that exist.</param>
    /// <param name="what"><c>forum</c>, <c>party</c>, <c>theme</c> or <c>item</c>.</param>
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

    /// <summary>A list that is not too long; null: left out. Rule <c>too-many</c>.</summary>
    public void Count<T>(string field, IReadOnlyCollection<T>? list, int most)
    {
        if (list is not null && list.Count > most)
            Refuse("too-many", field, $"At most {most}; these are {list.Count}.");
    }

    /// <summary>What is wrong with the name of a person, in English: it is one line of visible text. Null: nothing.</summary>
    public static string? PersonNameProblem(string? name) =>
        string.IsNullOrWhiteSpace(name) ? "A name is required."
        : name.Length > LongestPersonName ? $"A name has at most {LongestPersonName} characters."
        : name.Any(char.IsControl) || HoldsControlCharacters(name) ? "Control characters are not allowed."
        : null;

    /// <summary>True if a text holds a control character other than tab and line break, or half of a surrogate pair.</summary>
    public static bool HoldsControlCharacters(string text)
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
