using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>
/// Where a cluster lies. <paramref name="Home"/> belongs to the database's user and holds the data, the password, the settings and the log.
/// </summary>
internal sealed partial record ClusterPlace(string Home, string SocketFolder)
{
    /// <summary>Names the socket together with the folder; no TCP port is opened.</summary>
    public const int Port = 5432;

    private const string SystemHomes = "/var/lib/commitments-tracker";
    private const string LocationFile = "postgres-location.txt";

    // The kernel's limit for the path of a socket is 108 bytes with the closing zero.
    private const int LongestSocketPath = 107;

    public string Data => Path.Combine(Home, "data");

    public string PasswordFile => Path.Combine(Home, "password");

    public string SettingsFile => Path.Combine(Home, "tracker.conf");

    public string Log => Path.Combine(Home, "postgres.log");

    public bool SocketIsElsewhere => SocketFolder != Home;

    public bool IsInside(string dataFolder) => Path.GetDirectoryName(Home) == dataFolder;

    /// <summary>The home that an earlier run chose for this data folder; null at the first start.</summary>
    public static string? ExistingHome(string dataFolder)
    {
        var location = Path.Combine(dataFolder, LocationFile);
        if (File.Exists(location))
        {
            var home = File.ReadLines(location).First().Trim();

            // Starting an empty database instead would look like lost data.
            return Directory.Exists(home)
                ? home
                : throw new PostgresUnavailableException(
                    $"{location} says that the database lies in {home}, which is missing. Put it back from a backup, or delete "
                        + $"{location} to begin with an empty database."
                );
        }

        var inside = Path.Combine(dataFolder, "postgres");
        return Directory.Exists(inside) ? inside : null;
    }

    /// <summary>The major version of PostgreSQL that wrote the data in a home; null if there are none yet.</summary>
    public static int? MajorVersion(string? home)
    {
        var file = home is null ? null : Path.Combine(home, "data", "PG_VERSION");
        return file is not null && File.Exists(file) ? int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : null;
    }

    /// <summary>Chooses the home, or takes the one that exists, and makes its folders.</summary>
    public static async Task<ClusterPlace> PrepareAsync(
        string dataFolder,
        string? existingHome,
        DatabaseAccount account,
        IProgress<string> progress,
        CancellationToken cancellation
    )
    {
        var home = existingHome;
        if (home is null)
        {
            home = Path.Combine(dataFolder, "postgres");
            var outside = !(await account.RunAsync(["test", "-x", dataFolder], cancellation)).Ok;
            if (outside)
            {
                home = Path.Combine(SystemHomes, ShortHash(dataFolder));
                progress.Report($"The database's user {account.Name} cannot enter {dataFolder}; the database lies in {home}.");
                Directory.CreateDirectory(SystemHomes);
            }

            var made = await Command.RunAsync(MakeHome(home, account), cancellation);
            if (!made.Ok)
            {
                throw new PostgresUnavailableException($"Making the folder {home} failed: {made.Said}");
            }

            if (outside)
            {
                await File.WriteAllTextAsync(
                    Path.Combine(dataFolder, LocationFile),
                    $"{home}\n\nThe first line says where the database of this data folder lies, because the user "
                        + $"{account.Name}, as whom PostgreSQL runs,\n"
                        + "cannot enter this folder. Back up both. If you move the database, change the line.\n",
                    cancellation
                );
            }
        }

        if (!(await account.RunAsync(["test", "-x", home, "-a", "-w", home], cancellation)).Ok)
        {
            throw NotEnterable(home, account.Name);
        }

        var place = new ClusterPlace(home, SocketFits(home) ? home : $"/tmp/ct-{ShortHash(home)}");
        if (place.SocketIsElsewhere)
        {
            await MakeSocketFolderAsync(place.SocketFolder, account, cancellation);
        }

        return place;
    }

    private static string[] MakeHome(string home, DatabaseAccount account) =>
        account.Drop
            ?
            [
                "install",
                "-d",
                "-m",
                "700",
                "-o",
                account.UserId.ToString(CultureInfo.InvariantCulture),
                "-g",
                account.GroupId.ToString(CultureInfo.InvariantCulture),
                home,
            ]
            : ["install", "-d", "-m", "700", home];

    // Everyone may write to /tmp, so a folder that lies there already is used only if it is ours and closed to others.
    private static async Task MakeSocketFolderAsync(string folder, DatabaseAccount account, CancellationToken cancellation)
    {
        var made = await account.RunAsync(["mkdir", "-m", "700", folder], cancellation);
        if (made.Ok)
        {
            return;
        }

        var found = await Command.RunAsync(["stat", "-c", "%u %a %F", folder], cancellation);
        if (!found.Ok || found.Output.Trim() != string.Create(CultureInfo.InvariantCulture, $"{account.UserId} 700 directory"))
        {
            throw new PostgresUnavailableException(
                $"PostgreSQL's socket needs the folder {folder}, owned by {account.Name} with mode 700, but that is not what "
                    + $"lies there. Delete it, or choose a shorter data folder."
            );
        }
    }

    // Commas separate hosts for Npgsql and folders for PostgreSQL, so only plain characters are safe in a socket's path.
    private static bool SocketFits(string home) =>
        PlainPath().IsMatch(home)
        && Encoding.UTF8.GetByteCount(string.Create(CultureInfo.InvariantCulture, $"{home}/.s.PGSQL.{Port}")) <= LongestSocketPath;

    private static string ShortHash(string path) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..12];

    private static PostgresUnavailableException NotEnterable(string home, string user) =>
        new(
            $"The database lies in {home}, which the user {user} cannot enter or write. Start as the user who made it, or give "
                + "back the rights to it and the folders above it."
        );

    [GeneratedRegex("^[A-Za-z0-9/._-]+$")]
    private static partial Regex PlainPath();
}
