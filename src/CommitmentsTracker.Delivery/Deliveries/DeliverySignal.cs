namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>Wakes the senders of this node when deliveries were added. What it misses they find by looking.</summary>
public sealed class DeliverySignal
{
    /// <summary>How often senders look unasked.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private volatile TaskCompletionSource _next = New();

    /// <summary>Completes with the next deliveries; take it before looking.</summary>
    public Task Next => _next.Task;

    /// <summary>Tells that there are deliveries.</summary>
    public void Wake() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    /// <summary>Waits for the signal, at most until the next look.</summary>
    public static async Task UntilAsync(Task next, TimeProvider time, CancellationToken ct)
    {
        try
        {
            await next.WaitAsync(Look, time, ct);
        }
        catch (TimeoutException)
        {
            // Time to look.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
