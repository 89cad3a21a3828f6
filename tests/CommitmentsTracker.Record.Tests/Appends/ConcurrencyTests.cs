using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Appends;

/// <summary>Several writers on one item.</summary>
[Collection(nameof(SharedDesk))]
public sealed class ConcurrencyTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task Two_writers_without_If_Match_both_succeed()
    {
        for (var round = 0; round < 5; round++)
        {
            var slug = await Tracker.Ann.RecordAsync();
            var answers = await Task.WhenAll(
                Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01")),
                Tracker.Bo.PostAsync($"items/{slug}/updates", Harbour.Update("milestone", "2025-04-01"))
            );
            foreach (var answer in answers)
                answer.Should(201);
            var item = (await Tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Json;
            ((int)item["version"]!, item["updates"]!.AsArray().Count).ShouldBe((4, 3));
            item["updates"]!.AsArray().Skip(1).Select(u => (int)u!["order"]!).ShouldBe([1, 2]);
            item["updates"]!.AsArray().Select(u => (string)u!["recordedAt"]!).Distinct().Count().ShouldBe(3);
        }
    }

    [Fact]
    public async Task Of_two_writers_with_the_same_If_Match_one_is_told_that_it_is_stale()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var tag = (await Tracker.Anyone.GetAsync($"items/{slug}")).ETag!;
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(i => Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01"), ("If-Match", tag)))
        );
        answers.Select(a => a.Status).Order().ShouldBe([201, 412, 412, 412, 412, 412]);
        answers.Where(a => a.Status == 412).ShouldAllBe(a => (int)a.Json["current"]!["version"]! == 3);
    }

    [Fact]
    public async Task Only_one_step_waits_however_many_come_at_once()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var answers = await Task.WhenAll(
            Enumerable.Range(1, 4).Select(i => Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Step("delivered", $"2025-05-0{i}")))
        );
        answers.Select(a => a.Status).Order().ShouldBe([201, 409, 409, 409]);
        ((int)(await Tracker.Anyone.GetAsync($"items/{slug}")).Json["awaitingConfirmation"]!).ShouldBe(1);
    }

    [Fact]
    public async Task A_step_is_confirmed_once_however_many_confirm_it_at_once()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var id = await Tracker.Ann.LogAsync(slug, Harbour.Step("delivered", "2025-05-01"));
        var answers = await Task.WhenAll(
            new[] { Tracker.Bo, Tracker.Ada, Tracker.Bo }.Select(p =>
                p.PostAsync($"items/{slug}/updates/{id}/confirmation", new { decision = "confirm" })
            )
        );
        answers.Select(a => a.Status).Order().ShouldBe([201, 409, 409]);
    }
}
