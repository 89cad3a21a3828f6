using System.Collections.Concurrent;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Decisions;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Updates;
using CsCheck;
using Shouldly;
using Xunit;
using static CommitmentsTracker.Domain.Tests.Laws.Law;

namespace CommitmentsTracker.Domain.Tests.Laws;

/// <summary>
/// Laws that hold for every history. A failing law prints a seed and the shortest history found; set the environment
/// variable <c>CsCheck_Seed</c> to the seed to see it again.
/// </summary>
public class LawTests(ITestOutputHelper output)
{
    [Fact]
    public void The_generator_covers_what_matters()
    {
        const int many = 2_000;
        var seen = new ConcurrentDictionary<string, int>();
        Script.Any.Sample(
            script =>
            {
                foreach (var feature in Coverage.Of(History.Play(script)))
                    seen.AddOrUpdate(feature, 1, (_, n) => n + 1);
            },
            iter: many
        );
        foreach (var (feature, n) in seen.OrderBy(p => p.Value))
            output.WriteLine($"{100.0 * n / many, 5:F1} % of histories hold {feature}");
        Coverage.Required.Where(f => seen.GetValueOrDefault(f) < many * 15 / 100).ShouldBeEmpty();
    }

    [Fact]
    public void What_is_recorded_after_K_changes_nothing_known_at_K() =>
        Holds(
            history =>
            {
                var events = history.Events;
                foreach (var k in events.Select(e => e.RecordedAt).Distinct())
                {
                    var then = Item.From(events.Where(e => e.RecordedAt <= k))!;
                    var since = Item.KnownAt(events, k)!;
                    if (Said(then, Ever) != Said(since, Ever))
                        return $"K={k:O}: {Said(then, Ever)} became {Said(since, Ever)}";
                    foreach (var day in history.Borders())
                        if (!Equals(then.StandingOn(day), since.StandingOn(day)) || then.Retracted != since.Retracted)
                            return $"K={k:O} D={day}: {then.StandingOn(day)} became {since.StandingOn(day)}";
                }

                return null;
            },
            Histories / 2
        );

    [Fact]
    public void The_recording_order_of_the_same_facts_does_not_matter()
    {
        var compared = 0;
        Holds(history =>
        {
            // The facts that count in the end, each with an order of its own.
            var item = history.Item;
            var facts = item
                .Updates.Skip(1)
                .Where(u => u.IsCounted)
                .OrderBy(u => u.Key)
                .Select((u, i) => (u.Id, u.Position, Fields: u.Fields with { Order = i + 2 }))
                .OrderBy(f => f.Position)
                .Select(f => (f.Id, f.Fields))
                .ToList();
            var first = item.Updates[0].Fields with { Order = 1 };
            var (one, accepted) = Record(history, first, facts, mayRefuse: true);
            facts = facts.FindAll(f => accepted.Contains(f.Id));
            if (facts.Count < 2)
                return null;

            for (var turn = 1; turn <= 4; turn++)
            {
                var other = facts.ToList();
                for (var i = 0; i < other.Count; i++)
                {
                    var j = (i + history.Script.Wishes[(i * turn) % history.Script.Wishes.Length].A) % other.Count;
                    (other[i], other[j]) = (other[j], other[i]);
                }

                var (two, all) = Record(history, first, other, mayRefuse: false);
                if (two is null)
                    continue;
                Interlocked.Increment(ref compared);
                foreach (var day in history.Borders())
                    if (Facts(one!.StandingOn(day)) != Facts(two.StandingOn(day)))
                        return $"D={day}: {string.Join(",", facts.Select(f => f.Id))} gives {Facts(one!.StandingOn(day))}, "
                            + $"{string.Join(",", other.Select(f => f.Id))} gives {Facts(two.StandingOn(day))}";
            }

            return null;
        });
        output.WriteLine($"{compared} recording orders compared");
        compared.ShouldBeGreaterThan(Histories / 2);
    }

    [Fact]
    public void A_retracted_update_is_as_if_never_logged_from_the_retraction_on_and_not_before()
    {
        var compared = 0;
        Holds(history =>
        {
            var events = history.Events;
            for (var i = 0; i < events.Count; i++)
            {
                var retracted = events[i] switch
                {
                    CorrectionMade { Kind: CorrectionKind.Retract, NeedsConfirmation: false } m => m.UpdateId,
                    CorrectionConfirmed c
                        when Item.From(events.Take(i + 1))!.UpdateOfCorrection(c.CorrectionId) is { IsRetracted: true } u => u.Id,
                    _ => null,
                };
                if (retracted is null)
                    continue;
                var before = Item.From(events.Take(i))!;
                var after = Item.From(events.Take(i + 1))!;
                var never = Item.From(Without(retracted, events.Take(i + 1)))!;
                Interlocked.Increment(ref compared);
                foreach (var day in history.Borders())
                {
                    if (!Equals(after.StandingOn(day), never.StandingOn(day)))
                        return $"after {events[i]}: D={day}: {after.StandingOn(day)}, never logged: {never.StandingOn(day)}";
                }

                if (!before.Update(retracted)!.IsGone && !ItemState.Of(before, Ever).State!.Updates.Any(u => u.Id == retracted))
                    return $"{retracted} was gone before it was retracted";
            }

            return null;
        });
        output.WriteLine($"{compared} retractions compared");
        compared.ShouldBeGreaterThan(Histories / 4);
    }

    [Fact]
    public void A_redated_update_equals_one_logged_right()
    {
        var compared = 0;
        Holds(history =>
        {
            var item = history.Item;
            foreach (
                var update in item.Updates.Where(u =>
                    u.Corrections.Exists(c => c.IsEffective)
                    && u.Corrections.All(c => c.Made.Kind == CorrectionKind.Redate && c.IsEffective)
                )
            )
            {
                var right = new List<ItemEvent>();
                foreach (var e in history.Events)
                    switch (e)
                    {
                        case UpdateLogged logged when logged.Id == update.Id:
                            right.Add(
                                logged with
                                {
                                    Fields = update.Fields with
                                    {
                                        Evidence = [.. update.Fields.Evidence, .. update.Corrections.SelectMany(c => c.Made.Evidence)],
                                    },
                                }
                            );
                            break;
                        case CorrectionMade made when made.UpdateId == update.Id:
                        case CorrectionConfirmed confirmed when update.Corrections.Exists(c => c.Id == confirmed.CorrectionId):
                            break;
                        default:
                            right.Add(e);
                            break;
                    }

                Interlocked.Increment(ref compared);
                var loggedRight = Item.From(right)!;
                foreach (var day in history.Borders())
                    if (!Equals(item.StandingOn(day), loggedRight.StandingOn(day)))
                        return $"{update.Id} D={day}: {item.StandingOn(day)}, logged right: {loggedRight.StandingOn(day)}";
            }

            return null;
        });
        output.WriteLine($"{compared} re-dates compared");
        compared.ShouldBeGreaterThan(Histories / 10);
    }

    [Fact]
    public void A_later_day_includes_all_that_an_earlier_day_includes() =>
        Holds(history =>
        {
            string[] seen = [];
            foreach (var day in history.Borders())
            {
                if (ItemState.Of(history.Item, day).State is not { } state)
                    continue;
                var live = state.Updates.Select(u => u.Id).ToArray();
                if (!live.Take(seen.Length).SequenceEqual(seen))
                    return $"D={day}: [{string.Join(",", live)}] does not start with [{string.Join(",", seen)}]";
                seen = live;
            }

            return null;
        });

    [Fact]
    public void No_step_is_accepted_that_is_unlawful_and_none_refused_that_is_lawful()
    {
        int accepted = 0,
            refused = 0;
        Holds(history =>
        {
            foreach (var attempt in history.Attempts)
            {
                var before = history.Events.Take(attempt.Before).ToList();
                if (attempt.Decision.IsAccepted)
                {
                    var (e, id) = attempt.Decision.Events[^1] switch
                    {
                        UpdateLogged { Fields.Type: UpdateType.Status } l when attempt.Before > 0 => (
                            l with
                            {
                                NeedsConfirmation = false,
                            },
                            l.Id
                        ),
                        UpdateConfirmed c => (c, c.UpdateId),
                        CorrectionMade { Kind: CorrectionKind.Replace } m when ChangesTheStep(before, m) => (
                            m with
                            {
                                NeedsConfirmation = false,
                            },
                            m.UpdateId
                        ),
                        CorrectionConfirmed c when Made(before, c) is { Kind: CorrectionKind.Replace } m && ChangesTheStep(before, m) => (
                            c,
                            m.UpdateId
                        ),
                        _ => ((ItemEvent?)null, ""),
                    };
                    if (e is null)
                        continue;
                    Interlocked.Increment(ref accepted);
                    if (Flags(Counted(before, e, id)).Contains(id))
                        return $"accepted although unlawful: {attempt.Command}";
                }
                else if (attempt.Decision.Refusals is [{ Kind: RefusalKind.Unlawful, Rule: "lifecycle" or "ground" } refusal])
                {
                    var (e, id) = attempt.Subject switch
                    {
                        LogUpdate l => ((ItemEvent)new UpdateLogged(l.Id, l.Fields) { RecordedAt = attempt.At }, l.Id),
                        CorrectUpdate c => (
                            new CorrectionMade(c.Id, c.UpdateId, c.Kind, c.NewValues, c.Reason, c.Evidence) { RecordedAt = attempt.At },
                            c.UpdateId
                        ),
                        _ => ((ItemEvent?)null, ""),
                    };
                    if (e is null)
                        continue;
                    Interlocked.Increment(ref refused);
                    if (!Flags(Counted(before, e, id), orderGiven: attempt.Command.OrderGiven).Contains(id))
                        return $"refused although lawful: {attempt.Command} ({refusal})";
                }
            }

            return null;
        });
        output.WriteLine($"{accepted} accepted and {refused} refused steps judged again");
        accepted.ShouldBeGreaterThan(Histories);
        refused.ShouldBeGreaterThan(Histories);

        // What mends a waiting step is judged as if the step counted already.
        static List<ItemEvent> Counted(List<ItemEvent> before, ItemEvent e, string id) =>
            e is CorrectionMade && Item.From(before)!.Update(id) is { IsPending: true }
                ? [.. before, e, new UpdateConfirmed(id) { RecordedAt = e.RecordedAt }]
                : [.. before, e];
    }

    [Fact]
    public void Domain_and_oracle_agree_at_every_D_and_K() =>
        Gen.Select(Script.Any, Gen.Int[0, 999].Array[20])
            .Sample(
                (script, picks) =>
                {
                    var history = History.Play(script);
                    var oracle = Mirror.Of(history.Story);
                    var days = history.Borders().ToList();
                    var times = history
                        .Events.Select(e => e.RecordedAt)
                        .Distinct()
                        .SelectMany(k => new DateTimeOffset?[] { k, k - Instants.Microsecond })
                        .Append(null)
                        .ToList();
                    foreach (var pick in picks)
                        if (Mirror.Disagreement(oracle, history.Events, days[pick % days.Count], times[pick / 3 % times.Count]) is { } text)
                            throw new ShouldAssertException(text);
                    if (Mirror.Disagreement(oracle, history.Events, Ever, null) is { } now)
                        throw new ShouldAssertException(now);
                },
                iter: Histories * 2,
                print: p => History.Play(p.Item1).ToString()
            );

    [Fact]
    public void State_answers_for_every_day_every_instant_and_every_beginning_of_a_history()
    {
        DateOnly[] days = [DateOnly.MinValue, new(2024, 7, 3), new(2024, 7, 4), new(2024, 12, 31), Ever, DateOnly.MaxValue];
        DateTimeOffset?[] times = [null, DateTimeOffset.MinValue, Story.Instant("2024-07-10"), DateTimeOffset.MaxValue];
        Holds(history =>
        {
            for (var n = 0; n <= history.Events.Count; n++)
            {
                var prefix = history.Events.Take(n).ToList();
                foreach (var day in days)
                foreach (var k in times)
                {
                    var (state, absence, _) = ItemState.Of(prefix, day, k, day);
                    if (state is null == absence is null)
                        return $"neither state nor reason, or both: D={day} K={k}";
                    if (state is { Time: var time, Freshness: var fresh } && !(Enum.IsDefined(time) && Enum.IsDefined(fresh)))
                        return $"D={day} K={k}";
                }

                Item.From(prefix)?.Spans();
            }

            return null;
        });
    }

    [Fact]
    public void Spans_say_for_every_day_what_the_day_itself_says() =>
        Holds(
            history =>
            {
                for (var n = 1; n <= history.Events.Count; n++)
                {
                    var item = Item.From(history.Events.Take(n))!;
                    var spans = item.Spans();
                    foreach (var day in history.Borders())
                    {
                        var holding = spans.Where(s => s.From <= day && (s.To is null || day < s.To)).ToList();
                        if (holding.Count > 1)
                            return $"{n} events: {holding.Count} spans hold on {day}";
                        if (!Equals(holding.SingleOrDefault()?.Standing, item.StandingOn(day)))
                            return $"{n} events: on {day} the span says {holding.SingleOrDefault()}, the day {item.StandingOn(day)}";
                    }

                    if (spans.Length > 0 && spans[^1].To is not null)
                        return "the last span has ended";
                    if (
                        spans
                            .Zip(spans.Skip(1))
                            .Any(p => p.First.To != p.Second.From || p.First.From >= p.First.To || p.First.Standing == p.Second.Standing)
                    )
                        return "spans leave a gap, overlap or repeat";
                }

                return null;
            },
            Histories / 2
        );

    [Fact]
    public void Every_event_survives_its_JSON() =>
        Holds(history =>
        {
            var read = new List<ItemEvent>();
            foreach (var e in history.Events)
            {
                var json = JsonSerializer.Serialize(e, e.GetType(), Mirror.Json);
                var back = (ItemEvent)JsonSerializer.Deserialize(json, e.GetType(), Mirror.Json)!;
                if (JsonSerializer.Serialize(back, e.GetType(), Mirror.Json) != json)
                    return json;
                read.Add(back);
            }

            var item = history.Item;
            var again = Item.From(read)!;
            foreach (var day in history.Borders())
            {
                if (Said(item, day) != Said(again, day))
                    return $"D={day} differs after JSON";
            }

            return null;
        });
}
