using System.Net;
using System.Text;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Changes;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>The words of a mail: subject, plain text, and the same as HTML.</summary>
public sealed class MailText
{
    /// <summary>Most entries of a mail; the rest is counted.</summary>
    public const int MostEntries = 50;

    /// <summary>Most bytes of both texts of a digest, so that it stays below 100 kB however they are encoded for the way.</summary>
    private const int MostBytes = 70_000;

    /// <summary>How much of the changes a digest tells, the most first; a mail on one item tells all.</summary>
    private static readonly Room[] Rooms =
    [
        new(MostEntries, 400, 5),
        new(MostEntries, 120, 2),
        new(MostEntries, 0, 1),
        new(MostEntries / 5, 0, 0),
    ];
    private const string Body =
        "margin:0;padding:24px 16px;background:#fff;color:#1f2429;font:16px/1.55 system-ui,-apple-system,"
        + "'Segoe UI','PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif";

    private static readonly Room Whole = new(int.MaxValue, int.MaxValue, int.MaxValue);

    private readonly StringBuilder _text = new();
    private readonly StringBuilder _html = new();
    private readonly Phrasebook _words;
    private readonly PublicAddress _address;

    private MailText(Phrasebook words, PublicAddress address, string subject)
    {
        (_words, _address, Subject) = (words, address, subject);
    }

    /// <summary>The subject, one line.</summary>
    public string Subject { get; }

    /// <summary>The plain text.</summary>
    public string Plain => _text.ToString();

    /// <summary>The HTML.</summary>
    public string Html =>
        $"""
            <!doctype html><html lang="{(
                _words.Language == "zh" ? "zh-Hans" : "en"
            )}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
            <body style="{Body}"><div style="max-width:600px;margin:0 auto">
            {_html}</div></body></html>
            """;

    /// <summary>Asks whether the address wants the notices.</summary>
    public static MailText Confirmation(Phrasebook words, PublicAddress address, string secret)
    {
        var mail = new MailText(words, address, words["mail.confirm.subject"]);
        mail.Paragraph(words["mail.confirm.text"]);
        mail.Link(words["mail.confirm.do"], $"/subscribe/confirm/{secret}?lang={words.Language}");
        mail.Small(words["mail.confirm.otherwise"]);
        return mail;
    }

    /// <summary>What changed on one item, the oldest first.</summary>
    public static MailText Item(Phrasebook words, PublicAddress address, IReadOnlyList<ChangeView> changes, string token)
    {
        var last = changes[^1];
        var mail = new MailText(words, address, words.Say("mail.item.subject", last.Title.In(words.Language)));
        mail.Heading(last.Title.In(words.Language), "/items/" + last.Item);
        foreach (var change in changes)
            mail.Entry(change, Whole);
        mail.Foot(token, last.Item);
        return mail;
    }

    /// <summary>
    /// What changed on all items, grouped by item, the latest first; shorter where it would otherwise be longer than mail
    /// programs show.
    /// </summary>
    public static MailText Digest(Phrasebook words, PublicAddress address, IReadOnlyList<ChangeView> changes, string token)
    {
        MailText mail = null!;
        foreach (var room in Rooms)
        {
            mail = Digest(words, address, changes, token, room);
            if (Encoding.UTF8.GetByteCount(mail.Plain) + Encoding.UTF8.GetByteCount(mail.Html) <= MostBytes)
                break;
        }

        return mail;
    }

    private static MailText Digest(Phrasebook words, PublicAddress address, IReadOnlyList<ChangeView> changes, string token, Room room)
    {
        var mail = new MailText(words, address, words.Count("mail.digest.subject", changes.Count));
        mail.Paragraph(
            words.Say("mail.digest.text", words.Instant(changes.Min(c => c.RecordedAt)), words.Instant(changes.Max(c => c.RecordedAt)))
        );
        foreach (var item in changes.OrderByDescending(c => c.ChangeNo).Take(room.Entries).GroupBy(c => c.Item))
        {
            mail.Heading(item.First().Title.In(words.Language), "/items/" + item.Key);
            foreach (var change in item.OrderBy(c => c.ChangeNo))
                mail.Entry(change, room);
        }

        if (changes.Count > room.Entries)
        {
            var (from, to) = (Day(changes.Min(c => c.RecordedAt)), Day(changes.Max(c => c.RecordedAt)));
            mail.Link(
                words.Count("mail.digest.more", changes.Count - room.Entries),
                $"/changes?from={ChangeWords.Day(from.AddDays(-1))}&to={ChangeWords.Day(to)}&lang={words.Language}"
            );
        }

        mail.Foot(token, null);
        return mail;
    }

    /// <summary>Deadlines that come near or are long over, the most urgent first.</summary>
    public static MailText Reminder(Phrasebook words, PublicAddress address, IReadOnlyList<DueItem> due, string token)
    {
        var mail = new MailText(
            words,
            address,
            due.Count == 1
                ? words.Say("mail.reminder.one", due[0].Title.In(words.Language))
                : words.Count("mail.reminder.subject", due.Count)
        );
        foreach (var item in due.OrderBy(d => d.Due).Take(MostEntries))
        {
            mail.Heading(item.Title.In(words.Language), "/items/" + item.Item);
            mail.Paragraph(
                words.Say(
                    item.Days > 0 ? "mail.reminder.left" : "mail.reminder.over",
                    words.Date(item.Due),
                    words.Span(item.Days),
                    words.Status(item.Status)
                )
            );
        }

        if (due.Count > MostEntries)
            mail.Link(words.Count("mail.digest.more", due.Count - MostEntries), $"/calendar?lang={words.Language}");
        mail.Foot(token, due.Count == 1 ? due[0].Item : null);
        return mail;
    }

    /// <summary>Tells that an endpoint fails or was disabled.</summary>
    public static MailText Warning(Phrasebook words, PublicAddress address, MailContent content)
    {
        var mail = new MailText(words, address, words[$"mail.warning.{content.What}.subject"]);
        mail.Paragraph(
            words.Say($"mail.warning.{content.What}.text", content.Endpoint, content.Since is { } since ? words.Instant(since) : "")
        );
        mail.Link(words["mail.warning.docs"], "/docs");
        return mail;
    }

    /// <summary>Tells who sent something in what became of it.</summary>
    public static MailText Decision(Phrasebook words, PublicAddress address, MailContent content)
    {
        var title = content.Title?.In(words.Language) ?? content.Slug!;
        var mail = new MailText(words, address, words.Say("mail.decision.subject", title));
        mail.Heading(title, "/items/" + content.Slug);
        mail.Paragraph(words[$"mail.decision.{content.What}"]);
        if (content.Reason is { } reason)
            mail.Paragraph(words.Say("mail.decision.reason", reason));
        mail.Small(words["mail.decision.erased"]);
        return mail;
    }

    private static DateOnly Day(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    private void Entry(ChangeView change, Room room)
    {
        var said = ChangeText.Of(change, _words);
        var what = said.Marks.Length > 0 ? $"{said.What} ({said.Marks})" : said.What;
        _text.AppendLine(what);
        _html.Append($"<p style=\"margin:12px 0 4px\"><strong>{Encode(what)}</strong></p>");
        foreach (var more in said.More)
        {
            _text.AppendLine(more);
            _html.Append($"<p style=\"margin:0 0 4px\">{Encode(more)}</p>");
        }

        if (said.Note is { } note && room.Note > 0)
        {
            var shown =
                note.Length <= room.Note ? note : note[..(char.IsHighSurrogate(note[room.Note - 1]) ? room.Note - 1 : room.Note)] + " …";
            _text.AppendLine(shown);
            _html.Append($"<p style=\"margin:0 0 4px\">{Encode(shown)}</p>");
        }

        _text.AppendLine(said.Clocks);
        _html.Append($"<p style=\"margin:0 0 4px;color:#57606a;font-size:14px\">{Encode(said.Clocks)}</p>");
        foreach (var source in said.Sources.Take(room.Sources))
        {
            _text.AppendLine($"- {source.Title}{_words["list.comma"]}{source.Details}{(source.Address is { } at ? $" <{at}>" : "")}");
            var title = source.Address is { } link ? Anchor(link, source.Title) : Encode(source.Title);
            _html.Append($"<p style=\"margin:0;font-size:14px\">{title}{Encode(_words["list.comma"] + source.Details)}</p>");
        }

        _text.AppendLine();
    }

    private void Heading(string title, string path)
    {
        var link = _address.To($"{path}?lang={_words.Language}");
        _text.AppendLine(title).AppendLine(link).AppendLine();
        _html.Append($"<h2 style=\"font-size:18px;line-height:1.35;margin:24px 0 4px\">{Anchor(link, title)}</h2>");
    }

    private void Paragraph(string words)
    {
        _text.AppendLine(words).AppendLine();
        _html.Append($"<p style=\"margin:0 0 12px\">{Encode(words)}</p>");
    }

    private void Small(string words)
    {
        _text.AppendLine(words);
        _html.Append($"<p style=\"margin:16px 0 0;color:#57606a;font-size:14px\">{Encode(words)}</p>");
    }

    private void Link(string words, string path)
    {
        var link = _address.To(path);
        _text.AppendLine(words).AppendLine(link).AppendLine();
        _html.Append($"<p style=\"margin:16px 0\">{Anchor(link, words)}</p>");
    }

    private void Foot(string token, string? item)
    {
        var link = _address.To($"/u/{token}?lang={_words.Language}{(item is null ? "" : "&item=" + item)}");
        _text.AppendLine("--").AppendLine(_words["mail.foot"]).AppendLine(link);
        _html.Append(
            "<hr style=\"border:0;border-top:1px solid #d0d7de;margin:28px 0 12px\"><p style=\"margin:0;color:#57606a;font-size:14px\">"
                + $"{Encode(_words["mail.foot"])} {Anchor(link, _words["mail.foot.do"])}</p>"
        );
    }

    private static string Anchor(string link, string words) => $"<a href=\"{Encode(link)}\" style=\"color:#0b5cad\">{Encode(words)}</a>";

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>How many changes are told, and of each how many characters of the note and how many sources.</summary>
    private sealed record Room(int Entries, int Note, int Sources);
}
