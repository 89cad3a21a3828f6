namespace CommitmentsTracker.Domain.Notices;

/// <summary>
/// How an endpoint has answered lately, and what follows: how many notices it gets at once, when nothing but a probe is
/// sent, when its owner is warned, and when it is given up.
/// </summary>
public sealed record EndpointHealth
{
    /// <summary>Most notices on their way to one endpoint.</summary>
    public const int MostSlots = 4;

    /// <summary>After so many failures in a row nothing but a probe is sent.</summary>
    public const int FailuresThatOpen = 5;

    /// <summary>Fewer failed deliveries never disable an endpoint.</summary>
    public const int FailedDeliveriesThatDisable = 10;

    /// <summary>An endpoint that fails for so long is told to its owner.</summary>
    public static readonly TimeSpan WarnedAfter = TimeSpan.FromHours(6);

    /// <summary>Between two warnings.</summary>
    public static readonly TimeSpan WarnedAgainAfter = TimeSpan.FromHours(24);

    /// <summary>Without a success for so long an endpoint is disabled.</summary>
    public static readonly TimeSpan DisabledAfter = TimeSpan.FromDays(5);

    private static readonly TimeSpan FirstProbe = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestProbe = TimeSpan.FromHours(1);

    /// <summary>An endpoint of which nothing bad is known.</summary>
    public static readonly EndpointHealth Good = new();

    /// <summary>How many notices it gets at once.</summary>
    public int Slots { get; init; } = MostSlots;

    /// <summary>Failures since the last success; while only probes are sent, those of the probes.</summary>
    public int FailuresInRow { get; init; }

    /// <summary>When the first attempt began that failed after the last success.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Deliveries that failed since then.</summary>
    public int FailedDeliveries { get; init; }

    /// <summary>When the next probe may be sent; null: it gets all that is due.</summary>
    public DateTimeOffset? ProbeAt { get; init; }

    /// <summary>When its owner was last warned.</summary>
    public DateTimeOffset? WarnedAt { get; init; }

    /// <summary>After a success: all is forgotten, and slots that were taken away come back.</summary>
    public EndpointHealth Succeeded() => Good with { Slots = Math.Min(MostSlots, Slots * 2) };

    /// <summary>After a failure.</summary>
    /// <param name="began">When the attempt began.</param>
    /// <param name="ended">When it had failed.</param>
    /// <param name="isAnother">True if the delivery has not failed before since the last success.</param>
    /// <param name="isThrottled">True if the receiver, or what stands before it, said that it is too much.</param>
    public EndpointHealth Failed(DateTimeOffset began, DateTimeOffset ended, bool isAnother, bool isThrottled)
    {
        var next = this with
        {
            Slots = isThrottled ? Math.Max(1, Slots / 2) : Slots,
            FailingSince = FailingSince < began ? FailingSince : began,
            FailedDeliveries = FailedDeliveries + (isAnother ? 1 : 0),
        };
        // What was on its way when the others failed is no probe, and says nothing new.
        if (ProbeAt is { } probe && began < probe)
            return next;
        var failures = FailuresInRow + 1;
        return next with { FailuresInRow = failures, ProbeAt = failures < FailuresThatOpen ? null : ended + PauseOf(failures) };
    }

    /// <summary>True if the owner is to be warned now.</summary>
    public bool IsWarningDue(DateTimeOffset now) => FailingSince <= now - WarnedAfter && !(WarnedAt > now - WarnedAgainAfter);

    /// <summary>True if it is given up now.</summary>
    public bool IsGivenUp(DateTimeOffset now) => FailingSince <= now - DisabledAfter && FailedDeliveries >= FailedDeliveriesThatDisable;

    private static TimeSpan PauseOf(int failures)
    {
        var pause = FirstProbe * Math.Pow(2, Math.Min(failures - FailuresThatOpen, 10));
        return pause < LongestProbe ? pause : LongestProbe;
    }
}
