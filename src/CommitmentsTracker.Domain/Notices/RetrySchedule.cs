namespace CommitmentsTracker.Domain.Notices;

/// <summary>When a notice that an endpoint did not accept is sent again.</summary>
public static class RetrySchedule
{
    /// <summary>Most attempts of one delivery; over at least 75 h 35 min.</summary>
    public const int MostAttempts = 10;

    /// <summary>Each pause is up to so much longer, so that what failed together does not come back together.</summary>
    public const double MostJitter = 0.2;

    /// <summary>The longest pause that a receiver may ask for.</summary>
    public static readonly TimeSpan MostAskedFor = TimeSpan.FromHours(24);

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(20),
        TimeSpan.FromHours(24),
    ];

    /// <summary>The pause after a failed attempt; null: it was the last one.</summary>
    /// <param name="attempts">How many attempts were made, the failed one included.</param>
    /// <param name="jitter">Between 0 and 1, by chance.</param>
    /// <param name="askedFor">The pause that the receiver asked for; it counts if it is the longer one.</param>
    public static TimeSpan? PauseAfter(int attempts, double jitter, TimeSpan? askedFor = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempts, 1);
        if (attempts >= MostAttempts)
            return null;
        var pause = Pauses[attempts - 1] * (1 + (MostJitter * Math.Clamp(jitter, 0, 1)));
        if (askedFor is not { } asked)
            return pause;
        if (asked > MostAskedFor)
            asked = MostAskedFor;
        return asked > pause ? asked : pause;
    }
}
