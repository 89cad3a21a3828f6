using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Server.Charts;

namespace CommitmentsTracker.Server.Items;

/// <summary>The filters beside the list: each a row of chips with the number of items that it leaves.</summary>
public partial class ExploreItems
{
    /// <summary>All statuses: the stages of both lifecycles, then what leaves them.</summary>
    private static readonly IReadOnlyList<Status> Order =
    [
        .. Lifecycle
            .OfCommitments.Stages.Concat(Lifecycle.OfProposals.Stages)
            .Concat(StatusLook.InOrder(ItemKind.Commitment))
            .Concat(StatusLook.InOrder(ItemKind.Proposal))
            .Distinct(),
    ];

    /// <summary>What may be filtered by in a list, besides statuses: all words of signals that narrow, and the two of the desk.</summary>
    private static readonly string[] SignalWords =
    [
        .. new[] { "overdue", "due_soon", "due", "met_on_time", "met_late", "ended", "no_deadline" },
        .. new[] { "never_reviewed", "current", "ageing", "stale" },
        .. new[] { "confirmed", "reported", "claimed", "disputed" },
        .. new[] { "testable", "partly", "not_testable" },
        "awaiting",
        "flagged",
    ];

    private sealed record Chip(string Value, string Label, int Count, bool On, Status? Status = null);

    private sealed record FilterRow(string Name, string Title, IReadOnlyList<Chip> Chips);

    private IEnumerable<FilterRow> FilterRows =>
        new FilterRow[]
        {
            new("kind", W["filters.kind"], Kinds()),
            new("status", W["filters.status"], Statuses()),
            new("signal", W["filters.signal"], Signals()),
            new("theme", W["filters.theme"], Themes()),
            new("party", W["filters.party"], Taken(_filter.Parties, p => _names!.PartyName(p, Lang))),
            new("forum", W["filters.forum"], Taken(_filter.Forums, f => _names!.Forums[f].Name.In(Lang))),
        }.Where(r => r.Chips.Count > 0 || r.Name is not ("party" or "forum"));

    private List<Chip> Kinds() =>
        [
            .. Enum.GetValues<ItemKind>()
                .Select(k => new Chip(k.Word(), W.Word("kinds", k), _facets!.Kinds.GetValueOrDefault(k), _filter.Kinds.Contains(k))),
        ];

    private List<Chip> Statuses() =>
        [.. Order.Select(s => new Chip(s.Word(), W.Status(s), _facets!.Statuses.GetValueOrDefault(s), _filter.Statuses.Contains(s), s))];

    private List<Chip> Signals() =>
        [.. SignalWords.Select(w => new Chip(w, SignalLabel(w), _facets!.Signals.GetValueOrDefault(w), _filter.Signals.Contains(w)))];

    private List<Chip> Themes() =>
        [
            .. _names!
                .Themes.Values.Select(t => new Chip(
                    t.Slug,
                    t.Name.In(Lang),
                    _facets!.Themes.GetValueOrDefault(t.Slug),
                    _filter.Themes.Contains(t.Slug)
                ))
                .OrderByDescending(c => c.Count),
        ];

    /// <summary>What is filtered by already and not offered, as there is too much of it.</summary>
    private List<Chip> Taken(IEnumerable<string> slugs, Func<string, string> name) =>
        [.. slugs.Select(s => new Chip(s, name(s), _page!.Total, true))];

    /// <summary>What stands out of a row's signals.</summary>
    private string SignalLabel(string word) =>
        W[
            Domain.Writing.Words.All<TimeSignal>().Contains(word) ? "time." + word
            : Domain.Writing.Words.All<Freshness>().Contains(word) ? "freshness." + word
            : Domain.Writing.Words.All<Confidence>().Contains(word) ? "confidence." + word
            : Domain.Writing.Words.All<Testability>().Contains(word) ? "testability." + word
            : "signal." + word
        ];
}
