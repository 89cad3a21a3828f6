using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.People;
using CommitmentsTracker.Domain.Permissions;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using Marten;
using Npgsql;

namespace CommitmentsTracker.Record.Audit;

/// <summary>One thing that somebody did.</summary>
/// <param name="Person">Opaque id.</param>
/// <param name="Name">Their name; null: the account was erased.</param>
/// <param name="Role">In which they could do it.</param>
/// <param name="Act">Name of the event, or of what else was done.</param>
/// <param name="Version">Version of the item after it.</param>
/// <param name="Subject">Id of the update, correction, dispute or entry.</param>
/// <param name="Confirmation">What a second person decided on it: <c>update_confirmed</c>, <c>correction_rejected</c>, …; null:
/// nothing.</param>
/// <param name="Address">Network address; null: erased after ninety days, or not known.</param>
public sealed record AuditEntry(
    long Id,
    DateTimeOffset At,
    string Person,
    string? Name,
    Role? Role,
    string Act,
    string? Forum,
    string? Item,
    int? Version,
    string? Subject,
    string? Confirmation,
    string? Address
);

/// <summary>Something to be recorded that is no event of an item.</summary>
/// <param name="By">Who does it.</param>
/// <param name="Act">By which right: it says in which role.</param>
/// <param name="Name">What it is called in the log.</param>
/// <param name="Forum">Slug of the forum; null: it belongs to none.</param>
/// <param name="Item">Slug of the item; null: it is about none.</param>
/// <param name="Subject">Id or slug of what it is done to.</param>
public sealed record AuditedAct(Author By, Act Act, string Name, string? Forum, string? Item, string? Subject);

/// <summary>Which entries.</summary>
/// <param name="Forums">Of these forums; null: of all, and what belongs to none.</param>
/// <param name="Person">Of this person.</param>
/// <param name="Item">Of this item.</param>
/// <param name="Act">Of this name.</param>
/// <param name="From">From this day on.</param>
/// <param name="To">Up to this day.</param>
/// <param name="Before">Older than this entry.</param>
public sealed record AuditFilter(
    IReadOnlyCollection<string>? Forums,
    string? Person = null,
    string? Item = null,
    string? Act = null,
    DateOnly? From = null,
    DateOnly? To = null,
    long? Before = null
);

/// <summary>Who did what, when, in which role, from where: written in the transaction of what was done.</summary>
public sealed class AuditLog(NpgsqlDataSource source, IHttpContextAccessor http, TimeProvider time)
{
    private const string Insert = "insert into audit (at, person, role, act, forum, item, version, subject, address) values ";

    private const string InsertOne = Insert + "($1, $2, $3, $4, $5, $6, null, $7, $8)";

    /// <summary>Records events of an item with the session that saves them.</summary>
    public void Record(IDocumentSession session, Item after, IReadOnlyList<ItemEvent> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            if (events[i] is not { By: { } by } e)
                continue;
            session.QueueSqlCommand(
                Insert + "(?, ?, nullif(?, ''), ?, ?, ?, ?, nullif(?, ''), nullif(?, ''))",
                e.RecordedAt,
                by,
                e.As?.Word() ?? "",
                EventNames.NameOf(e),
                after.Forum,
                after.Slug,
                after.Version - events.Count + i + 1,
                SubjectOf(e),
                From ?? ""
            );
        }
    }

    /// <summary>Records something that is no event.</summary>
    public Task RecordAsync(AuditedAct done, CancellationToken ct) => source.RunAsync(InsertOne, ct, Values(done));

    /// <summary>Records something that is no event, in the transaction of what was done.</summary>
    public Task RecordAsync(NpgsqlTransaction transaction, AuditedAct done, CancellationToken ct) =>
        transaction.RunAsync(InsertOne, ct, Values(done));

    /// <summary>Entries, the latest first.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(AuditFilter filter, int limit, CancellationToken ct) =>
        await source.AllAsync(
            """
            select a.id, a.at, a.person, p.name, a.role, a.act, a.forum, a.item, a.version, a.subject,
                (select c.act from audit c where c.item = a.item and c.subject = a.subject and c.id > a.id
                    and c.act in ('update_confirmed', 'update_rejected', 'correction_confirmed', 'correction_rejected') limit 1),
                a.address
            from audit a left join people p on p.id = a.person
            where ($1 or a.forum = any($2)) and ($3 = '' or a.person = $3) and ($4 = '' or a.item = $4) and ($5 = '' or a.act = $5)
                and a.at >= $6 and a.at < $7 and a.id < $8
            order by a.id desc limit $9
            """,
            r => new AuditEntry(
                r.GetInt64(0),
                r.At(1),
                r.GetString(2),
                r.Text(3),
                Words.TryRead<Role>(r.Text(4), out var role) ? role : null,
                r.GetString(5),
                r.Text(6),
                r.Text(7),
                r.IsDBNull(8) ? null : r.GetInt32(8),
                r.Text(9),
                r.Text(10),
                r.Text(11)
            ),
            ct,
            filter.Forums is null,
            filter.Forums?.ToArray() ?? [],
            filter.Person ?? "",
            filter.Item ?? "",
            filter.Act ?? "",
            filter.From is { } from ? Day(from) : DateTimeOffset.UnixEpoch,
            filter.To is { } to ? Day(to.AddDays(1)) : DateTimeOffset.UnixEpoch.AddYears(1000),
            filter.Before ?? long.MaxValue,
            limit
        );

    private object?[] Values(AuditedAct done) =>
        [
            time.GetUtcNow(),
            done.By.Person,
            Permission.RoleFor(done.By.Rights, done.Act, done.Forum)?.Word(),
            done.Name,
            done.Forum,
            done.Item,
            done.Subject,
            From,
        ];

    private string? From => http.HttpContext is { } context ? Visitor.AddressOf(context) : null;

    private static DateTimeOffset Day(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    private static string SubjectOf(ItemEvent e) =>
        e switch
        {
            UpdateLogged x => x.Id,
            UpdateConfirmed x => x.UpdateId,
            UpdateRejected x => x.UpdateId,
            CorrectionMade x => x.Id,
            CorrectionConfirmed x => x.CorrectionId,
            CorrectionRejected x => x.CorrectionId,
            EvidenceAdded x => x.UpdateId,
            TranslationAdded x => x.UpdateId,
            DisputeOpened x => x.Id,
            DisputeSettled x => x.Id,
            _ => "",
        };
}

/// <summary>Asks to forget from where things were done long ago.</summary>
public sealed record ForgetAuditAddresses;

/// <summary>Erases network addresses of the audit after ninety days; who did what stays.</summary>
public static class ForgetAuditAddressesHandler
{
    /// <summary>Forgets.</summary>
    public static Task Handle(ForgetAuditAddresses _, NpgsqlDataSource source, TimeProvider time, CancellationToken ct) =>
        source.RunAsync(
            "update audit set address = null where address is not null and at < $1",
            ct,
            time.GetUtcNow() - Visitor.AddressesKept
        );
}
