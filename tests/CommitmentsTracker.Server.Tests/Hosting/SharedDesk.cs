using CommitmentsTracker.Server.Tests.Forums;

namespace CommitmentsTracker.Server.Tests.Hosting;

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

/// <summary>Test classes that share the desk's tracker. They run one after another.</summary>
[CollectionDefinition(nameof(SharedDesk))]
public sealed class SharedDeskCollection : ICollectionFixture<SharedDesk>;
