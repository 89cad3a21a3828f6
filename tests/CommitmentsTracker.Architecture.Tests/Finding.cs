namespace CommitmentsTracker.Architecture.Tests;

/// <summary>A place that is over a limit.</summary>
/// <param name="File">Path from the repository's folder.</param>
/// <param name="Line">Counted from 1.</param>
/// <param name="What">What was measured there, e.g. <c>lines of Item.Fold</c>.</param>
/// <param name="Figure">What it measures.</param>
/// <param name="Limit">The most that is allowed.</param>
public sealed record Finding(string File, int Line, string What, int Figure, int Limit)
{
    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}: {Figure} {What}, at most {Limit}";
}
