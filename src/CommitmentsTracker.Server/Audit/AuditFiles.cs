using System.Globalization;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Access;
using CommitmentsTracker.Record.Audit;
using CsvHelper;

namespace CommitmentsTracker.Server.Audit;

/// <summary>The audit as a file.</summary>
public static class AuditFiles
{
    private const int AtOnce = 1_000;
    private static readonly string[] Columns =
    [
        "at",
        "person",
        "name",
        "role",
        "act",
        "forum",
        "item",
        "version",
        "subject",
        "confirmation",
        "address",
    ];
    private static readonly CsvWriterOptions Options = new() { WriteByteOrderMark = true, Injection = CsvInjection.Escape };

    /// <summary>Maps it.</summary>
    public static void MapAudit(this WebApplication app) =>
        app.MapGet("/desk/audit.csv", WriteAsync).RequireAuthorization(new MayAttribute(Act.Administer)).ExcludeFromDescription();

    /// <summary>What the address asks for, within what the person administers.</summary>
    internal static AuditFilter FilterOf(HttpContext http)
    {
        var own = Permission.Forums(http.User.Rights(), Act.Administer);
        var forum = One("forum");
        return new AuditFilter(
            forum is null ? own
                : own is null || own.Contains(forum) ? [forum]
                : [],
            One("person"),
            One("item"),
            One("act"),
            Day("from"),
            Day("to"),
            long.TryParse(One("before"), NumberStyles.None, CultureInfo.InvariantCulture, out var before) ? before : null
        );

        // The database refuses a null character even in a question.
        string? One(string name) =>
            http.Request.Query[name].ToString() is { Length: > 0 and <= 200 } value && !value.Contains('\0', StringComparison.Ordinal)
                ? value
                : null;

        DateOnly? Day(string name) =>
            DateOnly.TryParseExact(One(name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is > 1970 and < 2900
                ? day
                : null;
    }

    private static async Task WriteAsync(HttpContext http, AuditLog log, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "text/csv; charset=utf-8; header=present";
        http.Response.Headers.ContentDisposition = "attachment; filename=\"audit.csv\"";
        var filter = FilterOf(http);
        await using var csv = CsvWriter.Create(http.Response.Body, Options, leaveOpen: true);
        await csv.WriteRecordAsync([.. Columns], ct);
        for (var read = AtOnce; read == AtOnce; )
        {
            var rows = await log.ReadAsync(filter, AtOnce, ct);
            foreach (var r in rows)
            {
                await csv.WriteRecordAsync(
                    [
                        r.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                        r.Person,
                        r.Name ?? "",
                        r.Role?.Word() ?? "",
                        r.Act,
                        r.Forum ?? "",
                        r.Item ?? "",
                        r.Version?.ToString(CultureInfo.InvariantCulture) ?? "",
                        r.Subject ?? "",
                        r.Confirmation ?? "",
                        r.Address ?? "",
                    ],
                    ct
                );
            }

            if ((read = rows.Count) > 0)
                filter = filter with { Before = rows[^1].Id };
        }

        await csv.FlushAsync(ct);
    }
}
