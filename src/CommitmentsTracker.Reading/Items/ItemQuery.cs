using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Search;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Record.Search;
using Npgsql;
using NpgsqlTypes;

namespace CommitmentsTracker.Reading.Items;

/// <summary>
/// The condition under which a status span (alias <c>s</c>) answers for a day and an instant, narrowed by a filter.
/// Everything of a user goes in as a parameter.
/// </summary>
public sealed class ItemQuery
{
    /// <summary>Statuses in which no deadline runs, as an SQL list.</summary>
    public static readonly string EndedStatuses = string.Join(", ", Lifecycle.EndTheDeadline.Order().Select(s => $"'{s.Word()}'"));

    private readonly List<string> _conditions = [];
    private readonly List<NpgsqlParameter> _parameters = [];
    private readonly string _day;
    private readonly string? _instant;
    private readonly bool _isToday;
    private string? _search;

    /// <summary>Builds the condition.</summary>
    /// <param name="filter">What to narrow to.</param>
    /// <param name="clocks">The day and the instant.</param>
    /// <param name="names">For finding parties and themes by their names.</param>
    /// <param name="without">A dimension of the filter to leave out: kind, status, theme or signal.</param>
    public ItemQuery(ItemFilter filter, AskedClocks clocks, DirectoryNames names, string without = "")
    {
        _day = Parameter(clocks.AsOf, NpgsqlDbType.Date);
        _instant = clocks.KnownAt is { } known ? Parameter(known.UtcDateTime, NpgsqlDbType.TimestampTz) : null;
        _isToday = clocks.AsOf == clocks.Now.DayOf();
        if (filter.Kinds.Count > 0 && without != "kind")
            In("s.kind", filter.Kinds.Select(k => k.Word()));
        if (filter.Statuses.Count > 0 && without != "status")
            In("s.status", filter.Statuses.Select(s => s.Word()));
        if (filter.Forums.Count > 0)
            In("s.forum", filter.Forums);
        if (filter.Themes.Count > 0 && without != "theme")
            OnDetails($"d.themes && {Parameter(filter.Themes.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)}");
        if (filter.Parties.Count > 0)
            OnDetails($"d.parties && {Parameter(filter.Parties.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)}");
        if (!string.IsNullOrWhiteSpace(filter.Query))
            Search(filter.Query, names);
        if (without != "signal")
            foreach (var group in filter.Signals.GroupBy(GroupOf))
                SignalsOf(group);
    }

    /// <summary>The day, as SQL.</summary>
    public string Day => _day;

    /// <summary>True if the details (alias <c>d</c>) must be joined for the condition.</summary>
    public bool NeedsDetails { get; private set; }

    /// <summary>How well a span's item answers the search text, as SQL; 0 for all without one.</summary>
    public string Score => _search is null ? "0::integer" : "h.score";

    /// <summary>From and where, for the spans alone or with their details.</summary>
    /// <param name="details">True to join the details in any case.</param>
    /// <param name="join">Another join.</param>
    public string FromWhere(bool details = false, string join = "") =>
        $"""
            from {(_instant is null ? $"spans_now({_day})" : $"spans_at({_day}, {_instant})")} s {(
                details || NeedsDetails ? $"join item_details d on d.item_id = s.item_id and {Known("d")} " : ""
            )}{(_search is null ? "" : $"join ({_search}) h on h.item_id = s.item_id ")}{join}
            {(_conditions.Count > 0 ? "where " + string.Join(" and ", _conditions) : "")}
            """;

    /// <summary>The known-clock condition of an alias.</summary>
    public string Known(string alias) => _instant is null ? $"upper_inf({alias}.known)" : $"{alias}.known @> {_instant}";

    /// <summary>The condition on both clocks of an alias of <c>item_spans</c>.</summary>
    public string Holds(string alias) => $"{alias}.occurred @> {_day} and {Known(alias)}";

    /// <summary>The time signal of a span on the day, as SQL.</summary>
    public string Time =>
        $"""
            case when s.due is null then 'no_deadline'
            when s.reached_on <= s.due then 'met_on_time' when s.reached_on is not null then 'met_late'
            when s.status in ({EndedStatuses}) then 'ended' when {_day} > s.due then 'overdue'
            when s.due - {_day} <= {Standing.DueSoonDays} then 'due_soon' else 'due' end
            """;

    /// <summary>The freshness signal of a span on the day, as SQL.</summary>
    public string Freshness =>
        $"""
            case when s.last_activity is null then 'never_reviewed' when {_day} - s.last_activity <= {Standing.CurrentDays} then 'current'
            when {_day} - s.last_activity <= {Standing.AgeingDays} then 'ageing' else 'stale' end
            """;

    /// <summary>Adds a parameter and gives its placeholder.</summary>
    public string Parameter(object value, NpgsqlDbType type)
    {
        _parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return $"${_parameters.Count}";
    }

    /// <summary>Adds a condition.</summary>
    public void And(string condition) => _conditions.Add(condition);

    /// <summary>A statement with the parameters given so far.</summary>
    public NpgsqlBatchCommand Statement(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var p in _parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = p.Value, NpgsqlDbType = p.NpgsqlDbType });
        return command;
    }

    /// <summary>True if the word is a signal that a filter may name.</summary>
    public static bool IsSignal(string word) => GroupOf(word) != "";

    /// <summary>The signal that a word belongs to; empty: none.</summary>
    public static string GroupOf(string word) =>
        Words.TryRead<TimeSignal>(word, out _) ? "time"
        : Words.TryRead<Freshness>(word, out _) ? "freshness"
        : Words.TryRead<Confidence>(word, out _) ? "confidence"
        : Words.TryRead<Testability>(word, out _) ? "testability"
        : word is "awaiting" or "flagged" ? word
        : "";

    private void SignalsOf(IGrouping<string, string> group)
    {
        switch (group.Key)
        {
            case "time":
                In(Time, group);
                break;
            case "freshness":
                In(Freshness, group);
                break;
            case "confidence":
                In("s.confidence", group);
                break;
            case "testability":
                OnDetails($"d.testability = any({Parameter(group.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");
                break;
            case "awaiting":
                _conditions.Add("s.awaiting > 0");
                break;
            case "flagged":
                _conditions.Add("s.flags <> '[]'");
                break;
        }
    }

    private void Search(string text, DirectoryNames names)
    {
        if (SearchQuery.Of(text, names).Terms is not { Count: > 0 } terms)
        {
            _conditions.Add("false");
            return;
        }

        _search = SearchSql.Found(terms, Parameter, Known, _day, _isToday);
    }

    /// <summary>True if a name, or another name, holds the beginnings of all words of a text.</summary>
    public static bool Named(Text name, IReadOnlyList<string>? aliases, string text)
    {
        var words = SearchWords.Of([name.En, name.Zh, .. aliases ?? []]);
        return SearchWords.Of(text) is { Length: > 0 } wanted && wanted.All(w => words.Any(x => x.StartsWith(w, StringComparison.Ordinal)));
    }

    private void In(string expression, IEnumerable<string> words) =>
        _conditions.Add($"({expression}) = any({Parameter(words.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text)})");

    private void OnDetails(string condition)
    {
        NeedsDetails = true;
        _conditions.Add(condition);
    }
}
