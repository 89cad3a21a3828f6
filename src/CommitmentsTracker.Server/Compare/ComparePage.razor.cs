using System.Globalization;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Counts;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;
using CommitmentsTracker.Server.Charts;
using CommitmentsTracker.Server.Items;
using CommitmentsTracker.Server.Layout;
using CommitmentsTracker.Server.Parties;

namespace CommitmentsTracker.Server.Compare;

/// <summary>What is set side by side, and the rows of its table: parties, items, or a forum on two dates.</summary>
public partial class ComparePage
{
    private const int Most = 4;
    private const int Found = 8;
    private static readonly string[] Sides = ["party", "item", "date"];

    private sealed record Column(string Name, string? Address, string? Without);

    /// <summary>One line of the table; <c>Values</c> has a text for each column.</summary>
    private sealed record Row(
        string? Group,
        string Label,
        IReadOnlyList<string> Values,
        string Difference,
        bool Differs,
        Status? Status = null,
        IReadOnlyList<Status>? Chips = null
    );

    private DirectoryNames? _names;
    private QueryValues _asked = null!;
    private Forum? _forum;
    private IReadOnlyList<string> _parties = [],
        _items = [];
    private List<DateOnly> _dates = [];
    private string? _find;
    private IReadOnlyList<Party> _foundParties = [];
    private IReadOnlyList<ItemRow> _foundItems = [];
    private List<string> _absent = [];
    private List<Column> _columns = [];
    private readonly List<Row> _rows = [];

    protected override async Task LoadAsync()
    {
        _names = await Directory.NamesAsync(Gone);
        _asked = new QueryValues(Query);
        _parties = _asked.Known("party", _names.Parties.ContainsKey, "compare.unknown");
        var known = await Slugs.KnownAsync([.. Query.All("item").Distinct()], Gone);
        _items = _asked.Known("item", known.Contains, "compare.unknown");
        _forum = _asked.Known("forum", _names.Forums.ContainsKey) is [var slug, ..] ? _names.Forums.GetValueOrDefault(slug) : _names.Newest;
        _find = _asked.Text("find");
        ReadDates();
        if (Sides.Count(s => Query.All(s).Count > 0) > 1)
            _asked.Refuse(Sides.Last(s => Query.All(s).Count > 0), "…", "compare.mixed");
        if (_parties.Count > Most)
            _asked.Refuse("party", "…", "compare.many");
        if (_items.Count > Most)
            _asked.Refuse("item", "…", "compare.many");
        if (_asked.Wrong.Count > 0)
        {
            Answer(StatusCodes.Status400BadRequest);
            return;
        }

        if (_parties.Count > 0)
            await CompareParties();
        if (_items.Count > 0)
            await CompareItems();
        if (_dates.Count == 2)
            await CompareDates();
        if (_dates.Count == 0)
            await FindAsync();
    }

    private void ReadDates()
    {
        var asked = Query.All("date");
        if (asked.Count > 2)
            _asked.Refuse("date", "…", "compare.date.many");
        foreach (var text in asked.Take(2))
        {
            if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
                _asked.Refuse("date", text, "error.asOf.format");
            else if (day > Query.Clocks.Now.DayOf())
                _asked.Refuse("date", text, "error.asOf.future");
            else
                _dates.Add(day);
        }
    }

    private async Task CompareParties()
    {
        var counts = (
            await Counts.ByPartyAsync(new ItemFilter { Parties = _parties, Forums = Query.All("forum") }, Query.Clocks, Gone)
        ).ToLookup(c => c.Of, StringComparer.Ordinal);
        var parties = _parties.Select(p => (Party: _names!.Parties[p], Figures: new PartyFigures(counts[p]))).ToList();
        _columns =
        [
            .. parties.Select(p => new Column(
                p.Party.Name.In(Lang),
                Query.To("/parties/" + p.Party.Slug),
                Query.Toggle("party", p.Party.Slug)
            )),
        ];
        Say(null, W["parties.type"], parties.Select(p => W.Word("party.type", p.Party.Type)));
        Say(
            null,
            W["compare.affiliation"],
            parties.Select(p => p.Party.Affiliation is { } of ? _names!.PartyName(of, Lang) : W["compare.none"])
        );
        var roles = W["compare.roles"];
        Say(roles, W["compare.items.any"], parties.Select(p => W.Number(p.Figures.Items)));
        foreach (var role in new[] { PartyRole.Responsible, PartyRole.Proposer, PartyRole.Speaker, PartyRole.Addressee })
            Say(roles, W[$"party.as.{role.Word()}"], parties.Select(p => W.Number(p.Figures.In(role).Items())));
        var promises = W["party.promises"];
        Say(promises, W["compare.commitments"], parties.Select(p => W.Number(p.Figures.Commitments)));
        Say(promises, W["compare.testable"], parties.Select(p => W.Number(p.Figures.Testable)));
        Say(
            promises,
            W["compare.delivered"],
            parties.Select(p =>
                p.Figures.Testable == 0
                    ? W["parties.promises.none"]
                    : W.Say("parties.promises", W.Number(p.Figures.Delivered), W.Number(p.Figures.Testable))
            )
        );
        Say(promises, W["compare.overdue"], parties.Select(p => W.Number(p.Figures.Overdue)));
        foreach (var (id, kind) in new[] { ("commitments", ItemKind.Commitment), ("proposals", ItemKind.Proposal) })
        {
            var by = parties.Select(p => p.Figures.In(PartyRole.Any).ByStatus(kind)).ToList();
            foreach (var status in StatusLook.InOrder(kind).Where(s => by.Any(b => b.ContainsKey(s))))
                Say(W[$"compare.status.{id}"], W.Status(status), by.Select(b => W.Number(b.GetValueOrDefault(status))), status);
        }
    }

    private async Task CompareItems()
    {
        var rows = (await Lists.OfAsync(_items, Query.Clocks, Gone)).ToDictionary(r => r.Slug, StringComparer.Ordinal);
        _absent = [.. _items.Where(i => !rows.ContainsKey(i))];
        var items = _items.Where(rows.ContainsKey).Select(i => rows[i]).ToList();
        if (items.Count == 0)
            return;
        _columns = [.. items.Select(i => new Column(i.Title.In(Lang), Query.To("/items/" + i.Slug), Query.Toggle("item", i.Slug)))];
        Say(null, W["column.status"], items.Select(i => W.Status(i.Status)), chips: [.. items.Select(i => i.Status)]);
        Say(null, W["column.since"], items.Select(i => W.Date(i.StatusSince)));
        Say(
            null,
            W["column.deadline"],
            items.Select(i => (i.DueOn is { } due ? W.Date(due) + " · " : "") + W.Word("time", i.Signals.Time))
        );
        Say(null, W["signal.freshness"], items.Select(i => W.Word("freshness", i.Signals.Freshness)));
        Say(null, W["compare.activity"], items.Select(i => i.LastActivity is { } last ? W.Date(last) : W["freshness.never_reviewed"]));
        Say(null, W["signal.confidence"], items.Select(i => W.Word("confidence", i.Signals.Confidence)));
        Say(null, W["signal.testability"], items.Select(i => W.Word("testability", i.Signals.Testability)));
        var about = W["compare.about"];
        Say(about, W["filters.kind"], items.Select(i => W.Word("kind", i.Kind)));
        Say(about, W["field.madeOn"], items.Select(i => W.Date(i.MadeOn)));
        Say(about, W["field.proposer"], items.Select(i => _names!.PartyName(i.Proposer, Lang)));
        Say(about, W["field.responsible"], items.Select(i => Names(i.Responsible)));
        Say(about, W["field.addressees"], items.Select(i => Names(i.Addressees)));
        Say(
            about,
            W["field.themes"],
            items.Select(i => i.Themes.Count == 0 ? W["compare.none"] : W.List(i.Themes.Select(t => _names!.ThemeName(t, Lang))))
        );
        Say(
            about,
            W["filters.forum"],
            items.Select(i => _names!.Forums.TryGetValue(i.Forum, out var forum) ? forum.Name.In(Lang) : i.Forum)
        );

        string Names(IReadOnlyList<string> slugs) =>
            slugs.Count == 0 ? W["compare.none"] : W.List(slugs.Select(p => _names!.PartyName(p, Lang)));
    }

    private async Task CompareDates()
    {
        if (_forum is null)
            return;
        var sides = new List<SummaryView>();
        foreach (var date in _dates)
            sides.Add(await Summaries.ReadAsync(_forum.Slug, Query.Clocks with { AsOf = date, AsOfGiven = true }, Gone));
        _columns =
        [
            .. _dates.Select(d => new Column(
                W.Date(d),
                Query.To("/forums/" + _forum.Slug, ("asOf", d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))),
                null
            )),
        ];
        foreach (
            var (id, kinds) in new (string, ItemKind[])[]
            {
                ("commitments", [ItemKind.Commitment]),
                ("proposals", [ItemKind.Proposal, ItemKind.Instrument]),
            }
        )
        {
            int Of(SummaryView side, Status? status) =>
                side.Statuses.Where(s => kinds.Contains(s.Kind) && (status is null || s.Status == status)).Sum(s => s.Items);
            var group = W["group." + id];
            foreach (var status in StatusLook.InOrder(kinds[0]).Where(s => sides.Any(side => Of(side, s) > 0)))
                Number(group, W.Status(status), s => Of(s, status), status);
            Number(group, W["column.total"], s => Of(s, null));
        }

        var attention = W["attention.title"];
        Number(attention, W["attention.overdue"], s => s.Time[TimeSignal.Overdue]);
        Number(attention, W["attention.never_reviewed"], s => s.Freshness[Freshness.NeverReviewed]);
        Number(attention, W["attention.stale"], s => s.Freshness[Freshness.Stale]);
        Number(attention, W["attention.disputed"], s => s.Confidence[Confidence.Disputed]);
        Number(attention, W["attention.awaiting"], s => s.Awaiting);

        void Number(string group, string label, Func<SummaryView, int> value, Status? status = null)
        {
            var (before, after) = (value(sides[0]), value(sides[1]));
            var difference =
                after == before ? W["compare.same"] : W.Count(after > before ? "compare.more" : "compare.fewer", Math.Abs(after - before));
            _rows.Add(new Row(group, label, [W.Number(before), W.Number(after)], difference, after != before, status));
        }
    }

    private async Task FindAsync()
    {
        if (_find is null)
        {
            // The parties with most items are a beginning; who compares already has one.
            if (_parties.Count + _items.Count > 0)
                return;
            var counts = await Counts.ByPartyAsync(new ItemFilter(), Query.Clocks, Gone);
            _foundParties =
            [
                .. counts
                    .Where(c => c.Role == PartyRole.Any)
                    .GroupBy(c => c.Of)
                    .OrderByDescending(g => g.Items())
                    .ThenBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => _names!.Parties.GetValueOrDefault(g.Key))
                    .OfType<Party>()
                    .Take(Found),
            ];
            return;
        }

        if (_items.Count == 0)
            _foundParties =
            [
                .. _names!
                    .Parties.Values.Where(p => !_parties.Contains(p.Slug) && ItemQuery.Named(p.Name, p.Aliases, _find))
                    .OrderBy(p => p.Slug, StringComparer.Ordinal)
                    .Take(Found),
            ];
        if (_parties.Count == 0)
            _foundItems =
            [
                .. (await Lists.PageAsync(new ItemFilter { Query = _find }, ItemSort.Latest, Found + Most, null, Query.Clocks, Gone))
                    .Items.Where(i => !_items.Contains(i.Slug))
                    .Take(Found),
            ];
    }

    private void Say(string? group, string label, IEnumerable<string> values, Status? status = null, IReadOnlyList<Status>? chips = null)
    {
        var all = values.ToList();
        var differs = all.Distinct(StringComparer.Ordinal).Count() > 1;
        _rows.Add(new Row(group, label, all, W[differs ? "compare.different" : "compare.same"], differs, status, chips));
    }

    private string? Day(int side) =>
        side < _dates.Count
            ? _dates[side].ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : (side == 0 && _forum!.Date.LastDay <= Query.Clocks.Now.DayOf() ? _forum!.Date.LastDay : Query.Clocks.Now.DayOf()).ToString(
                "yyyy-MM-dd",
                CultureInfo.InvariantCulture
            );

    private string Known => Query.Clocks.KnownAt is { } k ? W.Say("measure.known", W.Instant(k)) : W["measure.known.now"];

    private string Measure =>
        _dates.Count == 2
            ? W.Say("compare.measure.dates", _forum!.Name.In(Lang), Known)
            : W.Say("compare.measure", W.Date(Query.Clocks.AsOf), Known);
}
