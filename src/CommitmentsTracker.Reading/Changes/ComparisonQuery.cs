using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Changes;

/// <summary>
/// The statement that compares all items on two dates: for each that may differ its standing on both, as
/// <see cref="ReadModelTables.StandingColumns"/>, and what the change log tells of it in between.
/// </summary>
public sealed class ComparisonQuery
{
    private readonly NpgsqlCommand _command;
    private readonly string _from;
    private readonly string _knownFrom;
    private readonly string _to;
    private readonly string? _knownTo;
    private readonly string _narrowed;
    private readonly string _detailed;

    /// <summary>Begins a statement.</summary>
    /// <param name="command">Gets the parameters, and at last the text.</param>
    /// <param name="filter">Of it count kinds, forums, themes and parties.</param>
    /// <param name="dates">The dates.</param>
    public ComparisonQuery(NpgsqlCommand command, ItemFilter filter, ComparedDates dates)
    {
        _command = command;
        _from = Parameter(dates.From, NpgsqlDbType.Date);
        _knownFrom = Parameter(dates.KnownFrom.UtcDateTime, NpgsqlDbType.TimestampTz);
        _to = Parameter(dates.To, NpgsqlDbType.Date);
        _knownTo = dates.KnownTo is { } last ? Parameter(last.UtcDateTime, NpgsqlDbType.TimestampTz) : null;
        _narrowed = Any("s.kind", filter.Kinds.Select(k => k.Word())) + Any("s.forum", filter.Forums);
        _detailed = Overlaps("d.themes", filter.Themes) + Overlaps("d.parties", filter.Parties);
    }

    /// <summary>Completes the statement.</summary>
    /// <param name="passed">Items whose deadline passed in between, if the later date is as known now; null: the query finds them.</param>
    /// <param name="limit">Most rows.</param>
    public void Complete(Guid[]? passed, int limit) =>
        // Item by item, each found by its id: so reading ends with the first item that is too many.
        _command.CommandText = $"""
            with told as (
            {Told(passed)}
            ),
            x as (
            {Different(limit)}
            )
            select x.*, log.changes, log.versions from x cross join lateral (
            {Log}
            ) log order by x.slug
            """;

    /// <summary>Only what was told of in between can differ, and what a deadline did.</summary>
    private string Told(Guid[]? passed) =>
        $"""
            select s.item_id from changes s
            where s.type <> 'deadline.passed' and {TellsInBetween("s")}{_narrowed}
            union
            {(passed is null ? PassedThen : $"select unnest({Parameter(passed, NpgsqlDbType.Array | NpgsqlDbType.Uuid)})")}
            """;

    private string PassedThen =>
        $"""
            select s.item_id from spans_at({_to}, {_knownTo}) s
            where s.due >= {_from} and s.due < {_to} and s.reached_on is null{_narrowed}
            """;

    /// <summary>Themes and parties are those of the later date.</summary>
    private string Different(int limit) =>
        $"""
            select told.item_id, d.slug, d.kind, d.forum, d.details, {Columns("a")}, {Columns("b")}
            from told
            left join lateral (
                select * from item_spans s
                where s.item_id = told.item_id and s.occurred @> {_from} and s.known @> {_knownFrom} limit 1) a on true
            left join lateral (
                select * from item_spans s
                where s.item_id = told.item_id and s.occurred @> {_to} and {KnownLast("s")} limit 1) b on true
            cross join lateral (
                select * from item_details d where d.item_id = told.item_id
                and case when b.status is null then d.known @> {_knownFrom} else {KnownLast("d")} end limit 1) d
            where (
                row({Of("a")}) is distinct from row({Of("b")})
                or (b.due >= {_from} and b.due < {_to} and b.reached_on is null)){_detailed}
            limit {limit}
            """;

    /// <summary>A row tells one event of the item, the first one two; passed deadlines are none.</summary>
    private string Log =>
        $"""
            select jsonb_agg(jsonb_build_object('no', n.change_no, 'change', n.change) order by n.change_no) as changes,
                array_agg((case when n.nth = 1 then 1 else n.nth + 1 end)::integer order by n.change_no) as versions
            from (
                select c.change_no, c.recorded_at, c.type, c.change,
                    count(*) filter (where c.type <> 'deadline.passed') over (order by c.change_no) as nth
                from changes c where c.item_id = x.item_id
            ) n
            where n.type <> 'deadline.passed' and {TellsInBetween("n")}
            """;

    private string TellsInBetween(string alias) =>
        $"{alias}.recorded_at > {_knownFrom} - interval '1 day'{(_knownTo is null ? "" : $" and {alias}.recorded_at <= {_knownTo}")}";

    private string KnownLast(string alias) => _knownTo is null ? $"upper_inf({alias}.known)" : $"{alias}.known @> {_knownTo}";

    private string Any(string column, IEnumerable<string> words) =>
        words.ToArray() is { Length: > 0 } all ? $" and {column} = any({Texts(all)})" : "";

    private string Overlaps(string column, IEnumerable<string> words) =>
        words.ToArray() is { Length: > 0 } all ? $" and {column} && {Texts(all)}" : "";

    private string Texts(string[] all) => Parameter(all, NpgsqlDbType.Array | NpgsqlDbType.Text);

    private string Parameter(object value, NpgsqlDbType type)
    {
        _command.Parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return $"${_command.Parameters.Count}";
    }

    private static string Of(string side) => string.Join(", ", ReadModelTables.StandingColumns.Select(c => $"{side}.{c}"));

    private static string Columns(string side) =>
        string.Join(", ", ReadModelTables.StandingColumns.Select(c => $"{side}.{c} as {side}_{c}"));
}
