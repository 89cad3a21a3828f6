using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using System.Xml;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Feeds;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Changes;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>What a feed says of a change: what, before and after, when it happened and when we learned it, on what evidence.</summary>
public sealed class FeedWords(Phrasebook words, string origin)
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The item as known just after the change.</summary>
    public string LinkOf(ChangeView change) =>
        $"{origin}/items/{change.Item}?knownAt={Uri.EscapeDataString(ChangeWords.Known(change.RecordedAt))}&lang={words.Language}";

    /// <summary>The title: the item, and what changed.</summary>
    public string TitleOf(ToldChange told)
    {
        var said = ChangeText.Of(told.Change, words);
        var mark =
            told.Change is { Correction: not null, Type: ChangeType.CorrectionMade } ? words["feeds.mark.correction"]
            : told.Change.Late ? words["feeds.mark.late"]
            : "";
        return Clean(mark + words.Say("feeds.entry", said.Title, said.What));
    }

    /// <summary>The whole entry as HTML.</summary>
    public string HtmlOf(ToldChange told)
    {
        var (change, said, to) = (told.Change, ChangeText.Of(told.Change, words), new StringBuilder());
        to.Append($"<p>{E(said.What)}</p>");
        if (said.More.Count > 0)
            to.Append($"<ul>{string.Concat(said.More.Select(d => $"<li>{E(d)}</li>"))}</ul>");
        to.Append($"<p>{E(said.Clocks)}</p>");
        if (change.Late)
            to.Append($"<p>{E(words.Say("feeds.late", LateFact.Days))}</p>");
        if (told.Mended is { } was)
        {
            var then = ChangeText.Of(was, words);
            var before = then.Note ?? then.What;
            var what = was.OccurredOn is { } on
                ? words.Say("feeds.mended", words.Date(on), words.Instant(was.RecordedAt), before)
                : words.Say("feeds.mended.undated", words.Instant(was.RecordedAt), before);
            to.Append(
                $"<p>{E(change.CorrectionKind is { } kind ? words.Say("feeds.correction", words.Word("correction", kind), what) : what)} "
                    + $"<a href=\"{E(LinkOf(was))}\">{E(words["feeds.wrongly"])}</a></p>"
            );
        }

        if (said.Note is { } note)
            to.Append($"<blockquote>{E(note).Replace("\n", "<br/>", StringComparison.Ordinal)}</blockquote>");
        if (said.Sources.Count > 0)
            to.Append($"<p>{E(words["evidence.label"])}</p><ul>{string.Concat(said.Sources.Select(HtmlOf))}</ul>");
        to.Append(
            $"<p><a href=\"{E(LinkOf(change))}\">{E(words["feeds.item.then"])}</a> · <a "
                + $"href=\"{E($"{origin}/items/{change.Item}/history?lang={words.Language}")}\">{E(words["feeds.record"])}</a></p>"
        );
        return to.ToString();
    }

    /// <summary>What cannot stand in XML gives way to a sign that says so.</summary>
    public static string Clean(string text)
    {
        if (text.All(XmlConvert.IsXmlChar))
            return text;
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
                clean.Append(text[i]).Append(text[++i]);
            else
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\ufffd');
        }

        return clean.ToString();
    }

    private string HtmlOf(SourceText source)
    {
        var title = source.Address is { } at ? $"<a href=\"{E(at)}\">{E(source.Title)}</a>" : E(source.Title);
        var archived = source.Archived is { } copy
            ? $"{E(words["list.comma"])}<a href=\"{E(copy)}\">{E(words["evidence.archived"])}</a>"
            : "";
        return $"<li>{title}{E(words["list.comma"])}{E(source.Details)}{archived}</li>";
    }

    private static string E(string text) => Html.Encode(Clean(text));
}
