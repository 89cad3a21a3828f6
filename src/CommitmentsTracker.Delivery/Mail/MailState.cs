using CommitmentsTracker.Domain.Notices;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>Where a mail stands.</summary>
public enum MailState
{
    /// <summary>To be handed over, or handed over again, when it is due.</summary>
    Waiting,

    /// <summary>Being handed over.</summary>
    Sending,

    /// <summary>The mail server took it.</summary>
    Sent,

    /// <summary>Refused for good, or tried often enough.</summary>
    Failed,
}

/// <summary>How a mail goes from one state to the next.</summary>
public static class MailStates
{
    /// <summary>What becomes of a mail that was handed over.</summary>
    /// <param name="attempts">How many attempts were made, this one included.</param>
    /// <param name="now">When this one ended.</param>
    /// <returns>The state, and when the mail that waits is tried again.</returns>
    public static (MailState State, DateTimeOffset? DueAt) After(Handed handed, int attempts, DateTimeOffset now)
    {
        var again = handed switch
        {
            Handed.Later => MailTimes.RetryAt(attempts, now),
            // A server that is away costs no attempt: what it never heard of it cannot have refused.
            Handed.NoServer => MailTimes.RetryAt(Math.Min(attempts, 3), now),
            Handed.AddressRefused when attempts < 2 => MailTimes.RetryAt(2, now),
            _ => null,
        };
        return handed == Handed.Taken ? (MailState.Sent, null)
            : again is null ? (MailState.Failed, null)
            : (MailState.Waiting, again);
    }

    /// <summary>True if nothing more becomes of the mail.</summary>
    public static bool IsDone(this MailState state) => state is MailState.Sent or MailState.Failed;
}
