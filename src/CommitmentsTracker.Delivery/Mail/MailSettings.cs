using System.Globalization;
using CommitmentsTracker.Reading.Addresses;
using MailKit.Security;
using MimeKit;
using MimeKit.Cryptography;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>How mails leave the tracker.</summary>
public sealed record MailSettings
{
    /// <summary>
    /// Setting: the mail server as <c>smtp://user:password@host:587</c> (TLS if the server offers it),
    /// <c>smtps://…:465</c> (TLS from the start); <c>?tls=required</c> or <c>?tls=none</c>.
    /// </summary>
    public const string ServerSetting = "TRACKER_SMTP";

    /// <summary>Setting: the sender, such as <c>Commitments Tracker &lt;tracker@example.org&gt;</c>.</summary>
    public const string FromSetting = "TRACKER_MAIL_FROM";

    /// <summary>Setting: file of the private key that signs mails (PEM), with <see cref="DkimSelectorSetting"/>.</summary>
    public const string DkimKeySetting = "TRACKER_DKIM_KEY";

    /// <summary>Setting: the selector under which the public key stands in the DNS of the sender's domain.</summary>
    public const string DkimSelectorSetting = "TRACKER_DKIM_SELECTOR";

    /// <summary>The mail server; null: mails are written into <see cref="Folder"/>.</summary>
    public Uri? Server { get; init; }

    /// <summary>How the connection is protected.</summary>
    public SecureSocketOptions Security { get; init; }

    /// <summary>Where mails are written as files if there is no mail server.</summary>
    public required string Folder { get; init; }

    /// <summary>The sender.</summary>
    public required MailboxAddress From { get; init; }

    /// <summary>Signs mails; null: they go out unsigned, and the mail server may sign them.</summary>
    public DkimSigner? Signer { get; init; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">One of them is wrong; the message names it.</exception>
    public static MailSettings Of(IConfiguration configuration, PublicAddress address)
    {
        var from = new MailboxAddress("Commitments Tracker", "tracker@" + address.Host);
        if (configuration[FromSetting] is { Length: > 0 } named && !MailboxAddress.TryParse(named, out from))
            throw new InvalidOperationException(
                $"{FromSetting} is '{named}', which is no sender like 'Commitments Tracker <tracker@example.org>'."
            );
        var data = configuration["TRACKER_DATA"] is { Length: > 0 } folder ? folder : ".data";
        var settings = new MailSettings
        {
            Folder = Path.Combine(Path.GetFullPath(data), "mails"),
            From = from,
            Signer = SignerOf(configuration, from),
        };
        if (configuration[ServerSetting] is not { Length: > 0 } server)
            return settings;
        if (!Uri.TryCreate(server, UriKind.Absolute, out var uri) || uri.Scheme is not ("smtp" or "smtps") || uri.Host == "")
            throw new InvalidOperationException(
                $"{ServerSetting} is no address like smtp://user:password@mail.example.org:587 or smtps://…."
            );
        return settings with
        {
            Server = uri,
            Security = (uri.Scheme, uri.Query) switch
            {
                ("smtps", "") => SecureSocketOptions.SslOnConnect,
                ("smtp", "") => SecureSocketOptions.StartTlsWhenAvailable,
                ("smtp", "?tls=required") => SecureSocketOptions.StartTls,
                ("smtp", "?tls=none") => SecureSocketOptions.None,
                _ => throw new InvalidOperationException(
                    $"{ServerSetting} may end with ?tls=required or ?tls=none after smtp://, and with nothing after smtps://."
                ),
            },
        };
    }

    private static DkimSigner? SignerOf(IConfiguration configuration, MailboxAddress from)
    {
        if (configuration[DkimKeySetting] is not { Length: > 0 } key)
            return null;
        if (configuration[DkimSelectorSetting] is not { Length: > 0 } selector)
            throw new InvalidOperationException($"{DkimKeySetting} needs {DkimSelectorSetting}.");
        if (!File.Exists(key))
            throw new InvalidOperationException($"{DkimKeySetting} is '{key}'; there is no such file.");
        return new DkimSigner(key, from.Domain, selector)
        {
            SignatureAlgorithm = DkimSignatureAlgorithm.RsaSha256,
            HeaderCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed,
            BodyCanonicalizationAlgorithm = DkimCanonicalizationAlgorithm.Relaxed,
            AgentOrUserIdentifier = "@" + from.Domain.ToLower(CultureInfo.InvariantCulture),
        };
    }
}
