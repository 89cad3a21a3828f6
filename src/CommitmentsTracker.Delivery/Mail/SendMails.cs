using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Record.Workers;
using MimeKit;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>Gathers and hands over mails, one after another over one connection.</summary>
public sealed class SendMails(
    OutgoingMail queue,
    MailMessages messages,
    MailCarrier carrier,
    MailSettings settings,
    DeliverySignal signal,
    TimeProvider time,
    WorkerMeters meters,
    ILogger<SendMails> logger
) : Worker(time, meters, logger)
{
    private const int AtOnce = 20;

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (settings.Server is null)
            MailLog.ToFolder(logger, settings.Folder);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task<Rest> WorkAsync(CancellationToken ct)
    {
        var next = signal.Next;
        var gathered = await queue.GatherAsync(ct);
        if (await SendAsync(ct) > 0 || gathered > 0)
            return Rest.None;
        await carrier.LeaveAsync();
        return Rest.Until(next, DeliverySignal.Look);
    }

    private async Task<int> SendAsync(CancellationToken ct)
    {
        var mails = await queue.TakeAsync(AtOnce, ct);
        foreach (var mail in mails)
        {
            MimeMessage? message = null;
            try
            {
                // A mail all of whose changes are gone tells nothing.
                if (mail is not { Kind: MailKind.Immediate or MailKind.Digest, Changes.Count: 0 })
                    message = messages.Of(mail);
            }
            catch (Exception e) when (Failure.IsOfRow(e))
            {
                await queue.PutAsideAsync(mail.Id, e, ct);
                continue;
            }

            var (handed, said) = message is null ? (Handed.Taken, null) : await carrier.HandOverAsync(message, ct);
            DeliveryMeters.Attempts.Add(1, new("channel", "email"), new("outcome", handed.ToString()));
            if (handed == Handed.Refused)
                MailLog.Refused(logger, mail.Id);
            await queue.FinishAsync(mail, handed, said, ct);
        }

        return mails.Count;
    }
}
