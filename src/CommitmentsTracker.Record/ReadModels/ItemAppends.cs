using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Store;
using Marten;

namespace CommitmentsTracker.Record.ReadModels;

/// <summary>What is appended to the stream of one item.</summary>
/// <param name="Id">Id of the stream.</param>
/// <param name="Before">The item as the decision knew it; null: a new one.</param>
/// <param name="Events">The events, of which there is at least one.</param>
public sealed record ItemAppend(Guid Id, Item? Before, IReadOnlyList<ItemEvent> Events);

/// <summary>How the change log tells of an append.</summary>
/// <param name="Imported">True for an import: its changes notify nobody, unless <paramref name="Announced"/>.</param>
/// <param name="Announced">True for an import of which subscribers are told.</param>
/// <param name="Order">Order of the events across streams; null: by recorded time, then stream.</param>
public sealed record AppendTelling(bool Imported = false, bool Announced = false, IReadOnlyDictionary<ItemEvent, int>? Order = null)
{
    /// <summary>Of what somebody writes, which is told to everybody who asked for it.</summary>
    public static AppendTelling Usual { get; } = new();
}

/// <summary>The one way in which events come into streams: with the read models and the change log, in one transaction.</summary>
public static class ItemAppends
{
    /// <summary>
    /// Appends with the session's next save. That save fails if a stream is not, or is no longer, as it was known before.
    /// </summary>
    /// <param name="session">The session; it appends to a stream once.</param>
    /// <param name="appends">What is appended; each stream stands here once.</param>
    /// <param name="telling">How the change log tells of it.</param>
    public static void Append(this IDocumentSession session, IReadOnlyList<ItemAppend> appends, AppendTelling telling)
    {
        foreach (var (id, before, events) in appends)
        {
            if (before is null)
                session.Events.StartStream<ItemStream>(id, events);
            else
                session.Events.Append(id, before.Version + events.Count, events);
        }

        ItemReadModels.Write(session, appends, telling);
    }
}
