using System.Text.Json;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Audit;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Server.Settings;

/// <summary>What an uploaded folder would do, or why it cannot be imported.</summary>
/// <param name="Upload">By which it is imported; null: it cannot be.</param>
public sealed record UploadReport(
    Guid? Upload,
    Forum? Forum,
    ImportReport? Report,
    IReadOnlyList<FolderProblem> Problems,
    IReadOnlyList<Refusal> Refusals
);

/// <summary>What administrators do to set forums up. A new forum takes an administrator of all of them.</summary>
public sealed class ForumDesk(
    NpgsqlDataSource source,
    ForumDirectory directory,
    ForumImport import,
    ForumExport export,
    StoreVersions versions,
    AuditLog audit,
    TimeProvider time
)
{
    /// <summary>How long an uploaded folder waits for its import.</summary>
    public static readonly TimeSpan UploadsKept = TimeSpan.FromDays(1);

    /// <summary>Makes a forum.</summary>
    public async Task<IReadOnlyList<Refusal>> CreateAsync(Forum forum, Author by, CancellationToken ct)
    {
        if (Permission.Refuses(by.Rights, Act.Operate, null) is { } forbidden)
            return [forbidden];
        var names = await directory.NamesAsync(ct);
        var checks = Named(forum.Slug, forum.Name);
        checks.Optional("place", forum.Place, Checks.ShortText);
        var parties = names.Parties.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var organiser in forum.Organisers)
            checks.Known("organisers", organiser, parties, "party");
        if (!checks.Passed)
            return checks.Refusals;
        return await ChangeAsync(
            new Audited(by, Act.Operate, "forum_created", forum.Slug, forum.Slug),
            "insert into forums (slug, forum) values ($1, $2::jsonb) on conflict (slug) do nothing",
            [forum.Slug, Json(forum)],
            ct
        )
            ? []
            : [new Refusal(RefusalKind.Conflict, "duplicate-slug", "slug", $"The slug '{forum.Slug}' is taken.")];
    }

    /// <summary>Adds a party to a forum. One that is here already keeps its name if other forums use it too.</summary>
    public async Task<IReadOnlyList<Refusal>> AddPartyAsync(string forum, Party party, Author by, CancellationToken ct)
    {
        var names = await directory.NamesAsync(ct);
        if (Refuses(forum, by, names) is { } refusal)
            return [refusal];
        var checks = Named(party.Slug, party.Name);
        checks.Optional("role", party.Role, Checks.ShortText);
        checks.Known("affiliation", party.Affiliation, names.Parties.Keys.ToHashSet(StringComparer.Ordinal), "party");
        if (!checks.Passed)
            return checks.Refusals;
        await AddAsync("parties", "party", new Audited(by, Act.Administer, "party_added", forum, party.Slug), Json(party), ct);
        return [];
    }

    /// <summary>Adds a theme to a forum. One that is here already keeps its name if other forums use it too.</summary>
    public async Task<IReadOnlyList<Refusal>> AddThemeAsync(string forum, Theme theme, Author by, CancellationToken ct)
    {
        if (Refuses(forum, by, await directory.NamesAsync(ct)) is { } refusal)
            return [refusal];
        var checks = Named(theme.Slug, theme.Name);
        checks.Optional("scope", theme.Scope, Checks.LongText);
        if (!checks.Passed)
            return checks.Refusals;
        await AddAsync("themes", "theme", new Audited(by, Act.Administer, "theme_added", forum, theme.Slug), Json(theme), ct);
        return [];
    }

    /// <summary>Slugs of the parties and themes of a forum.</summary>
    public async Task<(IReadOnlyList<string> Parties, IReadOnlyList<string> Themes)> OfAsync(string forum, CancellationToken ct) =>
        (
            await source.AllAsync("select slug from parties where forums @> array[$1::text] order by slug", r => r.GetString(0), ct, forum),
            await source.AllAsync("select slug from themes where forums @> array[$1::text] order by slug", r => r.GetString(0), ct, forum)
        );

    /// <summary>Looks through an archive and keeps it, so that the very same can be imported.</summary>
    public async Task<UploadReport> UploadAsync(byte[] zip, Author by, CancellationToken ct)
    {
        var report = await JudgeAsync(zip, by, dryRun: true, ct);
        if (report.Report is null)
            return report;
        var id = Guid.CreateVersion7(time.GetUtcNow());
        await source.RunAsync("delete from forum_uploads where person = $1", ct, by.Person);
        await source.RunAsync(
            "insert into forum_uploads (id, person, at, zip) values ($1, $2, $3, $4)",
            ct,
            id,
            by.Person,
            time.GetUtcNow(),
            zip
        );
        return report with { Upload = id };
    }

    /// <summary>Imports what was uploaded: all of it or nothing.</summary>
    public async Task<UploadReport> ImportAsync(Guid upload, Author by, CancellationToken ct)
    {
        if (
            await source.OneAsync(
                "select zip from forum_uploads where id = $1 and person = $2",
                r => r.GetFieldValue<byte[]>(0),
                ct,
                upload,
                by.Person
            )
            is not { } zip
        )
            return new UploadReport(
                null,
                null,
                null,
                [],
                [new Refusal(RefusalKind.NotFound, "unknown-upload", "upload", "The upload is gone; upload the folder once more.")]
            );
        var report = await JudgeAsync(zip, by, dryRun: false, ct);
        if (report.Report is null)
            return report;
        await source.RunAsync("delete from forum_uploads where id = $1", ct, upload);
        await audit.RecordAsync(new AuditedAct(by, Act.Administer, "forum_imported", report.Forum!.Slug, null, report.Forum.Slug), ct);
        return report;
    }

    /// <summary>A forum as an archive, just as import reads it; null: there is none, or somebody may not have it.</summary>
    public async Task<byte[]?> ExportAsync(string forum, Author by, CancellationToken ct) =>
        Permission.May(by.Rights, Act.Administer, forum) && await export.ReadAsync(forum, ct) is { } folder ? ForumZip.Write(folder) : null;

    private async Task<UploadReport> JudgeAsync(byte[] zip, Author by, bool dryRun, CancellationToken ct)
    {
        try
        {
            var folder = ForumZip.Read(zip);
            var isKnown = (await directory.NamesAsync(ct)).Forums.ContainsKey(folder.Forum.Slug);
            if (Permission.Refuses(by.Rights, isKnown ? Act.Administer : Act.Operate, isKnown ? folder.Forum.Slug : null) is { } forbidden)
                return new UploadReport(null, folder.Forum, null, [], [forbidden]);
            var checks = Named(folder.Forum.Slug, folder.Forum.Name);
            return !checks.Passed
                ? new UploadReport(null, folder.Forum, null, [], checks.Refusals)
                : new UploadReport(null, folder.Forum, await import.RunAsync(folder, null, ct, dryRun: dryRun), [], []);
        }
        catch (ForumFolderException e)
        {
            return new UploadReport(null, null, null, e.Problems, []);
        }
    }

    private static Refusal? Refuses(string forum, Author by, DirectoryNames names) =>
        !names.Forums.ContainsKey(forum)
            ? new Refusal(RefusalKind.NotFound, "unknown-forum", "forum", $"There is no forum '{forum}'.")
            : Permission.Refuses(by.Rights, Act.Administer, forum);

    private Task<bool> AddAsync(string table, string column, Audited what, string json, CancellationToken ct) =>
        ChangeAsync(
            what,
            $"""
            insert into {table} as t (slug, forums, {column}) values ($1, array[$2::text], $3::jsonb)
            on conflict (slug) do update set
                forums = case when t.forums @> excluded.forums then t.forums else t.forums || excluded.forums end,
                {column} = case when t.forums <@ excluded.forums then excluded.{column} else t.{column} end
            """,
            [what.Subject, what.Forum, json],
            ct
        );

    /// <summary>
    /// Changes the directory, tells the other nodes and the audit: all of it or nothing. False: the statement changed nothing.
    /// </summary>
    private async Task<bool> ChangeAsync(Audited what, string sql, object?[] values, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await transaction.RunAsync(sql, ct, values) == 0)
            return false;
        await transaction.RunAsync("update directory_version set version = version + 1", ct);
        await audit.RecordAsync(transaction, new AuditedAct(what.By, what.Act, what.Name, what.Forum, null, what.Subject), ct);
        await transaction.CommitAsync(ct);
        versions.Written();
        return true;
    }

    private static Checks Named(string slug, Text name)
    {
        var checks = new Checks();
        checks.Slug("slug", slug);
        checks.Required("name", name, Checks.ShortText);
        return checks;
    }

    /// <summary>What the audit says of a change.</summary>
    private sealed record Audited(Author By, Act Act, string Name, string Forum, string Subject);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, TrackerJson.Stored);
}

/// <summary>Asks to forget what was uploaded and not imported.</summary>
public sealed record ForgetUploads;

/// <summary>Erases uploaded folders after a day.</summary>
public static class ForgetUploadsHandler
{
    /// <summary>Forgets.</summary>
    public static Task Handle(ForgetUploads _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct) =>
        source.RunAsync("delete from forum_uploads where at < $1", ct, time.GetUtcNow() - ForumDesk.UploadsKept);
}

/// <summary>The files of the desk of forums.</summary>
public static class ForumFiles
{
    /// <summary>Maps the export.</summary>
    public static void MapForumDesk(this WebApplication app) =>
        app.MapGet(
                "/desk/forums/{slug}/export.zip",
                async (string slug, HttpContext http, ForumDesk desk, CancellationToken ct) =>
                {
                    http.Response.Headers.CacheControl = "no-store";
                    return await desk.ExportAsync(slug, http.User.Author(), ct) is { } zip
                        ? Results.File(zip, "application/zip", slug + ".zip")
                        : Results.NotFound();
                }
            )
            .RequireAuthorization(new MayAttribute(Act.Administer))
            .ExcludeFromDescription();
}
