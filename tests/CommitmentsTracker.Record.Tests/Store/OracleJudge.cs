using System.Globalization;
using CommitmentsTracker.Oracle;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>Holds answers against the oracles of all forums of a tracker.</summary>
/// <param name="forums">One for each forum.</param>
public sealed class OracleJudge(IReadOnlyList<OracleForum> forums)
{
    /// <summary>How the answer differs from what the oracle says; null: it does not.</summary>
    public string? Disagreement(KeptAnswer answer) =>
        answer.Kind switch
        {
            AskedOf.Item => OfItem(answer),
            _ when answer.Status != 200 => $"it expects an answer, not {answer.Status}",
            AskedOf.List => OfList(answer),
            AskedOf.Summary => OfSummary(answer),
            AskedOf.Timeline => OfTimeline(answer),
            AskedOf.History => OfHistory(answer),
            _ => throw new ArgumentOutOfRangeException(nameof(answer), answer.Kind, "It cannot judge this."),
        };

    private string? OfItem(KeptAnswer answer)
    {
        var forum = forums.Single(f => f.Items.ContainsKey(answer.Slug!));
        var said = forum.Ask(answer.Slug!, answer.AsOf, answer.KnownAt);
        var query = answer.Path[answer.Path.IndexOf('?', StringComparison.Ordinal)..];
        var expected = said.Absent switch
        {
            null => $"200 {BothClocks.Describe(said)}; updates {string.Join(",", said.Live)}; {said.Details!["title"]!["en"]}",
            "not_yet_recorded" => "404 not-yet-recorded",
            "no_status_yet" => "404 no-status-yet",
            "retracted" => "410 item-retracted",
            _ => $"307 /api/v1/items/{said.MergedInto}{query}",
        };
        var told = answer.Status switch
        {
            200 => $"200 {BothClocks.DescribeItem(answer.Body!)}; updates "
                + $"{string.Join(",", answer.Body!["updates"]!.AsArray().Select(u => (string)u!["id"]!))}; {answer.Body["title"]!["en"]}",
            307 => $"307 {answer.Location}",
            _ => $"{answer.Status} {(string?)answer.Body?["rule"]}",
        };
        return Compare(expected, told);
    }

    private string? OfList(KeptAnswer answer)
    {
        var expected = Present(answer).Where(a => Matches(a, answer)).ToDictionary(a => a.Slug, BothClocks.Describe);
        var rows = answer.Body?["items"]?.AsArray().ToDictionary(r => (string)r!["slug"]!, r => BothClocks.Describe(r!)) ?? [];
        if (Compare($"{expected.Count} in all", $"{answer.Body?["total"]} in all") is { } count)
            return count;
        if (
            Compare(
                $"{Math.Min(expected.Count, int.Parse(answer.Parameter("limit")!, CultureInfo.InvariantCulture))} rows",
                $"{rows.Count} rows"
            ) is
            { } length
        )
            return length;
        return rows.Select(r => Compare(expected.GetValueOrDefault(r.Key) ?? "not in the list", r.Value))
            .FirstOrDefault(d => d is not null);
    }

    private static bool Matches(OracleAnswer item, KeptAnswer asked)
    {
        var (kinds, themes, signals) = (asked.Parameters("kind"), asked.Parameters("theme"), asked.Parameters("signal"));
        return (kinds.Count == 0 || kinds.Contains(item.Kind))
            && (themes.Count == 0 || item.Details!["themes"]!.AsArray().Any(t => themes.Contains((string)t!)))
            && (
                signals.Count == 0
                || signals.Contains(item.Time!)
                || signals.Contains(item.Freshness!)
                || signals.Contains(item.Confidence!)
            );
    }

    private string? OfSummary(KeptAnswer answer)
    {
        var items = Present(answer).ToList();
        var body = answer.Body!;
        (string Member, Func<OracleAnswer, string> Word)[] signals =
        [
            ("time", a => a.Time!),
            ("freshness", a => a.Freshness!),
            ("confidence", a => a.Confidence!),
        ];
        return Compare($"{items.Count} in all", $"{body["total"]} in all")
            ?? Compare(Statuses(items), Statuses(body["statuses"]!))
            ?? signals
                .SelectMany(s => body[s.Member]!.AsObject().Select(c => (s.Word, c.Key, Told: $"{c.Key} {c.Value}")))
                .Select(c => Compare($"{c.Key} {items.Count(i => c.Word(i) == c.Key)}", c.Told))
                .FirstOrDefault(d => d is not null)
            ?? Compare($"{items.Count(i => i.Awaiting > 0)} awaiting", $"{body["awaiting"]} awaiting")
            ?? Compare($"{items.Count(i => i.Flags.Count > 0)} flagged", $"{body["flagged"]} flagged");
    }

    private string? OfTimeline(KeptAnswer answer) =>
        answer.Body!["points"]!
            .AsArray()
            .Select(p => (Day: (string)p!["day"]!, Told: Statuses(p["statuses"]!)))
            .Select(p => Compare($"{p.Day}: {Statuses(Present(answer, KeptAnswer.Day(p.Day)))}", $"{p.Day}: {p.Told}"))
            .FirstOrDefault(d => d is not null);

    /// <summary>
    /// Each event with the status before and after it on its day. Translations are left out, of which the oracle's files say
    /// nothing; an update or correction of an archive that came confirmed is one row of them and two events.
    /// </summary>
    private string? OfHistory(KeptAnswer answer)
    {
        var slug = (string)answer.Body!["slug"]!;
        var rows = forums.Single(f => f.Items.ContainsKey(slug)).Items[slug].Rows;
        var expected = rows.Where(r => r.RecordedAt <= answer.KnownAt)
            .Select((r, n) => new Told(r.RecordedAt, StatusAfter(n, r), StatusAfter(n + 1, r), IsLate(r, rows[0])));
        var told = new List<Told>();
        foreach (var e in answer.Body["events"]!.AsArray())
        {
            var type = (string)e!["type"]!;
            var row = new Told(
                DateTimeOffset.Parse((string)e["recordedAt"]!, CultureInfo.InvariantCulture),
                (string?)e["statusBefore"],
                (string?)e["statusAfter"],
                (bool)e["late"]!
            );
            if (type is "update_confirmed" or "correction_confirmed" && told.Count > 0 && told[^1].RecordedAt == row.RecordedAt)
                told[^1] = told[^1] with { After = row.After };
            else if (type != "translation_added")
                told.Add(row);
        }

        return Compare(string.Join("; ", expected), string.Join("; ", told));

        string? StatusAfter(int count, OracleRow of) =>
            count == 0 ? null : new OracleItem(slug, rows.Take(count)).Ask(DateOnly.FromDateTime(of.RecordedAt.UtcDateTime), null).Status;
    }

    /// <summary>True if it tells something over 60 days after its period ended, and after the item was first recorded.</summary>
    private static bool IsLate(OracleRow row, OracleRow first) =>
        row.Kind == "update"
        && row.RecordedAt > first.RecordedAt
        && DateOnly.FromDateTime(row.RecordedAt.UtcDateTime).DayNumber - Rules.LastDay((string)row.Data["occurredOn"]!).DayNumber > 60;

    private IEnumerable<OracleAnswer> Present(KeptAnswer answer, DateOnly? day = null) =>
        forums
            .Where(f => answer.Parameter("forum") is not { } only || f.Slug == only)
            .SelectMany(f => f.Portfolio(day ?? answer.AsOf, answer.KnownAt).Items.Values);

    private static string Statuses(IEnumerable<OracleAnswer> items) =>
        Joined(items.GroupBy(i => (i.Kind, i.Status)).Select(g => $"{g.Key.Kind} {g.Key.Status} {g.Count()}"));

    private static string Statuses(JsonNode counts) =>
        Joined(counts.AsArray().Where(s => (int)s!["items"]! > 0).Select(s => $"{s!["kind"]} {s["status"]} {s["items"]}"));

    private static string Joined(IEnumerable<string> counts) => string.Join(", ", counts.Order(StringComparer.Ordinal));

    private static string? Compare(string expected, string told)
    {
        return expected == told ? null : $"expected «{expected}», answered «{told}»";
    }

    /// <summary>An event as a history tells it.</summary>
    private sealed record Told(DateTimeOffset RecordedAt, string? Before, string? After, bool Late);
}
