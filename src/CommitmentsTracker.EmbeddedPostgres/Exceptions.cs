namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>
/// PostgreSQL could not be found, installed or started. The message is for the person at the terminal and says what to do.
/// </summary>
public sealed class PostgresUnavailableException : Exception
{
    /// <summary>Creates the exception with its readable message.</summary>
    public PostgresUnavailableException(string message)
        : base(message) { }

    /// <summary>Creates the exception with its readable message and what led to it.</summary>
    public PostgresUnavailableException(string message, Exception innerException)
        : base(message, innerException) { }
}

/// <summary>Another running program uses the same data folder. The message names it and says what to do.</summary>
public sealed class DataFolderInUseException : Exception
{
    /// <summary>Creates the exception for a folder and the process that holds it, where that is known.</summary>
    public DataFolderInUseException(string folder, int? processId)
        : base(
            $"The data folder {folder} is in use by {(processId is null ? "another process" : $"process {processId}")}. "
                + "Stop that one first, or set TRACKER_DATA to another folder for a second tracker."
        )
    {
        Folder = folder;
        ProcessId = processId;
    }

    /// <summary>The folder that is in use.</summary>
    public string Folder { get; }

    /// <summary>The process that holds it; null if it has not written its number yet.</summary>
    public int? ProcessId { get; }
}
