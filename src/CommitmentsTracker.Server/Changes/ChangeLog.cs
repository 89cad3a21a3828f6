namespace CommitmentsTracker.Server.Changes;

/// <summary>Reads the change log.</summary>
public sealed class ChangeLog
{
    /// <summary>Changes after a number, oldest first.</summary>
    public Task<ChangePage> AfterAsync(long after, int limit, CancellationToken ct = default) => throw new NotImplementedException();

    /// <summary>The latest changes of a forum (or all), newest first, none recorded after <paramref name="knownAt"/>.</summary>
    public Task<IReadOnlyList<ChangeView>> LatestAsync(string? forum, int limit, DateTimeOffset? knownAt, CancellationToken ct = default) => throw new NotImplementedException();
}
