using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Testing.Mail;
using CommitmentsTracker.Testing.Webhooks;
using Npgsql;

namespace CommitmentsTracker.Record.Tests.Workers;

/// <summary>A tracker with mails and webhooks whose rows are spoiled by hand, and the operator who looks after it.</summary>
public sealed partial class PoisonDesk : IAsyncDisposable
{
    private readonly List<Receiver> _receivers = [];
    private readonly string _ada;
    private Browser _operator;

    private PoisonDesk(MailedTracker mailed, string ada, Browser browser) => (Mailed, _ada, _operator) = (mailed, ada, browser);

    public MailedTracker Mailed { get; }
    public Tracker Tracker => Mailed.Tracker;

    public static async Task<PoisonDesk> StartAsync()
    {
        var mailed = await MailedTracker.StartAsync();
        var ada = await mailed.Tracker.AskAsync<string>("select id from people where name = 'Ada'");
        return new PoisonDesk(mailed, ada, await Browser.OfAsync(mailed.Tracker, ada));
    }

    public async ValueTask DisposeAsync()
    {
        _operator.Dispose();
        foreach (var receiver in _receivers)
            await receiver.DisposeAsync();
        await Mailed.DisposeAsync();
    }

    /// <summary>A receiver with a subscription to everything, and the subscription's id.</summary>
    public async Task<(Receiver Receiver, string Id)> SubscribedAsync()
    {
        var receiver = await Receiver.StartAsync();
        _receivers.Add(receiver);
        var made = (await Tracker.Ann.PostAsync("subscriptions", new { channel = "webhook", url = receiver.Url })).Should(201);
        ((string)made.Json["state"]!).ShouldBe("active", made.Body);
        return (receiver, made.Id);
    }

    /// <summary>Runs a statement.</summary>
    public async Task RunAsync(string sql)
    {
        await using var command = Tracker.Get<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Does something before any worker can tell of it.</summary>
    public async Task UntoldAsync(Func<Task> act)
    {
        await using var connection = await Tracker.Get<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand("select last_no from delivery_progress for update", connection, transaction))
            await hold.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        await act();
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Does something before anything is sent.</summary>
    public async Task UnsentAsync(Func<Task> act)
    {
        await RunAsync("update delivery_progress set paused_at = now()");
        await act();
        await Mailed.ToldAsync();
        await RunAsync("update delivery_progress set paused_at = null");
        Wake();
    }

    public void Wake() => Tracker.Get<DeliverySignal>().Wake();

    /// <summary>Waits until a query gives true, while the clock goes on a little with each look.</summary>
    public Task SoonAsync(Func<Task<bool>> condition, string what) =>
        Wait.UntilAsync(
            async () =>
            {
                if (await condition())
                    return true;
                Tracker.Time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            },
            what,
            60
        );

    /// <summary>
    /// Waits until a row is put aside, and asserts that it is listed, counted and named, and that the program is ready all the
    /// same.
    /// </summary>
    public async Task AsideAsync(string table, string key)
    {
        await SoonAsync(
            () => Tracker.AskAsync<bool>($"select exists (select 1 from put_aside where table_name = '{table}' and key = '{key}')"),
            $"{table} {key} put aside"
        );
        var page = (await PageAsync()).Body;
        page.ShouldContain($"value=\"{table} {key}\"");
        var ready = (await Tracker.Anyone.GetAsync("/health/ready")).Should(200).Body;
        ready.ShouldStartWith("Degraded: ");
        var count = await Tracker.AskAsync<long>($"select count(*) from put_aside where table_name = '{table}'");
        ready.ShouldContain($"{table} {count}");
        (await Tracker.Anyone.GetAsync("/health/live")).Should(200);
        await Wait.UntilAsync(() => Task.FromResult(Measured(table) > 0), "the count in the metrics");
    }

    /// <summary>
    /// What is measured of a table. Asked of the instruments themselves: trackers of one process share the names of their meters,
    /// and the exporter drops a name when one of them ends.
    /// </summary>
    private static long Measured(string table)
    {
        var most = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "tracker_put_aside")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>(
            (_, value, tags, _) =>
            {
                foreach (var tag in tags)
                    if (tag is { Key: "table", Value: string of } && of == table)
                        most = Math.Max(most, value);
            }
        );
        listener.Start();
        try
        {
            listener.RecordObservableInstruments();
        }
        catch (AggregateException)
        {
            // Another tracker is ending and cannot be measured; what the others say has been noted.
        }

        return most;
    }

    /// <summary>The page of deliveries; days may have passed since the operator signed in.</summary>
    private async Task<Answer> PageAsync()
    {
        if ((await _operator.GetAsync(OperateDeliveries.Page)) is { Status: 200 } page)
            return page;
        _operator.Dispose();
        _operator = await Browser.OfAsync(Tracker, _ada);
        return (await _operator.GetAsync(OperateDeliveries.Page)).Should(200);
    }

    /// <summary>Presses "try again" and gives what the page says then.</summary>
    public async Task<string> TryAgainAsync(string table, string key)
    {
        var page = (await PageAsync()).Body;
        var answer = await _operator.PostAsync(
            OperateDeliveries.Page,
            ("do", "again"),
            ("value", $"{table} {key}"),
            ("__RequestVerificationToken", FormToken().Match(page).Groups[1].Value)
        );
        return (await _operator.GetAsync(Browser.To(answer))).Should(200).Body;
    }

    /// <summary>Presses "try again" on a row that was not repaired.</summary>
    public async Task InVainAsync(string table, string key)
    {
        (await TryAgainAsync(table, key)).ShouldContain("It still cannot be read");
        await AsideAsync(table, key);
    }

    /// <summary>Presses "try again" on a row that was repaired, and then nothing is put aside.</summary>
    public async Task ReadAgainAsync(string table, string key)
    {
        (await TryAgainAsync(table, key)).ShouldContain("It can be read again");
        (await Tracker.RowsAsync("select table_name, key, why from put_aside")).ShouldBeEmpty();
        (await Tracker.Anyone.GetAsync("/health/ready")).Should(200).Body.ShouldBe("Healthy");
        (await Tracker.AskAsync<long>($"select count(*) from audit where act = 'row_read_again' and subject = '{table} {key}'")).ShouldBe(
            1
        );
        (await TryAgainAsync(table, key)).ShouldContain("It still cannot be read");
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
