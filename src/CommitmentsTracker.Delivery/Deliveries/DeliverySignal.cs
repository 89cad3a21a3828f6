using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>Wakes the senders of this node when deliveries were added. What it misses they find by looking.</summary>
public sealed class DeliverySignal : Signal
{
    /// <summary>How often senders look unasked.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
}
