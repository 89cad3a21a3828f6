using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Record.Workers;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Workers;

/// <summary>Rows that mails are made of.</summary>
public sealed partial class PoisonRowTests
{
    [Fact]
    public async Task A_change_that_cannot_be_read_when_it_is_mailed_leaves_the_mail_and_is_mailed_later_by_itself()
    {
        await _desk.Mailed.SubscribeAsync(Reader, frequency: "daily");
        var (first, second) = (await Tracker.Ann.RecordAsync(), await Tracker.Ann.RecordAsync());
        await _desk.Mailed.ToldAsync();
        var no = await Tracker.AskAsync<long>("select min(change_no) from deliveries");
        var status = await Tracker.AskAsync<string>($"select change #>> '{{after,status}}' from changes where change_no = {no}");
        await _desk.RunAsync(
            $$"""update changes set change = jsonb_set(change, '{after,status}', '"reopened"') where change_no = {{no}}"""
        );
        await _desk.Mailed.PassAsync(TimeSpan.FromDays(1));
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == 2), "the digest");
        _desk.Mailed.Mails.All.Last(m => m.To == Reader).Text.ShouldContain(second);
        await _desk.AsideAsync("changes", $"{no}");
        await _desk.RunAsync(
            $$"""update changes set change = jsonb_set(change, '{after,status}', '"{{status}}"') where change_no = {{no}}"""
        );
        await _desk.ReadAgainAsync("changes", $"{no}");
        await _desk.SoonAsync(() => Task.FromResult(Mails(Reader) == 3), "the change by itself");
        await QuietAsync();
        _desk.Mailed.Mails.All.Count(m => m.To == Reader && m.Text.Contains(first, StringComparison.Ordinal)).ShouldBe(1);
        _desk.Mailed.Mails.All.Count(m => m.To == Reader && m.Text.Contains(second, StringComparison.Ordinal)).ShouldBe(1);
    }
}
