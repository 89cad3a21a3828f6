using System.Reflection;
using Npgsql;

namespace CommitmentsTracker.Record.Store;

/// <summary>Brings the tracker's own tables up to date: numbered scripts, each applied once, in order, in a transaction.</summary>
public static class Migrations
{
    private const int LockId = 42_072_024;

    /// <summary>Applies what is missing. Several nodes may call it at once; one does the work.</summary>
    /// <exception cref="InvalidOperationException">The database was written by a later version.</exception>
    public static async Task ApplyAsync(NpgsqlDataSource source, string schema, TimeProvider time, CancellationToken ct)
    {
        var scripts = Scripts();
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Run($"select pg_advisory_xact_lock({LockId}, hashtext('{schema}'))");
        await Run(
            $"""
            create schema if not exists "{schema}";
            create table if not exists schema_versions (version integer primary key, name text not null)
            """
        );
        var applied = new HashSet<int>();
        await using (var command = new NpgsqlCommand("select version from schema_versions", connection, transaction))
        await using (var reader = await command.ExecuteReaderAsync(ct))
            while (await reader.ReadAsync(ct))
                applied.Add(reader.GetInt32(0));
        if (applied.Count > 0 && applied.Max() > scripts[^1].Version)
            throw new InvalidOperationException(
                $"The database has schema version {applied.Max()}, this program knows {scripts[^1].Version}: start the newer program."
            );
        foreach (var (version, name, sql) in scripts.Where(s => !applied.Contains(s.Version)))
        {
            await Run(sql);
            await using var insert = new NpgsqlCommand(
                "insert into schema_versions (version, name) values ($1, $2)",
                connection,
                transaction
            );
            insert.Parameters.Add(new NpgsqlParameter { Value = version });
            insert.Parameters.Add(new NpgsqlParameter { Value = name });
            await insert.ExecuteNonQueryAsync(ct);
        }

        await using (
            var counter = new NpgsqlCommand(
                "insert into change_counter (feed_id, last_no) values ($1, 0) on conflict do nothing",
                connection,
                transaction
            )
        )
        {
            counter.Parameters.Add(new NpgsqlParameter { Value = Guid.CreateVersion7(time.GetUtcNow()) });
            await counter.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);

        async Task Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    private static List<(int Version, string Name, string Sql)> Scripts()
    {
        var assembly = typeof(Migrations).Assembly;
        const string prefix = "Migrations/";
        return
        [
            .. assembly
                .GetManifestResourceNames()
                .Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && n.EndsWith(".sql", StringComparison.Ordinal))
                .Select(n =>
                    (
                        int.Parse(n[prefix.Length..].Split('-')[0], System.Globalization.CultureInfo.InvariantCulture),
                        n[prefix.Length..],
                        Read(assembly, n)
                    )
                )
                .OrderBy(s => s.Item1),
        ];
    }

    private static string Read(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
