namespace CommitmentsTracker.Record.Store;

/// <summary>Marks the streams of items.</summary>
public sealed class ItemStream;

/// <summary>Where the tracker keeps its data.</summary>
/// <param name="ConnectionString">PostgreSQL.</param>
/// <param name="Schema">Schema of all tables; several trackers may share a database.</param>
public sealed record StoreLocation(string ConnectionString, string Schema = "tracker");
