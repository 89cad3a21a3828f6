using System.Globalization;
using System.Text.RegularExpressions;

namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>Gets PostgreSQL from Debian: installed for the machine by root, unpacked into the data folder by everyone else.</summary>
internal sealed partial class DebianPackages(string dataFolder, IProgress<string> progress)
{
    /// <summary>The end of every message of this class.</summary>
    public const string OtherWays =
        "Other ways: install a PostgreSQL server yourself and set TRACKER_PG_BIN to its bin folder, or set "
        + "ConnectionStrings__Tracker to a database of your own.";

    private const string ClusterDefaults = "/etc/postgresql-common/createcluster.conf";

    // Options of every apt program; grows if the package lists have to be kept in the data folder.
    private readonly List<string> _options = ["-q", "-o", "DPkg::Lock::Timeout=120"];

    private string OwnLists => Path.Combine(dataFolder, "apt");

    /// <summary>Where packages are unpacked when they cannot be installed.</summary>
    public static string UnpackedFolder(string dataFolder) => Path.Combine(dataFolder, "pgsql");

    /// <summary>Search path for the shared libraries among the unpacked packages.</summary>
    public static string UnpackedLibraries(string unpackedFolder) =>
        string.Join(
            ':',
            new[] { "usr/lib", "lib" }
                .Select(part => Path.Combine(unpackedFolder, part))
                .Where(Directory.Exists)
                .SelectMany(folder => Directory.GetDirectories(folder, "*-linux-gnu*"))
        );

    /// <summary>Installs or unpacks the server of the wanted major version; without one, Debian's own choice.</summary>
    public async Task ProvideAsync(int? major, CancellationToken cancellation)
    {
        foreach (var program in new[] { "apt-get", "apt-cache", "dpkg" })
        {
            if (!Command.Exists(program))
            {
                throw new PostgresUnavailableException(
                    $"There is no PostgreSQL{(major is null ? "" : $" {major}")} server on this machine, and without {program} "
                        + $"it cannot be had from Debian's packages. {OtherWays}"
                );
            }
        }

        var package = await PackageAsync(major, cancellation);
        if (Environment.IsPrivilegedProcess)
        {
            await InstallAsync(package, cancellation);
        }
        else
        {
            await UnpackAsync(package, cancellation);
        }
    }

    private async Task<string> PackageAsync(int? major, CancellationToken cancellation)
    {
        var package = await LookUpAsync(major, cancellation);
        if (package is null)
        {
            await UpdateListsAsync(cancellation);
            package = await LookUpAsync(major, cancellation);
        }

        return package
            ?? throw new PostgresUnavailableException(
                $"There is no PostgreSQL{(major is null ? "" : $" {major}, which wrote the data,")} on this machine, and "
                    + $"Debian's package lists do not have it or could not be fetched (is there a network?). {OtherWays}"
            );
    }

    private async Task<string?> LookUpAsync(int? major, CancellationToken cancellation)
    {
        // "postgresql" is Debian's name for its current version, on which it depends: postgresql-15 in Debian 12.
        var name = major is null ? "postgresql" : $"postgresql-{major}";
        var shown = await Command.RunAsync(["apt-cache", .. _options, "show", "--no-all-versions", name], cancellation);
        if (!shown.Ok || shown.Output.Length == 0)
        {
            return null;
        }

        return major is not null ? name
            : ServerPackage().Match(shown.Output) is { Success: true } match ? match.Groups[1].Value
            : null;
    }

    private async Task UpdateListsAsync(CancellationToken cancellation)
    {
        progress.Report("Fetching Debian's package lists (about 10 s) …");
        if (!Environment.IsPrivilegedProcess)
        {
            // The system's lists can be written by root only; lists of our own serve as well.
            var lists = Path.Combine(OwnLists, "lists");
            var cache = Path.Combine(OwnLists, "cache");
            Directory.CreateDirectory(Path.Combine(lists, "partial"));
            Directory.CreateDirectory(Path.Combine(cache, "archives", "partial"));
            _options.AddRange(["-o", $"Dir::State::Lists={lists}", "-o", $"Dir::Cache={cache}"]);
        }

        var updated = await Command.RunAsync(["apt-get", .. _options, "update"], cancellation);
        if (!updated.Ok)
        {
            throw new PostgresUnavailableException($"Fetching Debian's package lists (apt-get update) failed: {updated.Said}\n{OtherWays}");
        }
    }

    private async Task InstallAsync(string package, CancellationToken cancellation)
    {
        progress.Report($"Installing {Title(package)} from Debian's packages (about 20 s) …");
        ForbidDefaultCluster();
        var installed = await TryInstallAsync(package, cancellation);
        if (!installed.Ok)
        {
            // Lists older than the archive name files that are gone.
            await UpdateListsAsync(cancellation);
            installed = await TryInstallAsync(package, cancellation);
        }

        if (!installed.Ok)
        {
            throw new PostgresUnavailableException($"Installing Debian's package {package} failed: {installed.Said}\n{OtherWays}");
        }
    }

    private Task<CommandResult> TryInstallAsync(string package, CancellationToken cancellation) =>
        Command.RunAsync(
            ["apt-get", .. _options, "install", "-y", "--no-install-recommends", package],
            cancellation,
            environment: new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" }
        );

    // Debian's package otherwise makes and starts a cluster on port 5432 that nobody asked for. What an administrator wrote there stands.
    private static void ForbidDefaultCluster()
    {
        var present = File.Exists(ClusterDefaults) ? File.ReadAllText(ClusterDefaults) : "";
        if (!ClusterDefaultSetting().IsMatch(present))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(ClusterDefaults)!);
            File.AppendAllText(
                ClusterDefaults,
                (present.Length == 0 || present.EndsWith('\n') ? "" : "\n") + "create_main_cluster = false\n"
            );
        }
    }

    private async Task UnpackAsync(string package, CancellationToken cancellation)
    {
        progress.Report($"Fetching {Title(package)} from Debian's packages into {UnpackedFolder(dataFolder)} (about 20 s) …");
        var client = package.Replace("postgresql-", "postgresql-client-", StringComparison.Ordinal);
        var downloads = Path.Combine(dataFolder, "pgsql.download");
        var unpacking = Path.Combine(dataFolder, "pgsql.new");
        foreach (var folder in new[] { downloads, unpacking })
        {
            // Left by a run that was interrupted here.
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }

            Directory.CreateDirectory(folder);
        }

        var names = new[] { package, client, "libpq5" }.Union(await LibrariesAsync(package, cancellation)).ToList();
        var downloaded = await Command.RunAsync(["apt-get", .. _options, "download", .. names], cancellation, workingFolder: downloads);
        if (!downloaded.Ok)
        {
            throw new PostgresUnavailableException(
                $"Downloading Debian's packages ({string.Join(' ', names)}) failed: {downloaded.Said}\n{OtherWays}"
            );
        }

        foreach (var file in Directory.GetFiles(downloads, "*.deb"))
        {
            var unpacked = await Command.RunAsync(["dpkg", "-x", file, unpacking], cancellation);
            if (!unpacked.Ok)
            {
                throw new PostgresUnavailableException($"Unpacking {Path.GetFileName(file)} failed: {unpacked.Said}\n{OtherWays}");
            }
        }

        var destination = UnpackedFolder(dataFolder);
        if (Directory.Exists(destination))
        {
            // Another major version, unpacked when the data were of that version.
            Directory.Delete(destination, recursive: true);
        }

        // Whole or not at all: an interrupted run leaves no half of a PostgreSQL where the next one looks for it.
        Directory.Move(unpacking, destination);
        Directory.Delete(downloads, recursive: true);
        if (Directory.Exists(OwnLists))
        {
            Directory.Delete(OwnLists, recursive: true);
        }
    }

    // What an installation would add to this machine, of which the server needs the shared libraries. Not among them: LLVM, which is
    // large and serves just-in-time compilation only (off in our settings), Perl for Debian's own wrappers, and the C library.
    private async Task<IEnumerable<string>> LibrariesAsync(string package, CancellationToken cancellation)
    {
        var simulated = await Command.RunAsync(["apt-get", .. _options, "-s", "install", "--no-install-recommends", package], cancellation);
        if (!simulated.Ok)
        {
            throw new PostgresUnavailableException($"Debian's package {package} cannot be had: {simulated.Said}\n{OtherWays}");
        }

        return AddedLibrary()
            .Matches(simulated.Output)
            .Select(match => match.Groups[1].Value)
            .Where(name =>
                !name.StartsWith("libllvm", StringComparison.Ordinal)
                && !name.StartsWith("libperl", StringComparison.Ordinal)
                && !name.EndsWith("-perl", StringComparison.Ordinal)
                && name != "libc6"
            );
    }

    private static string Title(string package) =>
        string.Create(CultureInfo.InvariantCulture, $"PostgreSQL {package["postgresql-".Length..]}");

    [GeneratedRegex(@"^Depends:.*?\b(postgresql-\d+)\b", RegexOptions.Multiline)]
    private static partial Regex ServerPackage();

    [GeneratedRegex(@"^\s*create_main_cluster\s*=", RegexOptions.Multiline)]
    private static partial Regex ClusterDefaultSetting();

    // "Inst libpq5 (15.20 …)" is new; "Inst libpq5 [15.18] (15.20 …)" would be an upgrade of what is there.
    [GeneratedRegex(@"^Inst (lib\S+) \(", RegexOptions.Multiline)]
    private static partial Regex AddedLibrary();
}
