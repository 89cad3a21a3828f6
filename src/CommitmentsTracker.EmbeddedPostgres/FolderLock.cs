using System.Globalization;

namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>
/// One holder per folder. The lock is the operating system's lock on an open file, so it ends with its process however that dies;
/// the number of the holder stands in a file beside it, since a file locked like this cannot be read.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _numberFile;

    private FolderLock(FileStream file, string numberFile)
    {
        _file = file;
        _numberFile = numberFile;
    }

    /// <exception cref="DataFolderInUseException">Another process holds it, or this one does already.</exception>
    public static FolderLock Take(string folder)
    {
        var lockFile = Path.Combine(folder, "run.lock");
        var numberFile = Path.Combine(folder, "run.pid");
        try
        {
            // FileShare.None is an exclusive flock, and .NET closes the descriptor in child processes: PostgreSQL does not inherit the
            // lock.
            var file = new FileStream(lockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(numberFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new FolderLock(file, numberFile);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PostgresUnavailableException(
                $"The folder {folder} cannot be written by user {Environment.UserName}. Give it to that user, or set "
                    + "TRACKER_DATA to another folder.",
                e
            );
        }
        catch (IOException e) when (IsLockConflict(e))
        {
            throw new DataFolderInUseException(folder, ReadNumber(numberFile));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The lock file itself stays: deleting it would let two processes hold locks on two files of the same name.
        if (_file.CanRead)
        {
            File.Delete(_numberFile);
            _file.Dispose();
        }
    }

    // HResult of a failed flock is errno EWOULDBLOCK (11 on Linux); a full disk, for one, is not a conflict.
    private static bool IsLockConflict(IOException e) => e.HResult == 11;

    private static int? ReadNumber(string numberFile) =>
        File.Exists(numberFile) && int.TryParse(File.ReadAllText(numberFile), CultureInfo.InvariantCulture, out var number) ? number : null;
}
