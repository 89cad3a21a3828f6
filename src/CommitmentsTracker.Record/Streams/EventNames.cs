using System.Text.Json;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Record.Streams;

/// <summary>The names under which events are stored. A name never changes and is never given to another event.</summary>
public static class EventNames
{
    private static readonly Dictionary<Type, string> Names = new()
    {
        [typeof(ItemRecorded)] = "item_recorded",
        [typeof(DetailsChanged)] = "details_changed",
        [typeof(UpdateLogged)] = "update_logged",
        [typeof(UpdateConfirmed)] = "update_confirmed",
        [typeof(UpdateRejected)] = "update_rejected",
        [typeof(CorrectionMade)] = "correction_made",
        [typeof(CorrectionConfirmed)] = "correction_confirmed",
        [typeof(CorrectionRejected)] = "correction_rejected",
        [typeof(EvidenceAdded)] = "evidence_added",
        [typeof(TranslationAdded)] = "translation_added",
        [typeof(DisputeOpened)] = "dispute_opened",
        [typeof(DisputeSettled)] = "dispute_settled",
        [typeof(ItemRetracted)] = "item_retracted",
    };

    private static readonly Dictionary<string, Type> Types = Names.ToDictionary(n => n.Value, n => n.Key);

    /// <summary>Every event type with its name.</summary>
    public static IReadOnlyDictionary<Type, string> All => Names;

    /// <summary>The stored name of an event.</summary>
    public static string NameOf(ItemEvent e) => Names[e.GetType()];

    /// <summary>Reads a stored event.</summary>
    /// <exception cref="UnreadableException">The name is unknown: the database is of a later version.</exception>
    public static ItemEvent Read(string name, ReadOnlySpan<byte> json) =>
        Types.TryGetValue(name, out var type)
            ? (ItemEvent)JsonSerializer.Deserialize(json, type, TrackerJson.Stored)!
            : throw new UnreadableException(
                $"Event '{name}' is unknown to this version of the tracker; use the version that wrote it, or a later one."
            );
}
