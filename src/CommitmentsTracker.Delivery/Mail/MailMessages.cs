using System.Buffers.Binary;
using System.Globalization;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Record.Changes;
using MimeKit;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>A mail that is due, with what it tells.</summary>
/// <param name="ThreadNo">How many mails on the same item went to the same subscriber before.</param>
/// <param name="Changes">What hangs on it, by number.</param>
public sealed record DueMail(
    Guid Id,
    MailKind Kind,
    MailContent Content,
    string MessageId,
    int ThreadNo,
    int Attempts,
    Subscriber? Subscriber,
    string? Address,
    IReadOnlyList<ChangeView> Changes
);

/// <summary>Puts mails together.</summary>
public sealed class MailMessages(MailSettings settings, PublicAddress address, TimeProvider time)
{
    private static readonly HeaderId[] Signed =
    [
        HeaderId.From,
        HeaderId.To,
        HeaderId.Subject,
        HeaderId.Date,
        HeaderId.MessageId,
        HeaderId.MimeVersion,
        HeaderId.ContentType,
        HeaderId.ListId,
        HeaderId.ListUnsubscribe,
        HeaderId.ListUnsubscribePost,
    ];

    /// <summary>The mail as it goes out. A repeat has the same Message-ID.</summary>
    public MimeMessage Of(DueMail mail)
    {
        var words = Phrasebook.For(mail.Content.Lang ?? mail.Subscriber?.Lang);
        var token = mail.Subscriber?.Token ?? "";
        var text = mail.Kind switch
        {
            MailKind.Confirmation => MailText.Confirmation(words, address, mail.Content.Secret!),
            MailKind.Immediate => MailText.Item(words, address, mail.Changes, token),
            MailKind.Digest => MailText.Digest(words, address, mail.Changes, token),
            MailKind.Reminder => MailText.Reminder(words, address, mail.Content.Due, token),
            MailKind.Decision => MailText.Decision(words, address, mail.Content),
            _ => MailText.Warning(words, address, mail.Content),
        };
        var message = new MimeMessage
        {
            Subject = text.Subject,
            Date = time.GetUtcNow(),
            MessageId = mail.MessageId,
            Body = new MultipartAlternative
            {
                new TextPart("plain") { Text = text.Plain },
                new TextPart("html") { Text = text.Html },
            },
        };
        message.From.Add(settings.From);
        message.To.Add(new MailboxAddress("", mail.Subscriber?.Address ?? mail.Address!));
        message.Headers.Add("Auto-Submitted", "auto-generated");
        if (mail.Kind is MailKind.Immediate or MailKind.Digest or MailKind.Reminder)
        {
            message.Headers.Add(HeaderId.ListId, $"<notices.{address.Host}>");
            message.Headers.Add(HeaderId.ListUnsubscribePost, "List-Unsubscribe=One-Click");
            message.Headers.Add(HeaderId.ListUnsubscribe, $"<{address.To("/u/" + token)}>");
        }

        if (mail is { Kind: MailKind.Immediate, Content.Item: { } item })
        {
            var root = $"{item:n}@{address.Host}";
            message.InReplyTo = root;
            message.References.Add(root);
            message.Headers.Add("Thread-Index", ThreadIndex(item, mail.ThreadNo));
        }

        // What is signed must not be folded anew on its way.
        message.Prepare(EncodingConstraint.SevenBit);
        settings.Signer?.Sign(message, [.. Signed.Where(id => message.Headers.Contains(id))]);
        return message;
    }

    /// <summary>The thread of an item in the form of Outlook: 22 bytes that name it, and 5 for each mail after the first.</summary>
    public static string ThreadIndex(Guid item, int later)
    {
        var bytes = new byte[22 + (5 * later)];
        var id = item.ToByteArray(bigEndian: true);
        // The item's id begins with the time at which it was recorded: milliseconds, here as the upper bytes of a file time.
        var milliseconds = (long)BinaryPrimitives.ReadUInt64BigEndian([0, 0, id[0], id[1], id[2], id[3], id[4], id[5]]);
        var fileTime = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(fileTime, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToFileTime());
        fileTime.AsSpan(0, 6).CopyTo(bytes);
        id.CopyTo(bytes, 6);
        for (var n = 0; n < later; n++)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(22 + (5 * n)), n + 1);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The Message-ID of a mail: the change and the mail, or the mail alone.</summary>
    public static string MessageId(Guid? change, Guid mail, PublicAddress address) =>
        string.Create(CultureInfo.InvariantCulture, $"{(change is { } c ? $"{c:n}." : "")}{mail:n}@{address.Host}");
}
