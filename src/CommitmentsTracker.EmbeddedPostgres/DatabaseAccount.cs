using System.Globalization;

namespace CommitmentsTracker.EmbeddedPostgres;

/// <summary>
/// The operating system's user that PostgreSQL runs as. PostgreSQL refuses root, so root drops to another user; everyone else stays who
/// they are.
/// </summary>
internal sealed record DatabaseAccount(string Name, int UserId, int GroupId, bool Drop)
{
    /// <summary>The user for a cluster: the owner of the folder that holds it already, else the best there is.</summary>
    public static async Task<DatabaseAccount> ForAsync(string? existingHome, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return await NamedAsync(Environment.UserName, drop: false, cancellation)
                ?? throw new PostgresUnavailableException(
                    $"PostgreSQL needs a user with an entry in /etc/passwd, which {Environment.UserName} does not have. Run as "
                        + "another user."
                );
        }

        if (existingHome is not null)
        {
            var (user, group) = await OwnerAsync(existingHome, cancellation);
            return user == 0
                ? throw new PostgresUnavailableException(
                    $"The folder {existingHome} belongs to root, whom PostgreSQL refuses. Give it to the user postgres (chown "
                        + "-R postgres:postgres), or delete it if it is empty."
                )
                : new DatabaseAccount(user.ToString(CultureInfo.InvariantCulture), user, group, Drop: true);
        }

        return await NamedAsync("postgres", drop: true, cancellation)
            ?? await NamedAsync("nobody", drop: true, cancellation)
            ?? throw new PostgresUnavailableException(
                "PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody. Make one (useradd "
                    + "--system postgres), or run as an ordinary user."
            );
    }

    /// <summary>Runs a program as this user.</summary>
    public Task<CommandResult> RunAsync(
        IEnumerable<string> commandLine,
        CancellationToken cancellation,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        IEnumerable<string> prefix = Drop
            ?
            [
                "setpriv",
                string.Create(CultureInfo.InvariantCulture, $"--reuid={UserId}"),
                string.Create(CultureInfo.InvariantCulture, $"--regid={GroupId}"),
                "--clear-groups",
            ]
            : [];
        return Command.RunAsync([.. prefix, .. commandLine], cancellation, input, environment: environment);
    }

    /// <summary>Like <see cref="RunAsync"/>, but a failure is an exception whose message begins with what was tried.</summary>
    public async Task<string> DemandAsync(
        string purpose,
        IEnumerable<string> commandLine,
        CancellationToken cancellation,
        string? input = null,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var result = await RunAsync(commandLine, cancellation, input, environment);
        return result.Ok ? result.Output : throw new PostgresUnavailableException($"{purpose} failed as user {Name}: {result.Said}");
    }

    private static async Task<DatabaseAccount?> NamedAsync(string name, bool drop, CancellationToken cancellation)
    {
        var user = await Command.RunAsync(["id", "-u", name], cancellation);
        var group = await Command.RunAsync(["id", "-g", name], cancellation);
        return user.Ok && group.Ok
            ? new DatabaseAccount(
                name,
                int.Parse(user.Output, CultureInfo.InvariantCulture),
                int.Parse(group.Output, CultureInfo.InvariantCulture),
                drop
            )
            : null;
    }

    private static async Task<(int User, int Group)> OwnerAsync(string path, CancellationToken cancellation)
    {
        var owner = await Command.RunAsync(["stat", "-c", "%u %g", path], cancellation);
        if (!owner.Ok)
        {
            throw new PostgresUnavailableException($"Reading the owner of {path} failed: {owner.Said}");
        }

        var ids = owner.Output.Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture)).ToArray();
        return (ids[0], ids[1]);
    }
}
