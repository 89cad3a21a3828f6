using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Testing.Hosting;

/// <summary>A tracker with the small forum, shared by tests that each write to items of their own.</summary>
public sealed class SharedDesk : IAsyncLifetime
{
    public Tracker Tracker { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Tracker = await Tracker.StartAsync();
        await Tracker.ImportAsync(Harbour.Folder());
    }

    public ValueTask DisposeAsync() => Tracker.DisposeAsync();
}
