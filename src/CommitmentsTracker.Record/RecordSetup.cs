using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Record;

/// <summary>Brings what is kept into the program: the folders of this floor, each by its own registration.</summary>
public static class RecordSetup
{
    /// <summary>Registers the floor.</summary>
    public static void AddRecord(this IServiceCollection services, StoreLocation location, TimeProvider time)
    {
        services.AddStore(location, time);
        services.AddStreams();
        services.AddWorkers();
        services.AddAppends();
        services.AddReadModels();
        services.AddDirectories();
        services.AddExchange();
        services.AddAudit();
        services.AddChanges();
    }
}
