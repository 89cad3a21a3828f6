namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>What a <see cref="PrivateCluster"/> is to be like.</summary>
public sealed record ClusterOptions
{
    /// <summary>The program's data folder. Created if missing. One running cluster per folder.</summary>
    public required string DataFolder { get; init; }

    /// <summary>
    /// False gives up durability for speed (<c>fsync</c>, <c>synchronous_commit</c> and <c>full_page_writes</c> off): for tests only,
    /// since a crash then loses commits, and one of the machine may destroy the data.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>How many sessions the server admits.</summary>
    public int MaxConnections { get; init; } = 100;

    /// <summary>The database that <see cref="PrivateCluster.ConnectionString"/> names; created if missing.</summary>
    public string Database { get; init; } = "tracker";
}
