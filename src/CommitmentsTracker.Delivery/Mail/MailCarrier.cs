using System.Net.Sockets;
using CommitmentsTracker.Reading.Addresses;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>What became of a mail that was handed over.</summary>
public enum Handed
{
    /// <summary>The mail server took it, or it lies in the folder.</summary>
    Taken,

    /// <summary>The mail server asks to come again later.</summary>
    Later,

    /// <summary>The mail server refuses the address for good.</summary>
    AddressRefused,

    /// <summary>The mail server refuses this mail for good.</summary>
    Refused,

    /// <summary>There was no conversation: no connection, no protection, no sign-in.</summary>
    NoServer,
}

/// <summary>Hands mails to the mail server, or writes them into a folder where none is named.</summary>
public sealed class MailCarrier(MailSettings settings, PublicAddress address, ILogger<MailCarrier> logger) : IAsyncDisposable
{
    /// <summary>How long the mail server may take for one command.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private SmtpClient? _client;

    /// <summary>Hands a mail over; the connection stays open for the next one. Not for several callers at once.</summary>
    /// <returns>What became of it, and what the server said.</returns>
    public async Task<(Handed Handed, string? Said)> HandOverAsync(MimeMessage mail, CancellationToken ct)
    {
        if (settings.Server is not { } server)
            return await WriteAsync(mail, ct);
        try
        {
            await ConnectAsync(server, ct);
            return (Handed.Taken, await _client!.SendAsync(mail, ct));
        }
        catch (SmtpCommandException e)
        {
            // The conversation goes on after a refusal, unless the server ended it.
            if (!_client!.IsConnected)
                await LeaveAsync();
            return (Of(e), $"{(int)e.StatusCode} {e.Message}");
        }
        catch (Exception e) when (IsNoConversation(e) || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            await LeaveAsync();
            MailLog.NoServer(logger, server.Host, e.Message);
            return (Handed.NoServer, e.Message);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync() => await LeaveAsync();

    private static Handed Of(SmtpCommandException refused) =>
        (int)refused.StatusCode < 500 ? Handed.Later
        : refused.ErrorCode == SmtpErrorCode.RecipientNotAccepted ? Handed.AddressRefused
        : Handed.Refused;

    private static bool IsNoConversation(Exception e) =>
        e
            is SmtpProtocolException
                or AuthenticationException
                or SslHandshakeException
                or SocketException
                or IOException
                or ServiceNotConnectedException
                or NotSupportedException;

    private async Task ConnectAsync(Uri server, CancellationToken ct)
    {
        if (_client is { IsConnected: true })
            return;
        await LeaveAsync();
        _client = new SmtpClient { Timeout = (int)Patience.TotalMilliseconds, LocalDomain = address.Host };
        var port =
            server.Port > 0 ? server.Port
            : server.Scheme == "smtps" ? 465
            : 587;
        await _client.ConnectAsync(server.Host, port, settings.Security, ct);
        if (server.UserInfo is not { Length: > 0 } user)
            return;
        var parts = user.Split(':', 2);
        await _client.AuthenticateAsync(Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : ""), ct);
    }

    /// <summary>Ends the conversation; the next mail begins another.</summary>
    public async Task LeaveAsync()
    {
        if (_client is not { } client)
            return;
        _client = null;
        try
        {
            if (client.IsConnected)
                await client.DisconnectAsync(true);
        }
        catch (Exception e) when (e is IOException or SocketException or SmtpProtocolException or SmtpCommandException)
        {
            // Whoever is gone cannot be told goodbye.
        }

        client.Dispose();
    }

    private async Task<(Handed, string?)> WriteAsync(MimeMessage mail, CancellationToken ct)
    {
        try
        {
            Directory.CreateDirectory(settings.Folder);
            // The name follows the message id: a repeat overwrites, as a mailbox would recognise it.
            var file = Path.Combine(
                settings.Folder,
                string.Concat(mail.MessageId!.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')) + ".eml"
            );
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            await using var stream = new FileStream(file, options);
            await mail.WriteToAsync(stream, ct);
            return (Handed.Taken, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            MailLog.NoFolder(logger, settings.Folder, e.Message);
            return (Handed.NoServer, e.Message);
        }
    }
}

public static partial class MailLog
{
    [LoggerMessage(LogLevel.Warning, "The mail server {Host} cannot be used ({Reason}); mails wait and are tried again")]
    public static partial void NoServer(ILogger logger, string host, string reason);

    [LoggerMessage(LogLevel.Warning, "Mails cannot be written to {Folder} ({Reason}); they wait and are tried again")]
    public static partial void NoFolder(ILogger logger, string folder, string reason);

    [LoggerMessage(LogLevel.Warning, "Mail {Mail} was refused for good by the mail server")]
    public static partial void Refused(ILogger logger, Guid mail);

    [LoggerMessage(LogLevel.Information, "No mail server is named (TRACKER_SMTP): mails are written to {Folder}")]
    public static partial void ToFolder(ILogger logger, string folder);
}
