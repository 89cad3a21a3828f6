using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Server.Changes;

/// <summary>Sends changes to one reader as they come.</summary>
internal sealed class ChangeSender(HttpContext context, ChangeTail tail, ChangeSignal signal, StoreVersions versions, TimeProvider time)
{
    /// <summary>Sends until the reader goes away or is cut.</summary>
    /// <param name="after">Number of the last change that the reader has.</param>
    /// <param name="ct">Ends it.</param>
    public async Task SendAsync(long after, CancellationToken ct)
    {
        var isSilent = false;
        while (true)
        {
            var next = signal.Next;
            // After a silence the log is read anew: the signal may have been lost.
            var part = await tail.AfterAsync(after, isSilent ? null : next, ct);
            if (!await ReachesAsync(PartAsync(part, ct), part.Last, ct))
                return;
            after = part.UpTo ?? after;
            if (part.HasMore)
                continue;
            try
            {
                await next.WaitAsync(StreamChanges.Heartbeat, time, ct);
                isSilent = false;
            }
            catch (TimeoutException)
            {
                isSilent = true;
                await context.Response.WriteAsync(": heartbeat\n\n", ct);
            }
        }
    }

    private async Task PartAsync(StreamPart part, CancellationToken ct)
    {
        foreach (var told in part.Events)
            await context.Response.Body.WriteAsync(told, ct);
        await context.Response.Body.FlushAsync(ct);
    }

    // False: the reader does not read, and was cut.
    private async Task<bool> ReachesAsync(Task sending, long known, CancellationToken ct)
    {
        while (!sending.IsCompleted)
        {
            var moved = signal.Next;
            if ((await versions.CurrentAsync(ct)).LastChange - known > StreamChanges.MostBehind)
            {
                context.Abort();
                await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return false;
            }

            await Task.WhenAny(sending, moved);
        }

        await sending;
        return true;
    }
}
