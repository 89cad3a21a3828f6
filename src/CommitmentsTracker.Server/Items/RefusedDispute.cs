namespace CommitmentsTracker.Server.Items;

/// <summary>A dispute of an update that was refused, as the item's page tells of it.</summary>
/// <param name="Update">Id of the update.</param>
/// <param name="DecidedAt">When it was refused.</param>
/// <param name="Reason">The public reason.</param>
public sealed record RefusedDispute(string Update, DateTimeOffset DecidedAt, string? Reason);

/// <summary>Knows which disputes were refused.</summary>
public interface IRefusedDisputes
{
    /// <summary>Those of an item's updates, in the order in which they were decided.</summary>
    /// <param name="item">Slug of the item.</param>
    Task<IReadOnlyList<RefusedDispute>> OfAsync(string item, CancellationToken ct);
}
