using System.Globalization;

namespace CommitmentsTracker.Oracle;

/// <summary>The tables of the design page, typed off as plain words.</summary>
public static class Rules
{
    private static readonly string[] CommitmentStages = ["announced", "formalised", "underway", "delivered"];

    private static readonly string[] ProposalStages =
    [
        "proposed",
        "endorsed",
        "taken_up",
        "in_negotiation",
        "adopted",
        "signed",
        "in_force",
        "implemented",
    ];

    private static readonly Dictionary<string, string> CommitmentTable = new()
    {
        ["announced"] = "formalised underway stalled delivered partly_delivered* not_delivered* withdrawn superseded",
        ["formalised"] = "underway stalled delivered partly_delivered* not_delivered* withdrawn superseded",
        ["underway"] = "stalled delivered partly_delivered* not_delivered* withdrawn superseded",
        ["stalled"] = "delivered partly_delivered* not_delivered* withdrawn superseded",
        ["partly_delivered"] = "underway delivered superseded reversed",
        ["not_delivered"] = "underway partly_delivered delivered superseded",
        ["delivered"] = "reversed",
        ["reversed"] = "underway superseded",
        ["withdrawn"] = "",
        ["superseded"] = "",
    };

    private static readonly Dictionary<string, string> ProposalTable = new()
    {
        ["proposed"] = "endorsed taken_up in_negotiation adopted stalled rejected withdrawn lapsed superseded",
        ["endorsed"] = "taken_up in_negotiation adopted stalled rejected withdrawn lapsed superseded",
        ["taken_up"] = "in_negotiation adopted stalled rejected withdrawn lapsed superseded",
        ["in_negotiation"] = "taken_up adopted stalled rejected withdrawn lapsed superseded",
        ["adopted"] = "signed in_force implemented stalled lapsed superseded",
        ["signed"] = "in_force stalled lapsed superseded",
        ["in_force"] = "implemented stalled ended superseded",
        ["implemented"] = "ended superseded",
        ["stalled"] = "rejected withdrawn lapsed superseded",
        ["lapsed"] = "taken_up",
        ["rejected"] = "",
        ["withdrawn"] = "",
        ["superseded"] = "",
        ["ended"] = "",
    };

    /// <summary>All statuses that a kind may have.</summary>
    public static IReadOnlyCollection<string> Statuses(string kind) => Table(kind).Keys;

    /// <summary>The stages of a kind, in rising order.</summary>
    public static IReadOnlyList<string> Stages(string kind) => kind == "commitment" ? CommitmentStages : ProposalStages;

    /// <summary>
    /// "no" if the step is not lawful, "ground" if it is lawful with a ground only, "yes" if it is lawful.
    /// </summary>
    /// <param name="kind">commitment, proposal or instrument.</param>
    /// <param name="from">Status before.</param>
    /// <param name="to">Status after.</param>
    /// <param name="stalledAt">From stalled: the last status before; null if unknown.</param>
    /// <param name="binding">Whether the item binds; null: not stated.</param>
    public static string Lawful(string kind, string from, string to, string? stalledAt, bool? binding)
    {
        if (from == "stalled")
        {
            var stages = Stages(kind).ToList();
            var at = stalledAt is null ? 0 : stages.IndexOf(stalledAt);
            if (at >= 0 && stages.IndexOf(to) >= at)
                return "yes";
        }

        if (from == "adopted" && to == "signed" && binding == false)
            return "no";
        if (from == "adopted" && to == "implemented" && binding == true)
            return "no";
        var row = Table(kind)[from].Split(' ');
        return row.Contains(to) ? "yes"
            : row.Contains(to + "*") ? "ground"
            : "no";
    }

    /// <summary>Last day of a partial date.</summary>
    public static DateOnly LastDay(string date)
    {
        var parts = date.Split('-').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        return parts.Length switch
        {
            3 => new DateOnly(parts[0], parts[1], parts[2]),
            2 => parts[1] == 12 ? new DateOnly(parts[0], 12, 31) : new DateOnly(parts[0], parts[1] + 1, 1).AddDays(-1),
            _ => new DateOnly(parts[0], 12, 31),
        };
    }

    private static Dictionary<string, string> Table(string kind) => kind == "commitment" ? CommitmentTable : ProposalTable;
}
