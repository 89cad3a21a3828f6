using CommitmentsTracker.Delivery.Deliveries;
using Npgsql;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>Gathers and hands over mails, one after another over one connection.</summary>
public sealed class SendMails(
    OutgoingMail queue,
    MailMessages messages,
    MailCarrier carrier,
    MailSettings settings,
    DeliverySignal signal,
    TimeProvider time,
    ILogger<SendMails> logger
) : BackgroundService
{
    private const int AtOnce = 20;
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Server is null)
            MailLog.ToFolder(logger, settings.Folder);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = signal.Next;
                var gathered = await queue.GatherAsync(stoppingToken);
                if (await SendAsync(stoppingToken) > 0 || gathered > 0)
                    continue;
                await carrier.LeaveAsync();
                await DeliverySignal.UntilAsync(next, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                MailLog.Waits(logger, e);
                await Task.Delay(Retry, TimeProvider.System, stoppingToken);
            }
        }
    }

    private async Task<int> SendAsync(CancellationToken ct)
    {
        var mails = await queue.TakeAsync(AtOnce, ct);
        foreach (var mail in mails)
        {
            // A digest all of whose changes are gone tells nothing.
            var (handed, said) = mail is { Kind: MailKind.Immediate or MailKind.Digest, Changes.Count: 0 }
                ? (Handed.Taken, null)
                : await carrier.HandOverAsync(messages.Of(mail), ct);
            DeliveryMeters.Attempts.Add(1, new("channel", "email"), new("outcome", handed.ToString()));
            if (handed == Handed.Refused)
                MailLog.Refused(logger, mail.Id);
            await queue.FinishAsync(mail, handed, said, ct);
        }

        return mails.Count;
    }
}
