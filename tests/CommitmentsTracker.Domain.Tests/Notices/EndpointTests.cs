using CommitmentsTracker.Domain.Notices;
using Shouldly;
using Xunit;

namespace CommitmentsTracker.Domain.Tests.Notices;

/// <summary>When a notice is sent again, and what an endpoint's answers lead to.</summary>
public sealed class EndpointTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 24, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 75.5)]
    [InlineData(1, 91)]
    public void Ten_attempts_end_between_75_and_a_half_and_91_hours(double jitter, double hours)
    {
        var (attempts, at) = (1, TimeSpan.Zero);
        while (RetrySchedule.PauseAfter(attempts, jitter) is { } pause)
            (attempts, at) = (attempts + 1, at + pause);
        attempts.ShouldBe(10);
        at.TotalHours.ShouldBe(hours, 0.5);
        at.TotalHours.ShouldBeInRange(75.5, 91);
    }

    [Fact]
    public void Each_pause_is_the_stated_one_and_at_most_a_fifth_longer()
    {
        double[] seconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (var attempt = 1; attempt <= seconds.Length; attempt++)
        {
            RetrySchedule.PauseAfter(attempt, 0)!.Value.TotalSeconds.ShouldBe(seconds[attempt - 1]);
            RetrySchedule.PauseAfter(attempt, 1)!.Value.TotalSeconds.ShouldBe(seconds[attempt - 1] * 1.2, 0.001);
        }
    }

    [Fact]
    public void A_receiver_may_ask_for_a_longer_pause_of_at_most_a_day_and_for_no_shorter_one()
    {
        RetrySchedule.PauseAfter(1, 0, TimeSpan.FromSeconds(120)).ShouldBe(TimeSpan.FromSeconds(120));
        RetrySchedule.PauseAfter(2, 0, TimeSpan.FromSeconds(120)).ShouldBe(TimeSpan.FromMinutes(5));
        RetrySchedule.PauseAfter(1, 0, TimeSpan.FromDays(30)).ShouldBe(TimeSpan.FromHours(24));
        RetrySchedule.PauseAfter(1, 0, TimeSpan.FromSeconds(-5)).ShouldBe(TimeSpan.FromSeconds(5));
        RetrySchedule.PauseAfter(10, 0, TimeSpan.FromSeconds(120)).ShouldBeNull();
    }

    [Fact]
    public void After_five_failures_in_a_row_probes_follow_at_growing_pauses_up_to_an_hour()
    {
        var (health, now) = (EndpointHealth.Good, Start);
        for (var n = 0; n < 4; n++)
            health = Failed(health, now = now.AddSeconds(1));
        health.ProbeAt.ShouldBeNull();
        health = Failed(health, now);
        var pauses = new List<double>();
        for (var n = 0; n < 10; n++)
        {
            pauses.Add((health.ProbeAt!.Value - now).TotalMinutes);
            health = Failed(health, now = health.ProbeAt.Value);
        }

        pauses.ShouldBe([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
        health.Succeeded().ShouldBe(EndpointHealth.Good);
    }

    [Fact]
    public void What_was_on_its_way_when_the_others_failed_is_no_probe()
    {
        var health = EndpointHealth.Good;
        for (var n = 0; n < 5; n++)
            health = Failed(health, Start);
        var probe = health.ProbeAt;
        for (var n = 0; n < 3; n++)
            health = health.Failed(Start, Start.AddSeconds(15), true, false);
        (health.ProbeAt, health.FailuresInRow).ShouldBe((probe, 5));
    }

    [Fact]
    public void Too_much_halves_the_slots_and_successes_restore_them()
    {
        var health = EndpointHealth.Good.Failed(Start, Start, true, true);
        health.Slots.ShouldBe(2);
        health = health.Failed(Start, Start, true, true).Failed(Start, Start, true, true);
        health.Slots.ShouldBe(1);
        health.Failed(Start, Start, true, false).Slots.ShouldBe(1);
        health = health.Succeeded();
        health.Slots.ShouldBe(2);
        health.Succeeded().ShouldBe(EndpointHealth.Good);
    }

    [Fact]
    public void It_is_given_up_after_five_days_and_ten_failed_deliveries_and_not_before_both()
    {
        var health = EndpointHealth.Good;
        for (var n = 0; n < 9; n++)
            health = Failed(health, Start.AddMinutes(n));
        health.IsGivenUp(Start.AddDays(30)).ShouldBeFalse("nine deliveries");
        health = health.Failed(Start.AddHours(2), Start.AddHours(2), false, false);
        health.IsGivenUp(Start.AddDays(30)).ShouldBeFalse("the same delivery again");
        health = Failed(health, Start.AddHours(3));
        health.IsGivenUp(Start.AddDays(5).AddSeconds(-1)).ShouldBeFalse("not yet five days");
        health.IsGivenUp(Start.AddDays(5)).ShouldBeTrue();
        Failed(health.Succeeded(), Start.AddDays(5)).IsGivenUp(Start.AddDays(9)).ShouldBeFalse("a success in between");
    }

    [Fact]
    public void Its_owner_is_warned_after_six_hours_and_once_a_day()
    {
        var health = Failed(EndpointHealth.Good, Start);
        health.IsWarningDue(Start.AddHours(6).AddSeconds(-1)).ShouldBeFalse();
        health.IsWarningDue(Start.AddHours(6)).ShouldBeTrue();
        health = health with { WarnedAt = Start.AddHours(6) };
        health.IsWarningDue(Start.AddHours(29)).ShouldBeFalse();
        health.IsWarningDue(Start.AddHours(30)).ShouldBeTrue();
        EndpointHealth.Good.IsWarningDue(Start).ShouldBeFalse();
    }

    private static EndpointHealth Failed(EndpointHealth health, DateTimeOffset at) => health.Failed(at, at, true, false);
}
