using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Items;

namespace CommitmentsTracker.Server.Layout;

/// <summary>A value of the address that has no answer, with the key of the phrase that says why.</summary>
public sealed record WrongValue(string Field, string Value, string Phrase);

/// <summary>Reads what a page is narrowed to from its address, and collects the values that are wrong.</summary>
public sealed class QueryValues(PageQuery query)
{
    private const int LongestText = 200;
    private readonly List<WrongValue> _wrong = [];

    /// <summary>Values without an answer; a page that has any answers 400 and shows <see cref="WrongValues"/>.</summary>
    public IReadOnlyList<WrongValue> Wrong => _wrong;

    /// <summary>Notes that a value is wrong.</summary>
    public void Refuse(string field, string value, string phrase) => _wrong.Add(new WrongValue(field, value, phrase));

    /// <summary>All values of a name, each once; those that are not known are wrong.</summary>
    public IReadOnlyList<string> Known(string name, Func<string, bool> known, string phrase = "error.word")
    {
        var all = query.All(name).Distinct(StringComparer.Ordinal).ToList();
        foreach (var value in all.Where(v => !known(v)))
            Refuse(name, value, phrase);
        return all;
    }

    /// <summary>A word of a closed list; the first one if none is given.</summary>
    public T Word<T>(string name)
        where T : struct, Enum => Words<T>(name) is [var first, ..] ? first : default;

    /// <summary>All words of a closed list.</summary>
    public IReadOnlyList<T> Words<T>(string name, string phrase = "error.word")
        where T : struct, Enum
    {
        var read = new List<T>();
        foreach (var word in query.All(name).Distinct(StringComparer.Ordinal))
            if (Domain.Writing.Words.TryRead<T>(word, out var value))
                read.Add(value);
            else
                Refuse(name, word, phrase);
        return read;
    }

    /// <summary>What lists are narrowed to.</summary>
    public ItemFilter List(DirectoryNames names) =>
        new()
        {
            Kinds = Words<ItemKind>("kind"),
            Statuses = Words<Status>("status"),
            Themes = Known("theme", names.Themes.ContainsKey),
            Parties = Known("party", names.Parties.ContainsKey),
            Forums = Known("forum", names.Forums.ContainsKey),
            Signals = Known("signal", ItemQuery.IsSignal),
            Query = Text("q"),
        };

    /// <summary>A text to search for; null if there is none.</summary>
    public string? Text(string name)
    {
        if (query.Raw(name)?.Trim() is not { Length: > 0 } text)
            return null;
        if (text.Length > LongestText)
            Refuse(name, text[..40] + "…", "error.q.long");
        return text;
    }

    /// <summary>A number from 1 on; 1 if none is given.</summary>
    public int Page(string name)
    {
        if (query.Raw(name) is not { } text)
            return 1;
        if (
            int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var page)
            && page >= 1
        )
            return page;
        Refuse(name, text, "parties.nopage");
        return 1;
    }
}
