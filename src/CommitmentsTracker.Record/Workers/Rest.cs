namespace CommitmentsTracker.Record.Workers;

/// <summary>How a worker rests between two rounds.</summary>
public readonly record struct Rest
{
    private readonly Task[]? _woken;
    private readonly TimeSpan _most;
    private readonly TimeProvider? _clock;

    private Rest(Task[]? woken, TimeSpan most, TimeProvider? clock) => (_woken, _most, _clock) = (woken, most, clock);

    /// <summary>Not at all: there is more to do.</summary>
    public static Rest None => default;

    /// <summary>For a while.</summary>
    /// <param name="time">How long.</param>
    /// <param name="clock">By which clock; null: the tracker's. A rest that spares the machine is measured by the machine's.</param>
    public static Rest For(TimeSpan time, TimeProvider? clock = null) => new(null, time, clock);

    /// <summary>Until woken, or until it is time to look unasked.</summary>
    /// <param name="woken">Completes with the wake signal; taken before the round looked for work.</param>
    /// <param name="atMost">How long at most.</param>
    /// <param name="clock">By which clock; null: the tracker's.</param>
    public static Rest Until(Task woken, TimeSpan atMost, TimeProvider? clock = null) => new([woken], atMost, clock);

    /// <summary>Until one of several signals wakes, or until it is time to look unasked.</summary>
    public static Rest Until(Task[] woken, TimeSpan atMost, TimeProvider? clock = null) => new(woken, atMost, clock);

    /// <summary>Rests.</summary>
    /// <param name="tracker">The tracker's clock.</param>
    /// <exception cref="OperationCanceledException">The worker is to end.</exception>
    public async Task TakeAsync(TimeProvider tracker, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (_most <= TimeSpan.Zero)
            return;
        var clock = _clock ?? tracker;
        if (_woken is null)
        {
            await Task.Delay(_most, clock, ct);
            return;
        }

        // Ended with the wait, so that nothing is left hanging on a signal that is long in coming.
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny([.. _woken, Task.Delay(_most, clock, waiting.Token)]);
        await waiting.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }
}
