using System.IO.Compression;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.People.Keys;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>
/// The database that the program of commit 4ada850 left, in a database of its own, opened by the present program an hour
/// later. Its files and how they were made: the folder <c>made-by-4ada850</c>.
/// </summary>
public sealed class MadeBy4ada850 : IAsyncLifetime
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Store", "made-by-4ada850");
    private readonly Scratch _scratch = new();
    private readonly List<(KeptAnswer Before, KeptAnswer Present)> _present = [];
    private readonly string _database = $"ct_made_{Guid.CreateVersion7():n}";

    /// <summary>The present program on it.</summary>
    public Tracker Tracker { get; private set; } = null!;

    /// <summary>A tracker that started empty, at the same time.</summary>
    public Tracker Fresh { get; private set; } = null!;

    /// <summary>What is known of it.</summary>
    public JsonNode Facts { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "facts.json")))!;

    /// <summary>Its answers.</summary>
    public IReadOnlyList<KeptAnswer> Answers { get; } =
    [.. Text("answers.jsonl.br").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(KeptAnswer.Of)];

    /// <summary>What it exported: forum folder → file → content.</summary>
    public JsonObject Exported { get; } = JsonNode.Parse(Text("export.json.br"))!.AsObject();

    /// <summary>The oracles of what it exported.</summary>
    public OracleJudge Oracle { get; private set; } = null!;

    /// <summary>The folder of forum folders that the present program exports, before anything was written.</summary>
    public string ExportedNow { get; private set; } = "";

    /// <summary>The present answers to the same questions, asked once.</summary>
    public async Task<IReadOnlyList<(KeptAnswer Before, KeptAnswer Present)>> PresentAsync()
    {
        if (_present.Count > 0)
            return _present;
        foreach (var before in Answers)
            _present.Add((before, before.With(await Tracker.Anyone.GetAsync(before.Path))));
        return _present;
    }

    /// <summary>Who holds the token of that name in the facts.</summary>
    public Caller Holder(string token) => new(Tracker.Client, (string)Facts["tokens"]![token]!);

    public async ValueTask InitializeAsync()
    {
        Oracle = new OracleJudge([.. Exported.Select(f => OracleForum.Load(Unpacked(f.Key, f.Value!.AsObject())))]);
        await OnServerAsync($"create database {_database}");
        var own = new NpgsqlConnectionStringBuilder(TestDatabase.ConnectionString) { Database = _database }.ConnectionString;
        await RunAsync(own, Text("dump.sql.br"));
        var last = DateTimeOffset.Parse((string)Facts["last"]!, System.Globalization.CultureInfo.InvariantCulture);
        Tracker = await Tracker.StartAsync(
            schema: "tracker",
            time: new FakeTimeProvider(last.AddHours(1)),
            database: own,
            settings: [(MasterKey.Setting, (string)Facts["key"]!), ("TRACKER_DATA", Path.Combine(_scratch.Path, "data"))]
        );
        Fresh = await Tracker.StartAsync(time: Tracker.Time);
        ExportedNow = Path.Combine(_scratch.Path, "now");
        foreach (var (_, files) in Exported)
            await Tracker.ExportAsync((string)files!["forum.json"]!["slug"]!, ExportedNow);
    }

    public async ValueTask DisposeAsync()
    {
        await Tracker.DisposeAsync();
        await Fresh.DisposeAsync();
        await OnServerAsync($"drop database {_database} with (force)");
        _scratch.Dispose();
    }

    private string Unpacked(string forum, JsonObject files)
    {
        var path = Path.Combine(_scratch.Path, "then", forum);
        Directory.CreateDirectory(path);
        foreach (var (name, content) in files)
            File.WriteAllText(Path.Combine(path, name), content!.ToJsonString());
        return path;
    }

    private static string Text(string name)
    {
        using var file = File.OpenRead(Path.Combine(Folder, name));
        using var unpacked = new BrotliStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked);
        return reader.ReadToEnd();
    }

    private static Task OnServerAsync(string sql) => RunAsync(TestDatabase.ConnectionString, sql);

    private static async Task RunAsync(string place, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(place) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        await command.ExecuteNonQueryAsync();
    }
}
