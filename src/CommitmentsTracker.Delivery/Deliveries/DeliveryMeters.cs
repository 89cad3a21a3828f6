using System.Diagnostics.Metrics;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>What monitoring learns of deliveries.</summary>
public static class DeliveryMeters
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "CommitmentsTracker.Deliveries";

    private static readonly Meter Meter = new(Name);

    /// <summary>Deliveries that were missing and were added afterwards; more than none is an alarm.</summary>
    public static readonly Counter<long> Repaired = Meter.CreateCounter<long>("tracker_deliveries_repaired");

    /// <summary>Attempts by channel and outcome.</summary>
    public static readonly Counter<long> Attempts = Meter.CreateCounter<long>("tracker_delivery_attempts");
}
