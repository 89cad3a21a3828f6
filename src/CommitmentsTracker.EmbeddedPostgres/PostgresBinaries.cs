using System.Globalization;
using System.Text.RegularExpressions;

namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>A folder with PostgreSQL's programs, and the libraries beside it if they are not the system's.</summary>
internal sealed partial record PostgresBinaries(string Folder, int Major, string? LibraryPath = null)
{
    private const string SystemFolder = "/usr/lib/postgresql";
    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    /// <summary>Environment for every program of this folder.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; } =
        LibraryPath is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = LibraryPath };

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// The first that fits: TRACKER_PG_BIN, the newest on the machine, those unpacked into the data folder earlier; else Debian's packages
    /// are installed (root) or unpacked (everyone else). <paramref name="requiredMajor"/> is the version of a cluster that exists already:
    /// data of one major version cannot be opened by another.
    /// </summary>
    public static async Task<PostgresBinaries> FindAsync(
        string dataFolder,
        int? requiredMajor,
        IProgress<string> progress,
        CancellationToken cancellation
    )
    {
        if (System.Environment.GetEnvironmentVariable("TRACKER_PG_BIN") is { Length: > 0 } configured)
        {
            return await ConfiguredAsync(configured, requiredMajor, cancellation);
        }

        var packages = new DebianPackages(dataFolder, progress);
        if (Present(dataFolder, requiredMajor) is { } present)
        {
            return present;
        }

        await packages.ProvideAsync(requiredMajor, cancellation);
        return Present(dataFolder, requiredMajor)
            ?? throw new PostgresUnavailableException(
                $"Debian's packages were installed, but {SystemFolder} has no PostgreSQL {requiredMajor} server. "
                    + DebianPackages.OtherWays
            );
    }

    private static PostgresBinaries? Present(string dataFolder, int? requiredMajor)
    {
        var unpacked = DebianPackages.UnpackedFolder(dataFolder);
        var libraries = DebianPackages.UnpackedLibraries(unpacked);
        return Under(SystemFolder, null)
            .Concat(Under(unpacked + SystemFolder, libraries))
            .FirstOrDefault(binaries => requiredMajor is null || binaries.Major == requiredMajor);
    }

    private static IEnumerable<PostgresBinaries> Under(string folder, string? libraryPath) =>
        !Directory.Exists(folder)
            ? []
            : Directory
                .GetDirectories(folder)
                .Select(version =>
                    (
                        Folder: Path.Combine(version, "bin"),
                        Number: int.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out var major) ? major : 0
                    )
                )
                // A machine may have the client's programs only.
                .Where(candidate => candidate.Number > 0 && Missing(candidate.Folder).Length == 0)
                .OrderByDescending(candidate => candidate.Number)
                .Select(candidate => new PostgresBinaries(candidate.Folder, candidate.Number, libraryPath));

    private static async Task<PostgresBinaries> ConfiguredAsync(string folder, int? requiredMajor, CancellationToken cancellation)
    {
        const string Advice =
            "Set it to the bin folder of a PostgreSQL server, such as /usr/lib/postgresql/15/bin, or unset it to let the "
            + "tracker look itself.";
        if (Missing(folder) is { Length: > 0 } missing)
        {
            throw new PostgresUnavailableException(
                $"TRACKER_PG_BIN is {folder}, but {string.Join(", ", missing)} cannot be found there. {Advice}"
            );
        }

        var version = await Command.RunAsync([Path.Combine(folder, "postgres"), "--version"], cancellation);
        if (!version.Ok || !VersionPattern().IsMatch(version.Output))
        {
            throw new PostgresUnavailableException($"TRACKER_PG_BIN is {folder}, but its postgres does not run: {version.Said} {Advice}");
        }

        var major = int.Parse(VersionPattern().Match(version.Output).Groups[1].Value, CultureInfo.InvariantCulture);
        return requiredMajor is null || requiredMajor == major
            ? new PostgresBinaries(Path.GetFullPath(folder), major)
            : throw new PostgresUnavailableException(
                $"TRACKER_PG_BIN is PostgreSQL {major}, but the data were written by PostgreSQL {requiredMajor}, which another "
                    + "major version cannot open. "
                    + $"Point it to PostgreSQL {requiredMajor}, or unset it."
            );
    }

    private static string[] Missing(string folder) => [.. Needed.Where(program => !File.Exists(Path.Combine(folder, program)))];

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionPattern();
}
