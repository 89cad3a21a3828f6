using CommitmentsTracker.Record.Appends;
using CommitmentsTracker.Server.Api;
using CommitmentsTracker.Testing.Forums;
using Npgsql;

namespace CommitmentsTracker.Server.Tests.Api;

/// <summary>A write with an Idempotency-Key happens once.</summary>
[Collection(nameof(SharedDesk))]
public sealed class IdempotencyTests(SharedDesk desk)
{
    private Tracker Tracker => desk.Tracker;

    [Fact]
    public async Task A_repeat_gives_the_first_answer_byte_for_byte()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var (key, body) = (("Idempotency-Key", "k1-" + slug), Harbour.Update("progress", "2025-04-01"));
        var first = (await Tracker.Ann.PostAsync($"items/{slug}/updates", body, key)).Should(201);
        await Tracker.Bo.LogAsync(slug, Harbour.Step("underway", "2025-05-01"));
        Tracker.Time.Advance(TimeSpan.FromDays(6));
        var again = (await Tracker.Ann.PostAsync($"items/{slug}/updates", body, key)).Should(201);
        (again.Body, again.Location, again.ETag).ShouldBe((first.Body, first.Location, first.ETag));
        (await EventsAsync(slug)).ShouldBe(4);
    }

    [Fact]
    public async Task A_new_item_is_recorded_once_too()
    {
        var slug = Harbour.NewSlug();
        var first = (await Tracker.Ann.PostAsync("items", Harbour.Item(slug), ("Idempotency-Key", slug))).Should(201);
        (await Tracker.Ann.PostAsync("items", Harbour.Item(slug), ("Idempotency-Key", slug))).Should(201).Body.ShouldBe(first.Body);
        (await Tracker.Ann.PostAsync("items", Harbour.Item(slug))).ShouldRefuse(409, "duplicate-slug", "slug");
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_refused()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var key = ("Idempotency-Key", "k2-" + slug);
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-01"), key)).Should(201);
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Update("progress", "2025-04-02"), key)).ShouldRefuse(
            422,
            "idempotency-key-reused",
            "Idempotency-Key"
        );
        (await EventsAsync(slug)).ShouldBe(3);
    }

    [Fact]
    public async Task A_key_belongs_to_one_person_and_one_route()
    {
        var (slug, other) = (await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync());
        var (key, body) = (("Idempotency-Key", "k3-" + slug), Harbour.Update("progress", "2025-04-01"));
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", body, key)).Should(201);
        (await Tracker.Bo.PostAsync($"items/{slug}/updates", body, key)).Should(201);
        (await Tracker.Ann.PostAsync($"items/{other}/updates", body, key)).Should(201);
        (await EventsAsync(slug)).ShouldBe(4);
        (await EventsAsync(other)).ShouldBe(3);
    }

    [Fact]
    public async Task Keys_are_deleted_once_they_are_forgotten_and_no_earlier()
    {
        var slug = await Tracker.Ann.RecordAsync();
        (
            await Tracker.Ann.PostAsync(
                $"items/{slug}/updates",
                Harbour.Update("progress", "2025-04-01"),
                ("Idempotency-Key", "k5-" + slug)
            )
        ).Should(201);
        Tracker.Time.Advance(Idempotency.Remembered - TimeSpan.FromMinutes(1));
        await ForgetAsync();
        (await Tracker.AskAsync<long>($"select count(*) from idempotency_keys where key = 'k5-{slug}'")).ShouldBe(1);
        Tracker.Time.Advance(TimeSpan.FromMinutes(2));
        await ForgetAsync();
        (await Tracker.AskAsync<long>($"select count(*) from idempotency_keys where key = 'k5-{slug}'")).ShouldBe(0);

        Task ForgetAsync() =>
            ForgetIdempotencyKeysHandler.Handle(
                new ForgetIdempotencyKeys(),
                Tracker.Get<NpgsqlDataSource>(),
                Tracker.Time,
                TestContext.Current.CancellationToken
            );
    }

    [Fact]
    public async Task A_refused_write_leaves_its_key_free()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var key = ("Idempotency-Key", "k4-" + slug);
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Step("reversed", "2025-04-01"), key)).Should(422);
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", Harbour.Step("underway", "2025-04-01"), key)).Should(201);
    }

    [Fact]
    public async Task After_seven_days_a_key_is_new_again()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var (key, body) = (("Idempotency-Key", "k5-" + slug), Harbour.Update("progress", "2025-04-01"));
        var first = (await Tracker.Ann.PostAsync($"items/{slug}/updates", body, key)).Should(201);
        Tracker.Time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromSeconds(1));
        var later = (await Tracker.Ann.PostAsync($"items/{slug}/updates", body, key)).Should(201);
        later.Id.ShouldNotBe(first.Id);
        (await Tracker.Ann.PostAsync($"items/{slug}/updates", body, key)).Should(201).Body.ShouldBe(later.Body);
    }

    [Fact]
    public async Task The_same_key_many_times_at_once_makes_one_event()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(_ =>
                    Tracker.Ann.PostAsync(
                        $"items/{slug}/updates",
                        Harbour.Update("progress", "2025-04-01"),
                        ("Idempotency-Key", "k6-" + slug)
                    )
                )
        );
        answers.ShouldAllBe(a => a.Status == 201);
        answers.Select(a => a.Body).Distinct().Count().ShouldBe(1);
        (await EventsAsync(slug)).ShouldBe(3);
    }

    [Fact]
    public async Task A_repeat_at_the_same_moment_is_not_taken_for_a_second_step_that_waits_nor_for_a_stale_one()
    {
        var slug = await Tracker.Ann.RecordAsync();
        var tag = (await Tracker.Anyone.GetAsync($"items/{slug}")).ETag!;
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(_ =>
                    Tracker.Ann.PostAsync(
                        $"items/{slug}/updates",
                        Harbour.Step("delivered", "2025-05-01"),
                        ("Idempotency-Key", "k7-" + slug),
                        ("If-Match", tag)
                    )
                )
        );
        answers.Select(a => a.Status).Distinct().ShouldBe([201]);
        answers.Select(a => a.Body).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task The_same_new_item_many_times_at_once_is_recorded_once()
    {
        var slug = Harbour.NewSlug();
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => Tracker.Ann.PostAsync("items", Harbour.Item(slug), ("Idempotency-Key", slug)))
        );
        answers.ShouldAllBe(a => a.Status == 201);
        answers.Select(a => a.Body).Distinct().Count().ShouldBe(1);
        var keyless = Harbour.NewSlug();
        (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Tracker.Ann.PostAsync("items", Harbour.Item(keyless)))))
            .Select(a => a.Status)
            .Order()
            .ShouldBe([201, .. Enumerable.Repeat(409, 7)]);
    }

    private Task<long> EventsAsync(string slug) =>
        Tracker.AskAsync<long>($"select count(*) from mt_events e join items i on i.item_id = e.stream_id where i.slug = '{slug}'");
}
