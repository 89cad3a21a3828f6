namespace CommitmentsTracker.Server.Tests.Hosting;

/// <summary>A folder that is gone after the test.</summary>
public sealed class Scratch : IDisposable
{
    public Scratch() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"ct-scratch-{Guid.CreateVersion7():n}");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Waits for what other tasks and processes bring about.</summary>
public static class Wait
{
    /// <summary>Waits until the condition holds; fails after the limit.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, int seconds = 30)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds));
        while (!await condition())
        {
            if (limit.IsCancellationRequested) throw new TimeoutException($"Not within {seconds} s: {what}.");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public static Task UntilAsync(Func<bool> condition, string what, int seconds = 30) => UntilAsync(() => Task.FromResult(condition()), what, seconds);
}
