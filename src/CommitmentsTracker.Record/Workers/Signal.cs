namespace CommitmentsTracker.Record.Workers;

/// <summary>Wakes whoever waits for something on this node. What it misses is found by looking.</summary>
public class Signal
{
    private volatile TaskCompletionSource _next = New();

    /// <summary>Completes with the next <see cref="Wake"/> after the call; take it before looking.</summary>
    public Task Next => _next.Task;

    /// <summary>Wakes everybody who waits.</summary>
    public void Wake() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
