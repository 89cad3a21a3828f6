using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using System.Xml;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Evidence;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Languages;

namespace CommitmentsTracker.Server.Feeds;

/// <summary>What a feed says of a change: what, before and after, when it happened and when we learned it, on what evidence.</summary>
public sealed class FeedWords(Phrasebook words, string origin)
{
    private static readonly HtmlEncoder Html = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>The item as known just after the change.</summary>
    public string LinkOf(ChangeView change) => $"{origin}/items/{change.Item}?knownAt={Uri.EscapeDataString(ChangeWords.Known(change.RecordedAt))}&lang={words.Language}";

    /// <summary>The title: the item, and what changed.</summary>
    public string TitleOf(ToldChange told)
    {
        var change = told.Change;
        var what = Differences(change).Select(d => d.Named).FirstOrDefault() ?? Named(change);
        if (change.Before is null || change.After is null || change.Type is "deadline.passed" or "dispute.opened" or "dispute.settled") what = Named(change);
        var mark = change.Correction is not null && change.Type == "correction.made" ? words["feeds.mark.correction"] : change.Late ? words["feeds.mark.late"] : "";
        return Clean(mark + words.Say("feeds.entry", change.Title.In(words.Language), what));
    }

    /// <summary>The whole entry as HTML.</summary>
    public string HtmlOf(ToldChange told)
    {
        var (change, to) = (told.Change, new StringBuilder());
        to.Append($"<p>{E(Named(change))}</p>");
        var differences = Differences(change).ToList();
        if (differences.Count > 0) to.Append($"<ul>{string.Concat(differences.Select(d => $"<li>{E(d.Named)}</li>"))}</ul>");
        to.Append("<p>");
        if (change.OccurredOn is { } on) to.Append($"{E(words.Say("feeds.happened", words.Date(on)))} ");
        to.Append($"{E(words.Say("feeds.learned", words.Instant(change.RecordedAt)))}</p>");
        if (change.Late) to.Append($"<p>{E(words.Say("feeds.late", ChangeRows.LateDays))}</p>");
        if (told.Mended is { } was)
        {
            var said = was.Note?.In(words.Language) is { Length: > 0 } note ? note : Named(was);
            var what = was.OccurredOn is { } then ? words.Say("feeds.mended", words.Date(then), words.Instant(was.RecordedAt), said) : words.Say("feeds.mended.undated", words.Instant(was.RecordedAt), said);
            to.Append($"<p>{E(change.CorrectionKind is { } kind ? words.Say("feeds.correction", words.Word("correction", kind), what) : what)} <a href=\"{E(LinkOf(was))}\">{E(words["feeds.wrongly"])}</a></p>");
        }

        if (change.Note?.In(words.Language) is { Length: > 0 } text) to.Append($"<blockquote>{E(text).Replace("\n", "<br/>", StringComparison.Ordinal)}</blockquote>");
        if (change.Evidence.Count > 0) to.Append($"<p>{E(words["evidence.label"])}</p><ul>{string.Concat(change.Evidence.Select(HtmlOf))}</ul>");
        to.Append($"<p><a href=\"{E(LinkOf(change))}\">{E(words["feeds.item.then"])}</a> · <a href=\"{E($"{origin}/items/{change.Item}/history?lang={words.Language}")}\">{E(words["feeds.record"])}</a></p>");
        return to.ToString();
    }

    /// <summary>What cannot stand in XML gives way to a sign that says so.</summary>
    public static string Clean(string text)
    {
        if (text.All(XmlConvert.IsXmlChar)) return text;
        var clean = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) clean.Append(text[i]).Append(text[++i]);
            else clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\ufffd');
        }

        return clean.ToString();
    }

    private string Named(ChangeView change) => change.Cause switch
    {
        "item_recorded" when change.After is { } after => words.Say("feeds.new", words.Status(after.Status)),
        "update_confirmed" or "correction_confirmed" => words["feeds.confirmed"],
        "update_rejected" or "correction_rejected" => words["feeds.rejected"],
        "evidence_added" => words["feeds.evidence"],
        _ => words["change." + change.Type],
    };

    /// <summary>What is different after the change, the most telling first.</summary>
    private IEnumerable<(string Field, string Named)> Differences(ChangeView change)
    {
        if (change.Before is not { } b || change.After is not { } a) yield break;
        if (b.Status != a.Status) yield return ("status", Said("status", words.Status(b.Status), words.Status(a.Status)));
        if (b.DueOn != a.DueOn) yield return ("due", Said("due", Day(b.DueOn), Day(a.DueOn)));
        if (b.StatusSince != a.StatusSince) yield return ("since", Said("since", words.Date(b.StatusSince), words.Date(a.StatusSince)));
        if (b.Time != a.Time) yield return ("time", Said("time", words.Word("time", b.Time), words.Word("time", a.Time)));
        if (b.Confidence != a.Confidence) yield return ("confidence", Said("confidence", words.Word("confidence", b.Confidence), words.Word("confidence", a.Confidence)));
        if (b.Freshness != a.Freshness) yield return ("freshness", Said("freshness", words.Word("freshness", b.Freshness), words.Word("freshness", a.Freshness)));
        if (b.Awaiting != a.Awaiting) yield return ("awaiting", Said("awaiting", words.Number(b.Awaiting), words.Number(a.Awaiting)));

        string Said(string field, string before, string after) => words.Say("feeds.difference", words["feeds.field." + field], before, after);

        string Day(DateOnly? day) => day is { } d ? words.Date(d) : words["time.no_deadline"];
    }

    private string HtmlOf(EvidenceSource source)
    {
        var named = E(source.Title);
        if (IsLink(source.Url)) named = $"<a href=\"{E(source.Url!)}\">{named}</a>";
        var more = new[] { source.Publisher, source.Identifier, source.Date is { } on ? words.Date(on) : null, words["grade." + source.Grade.Word()] }.OfType<string>().Where(t => t.Length > 0).Select(E).ToList();
        if (IsLink(source.ArchivedUrl)) more.Add($"<a href=\"{E(source.ArchivedUrl!)}\">{E(words["evidence.archived"])}</a>");
        return $"<li>{named}{string.Concat(more.Select(m => E(words["changes.comma"]) + m))}</li>";
    }

    private static bool IsLink(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    private static string E(string text) => Html.Encode(Clean(text));
}
