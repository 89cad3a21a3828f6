using CommitmentsTracker.Testing.Changes;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Hosting;

namespace CommitmentsTracker.Testing.Webhooks;

/// <summary>A tracker with the small forum, and what tests of webhooks do with it.</summary>
public sealed class WebhookDesk : IAsyncDisposable
{
    private readonly List<Receiver> _receivers = [];

    private WebhookDesk(Tracker tracker) => Tracker = tracker;

    public Tracker Tracker { get; }

    public static async Task<WebhookDesk> StartAsync()
    {
        var desk = new WebhookDesk(await Tracker.StartAsync());
        await desk.Tracker.ImportAsync(Harbour.Folder());
        return desk;
    }

    public async Task<Receiver> ReceiverAsync()
    {
        var receiver = await Receiver.StartAsync();
        _receivers.Add(receiver);
        return receiver;
    }

    /// <summary>Subscribes a receiver and gives the id and the secret.</summary>
    public async Task<(string Id, string Secret)> SubscribeAsync(
        string url,
        object? filter = null,
        string? contact = null,
        string? contentType = null,
        Caller? owner = null
    )
    {
        var made = (
            await (owner ?? Tracker.Ann).PostAsync(
                "subscriptions",
                new
                {
                    channel = "webhook",
                    url,
                    filter,
                    contact,
                    contentType,
                }
            )
        ).Should(201);
        ((string)made.Json["state"]!).ShouldBe("active", made.Body);
        return (made.Id, (string)made.Json["secret"]!);
    }

    /// <summary>Moves the clock on, beyond the senders' next look.</summary>
    public void Advance(TimeSpan by) => Tracker.Time.Advance(by < TimeSpan.FromSeconds(2.1) ? TimeSpan.FromSeconds(2.1) : by);

    /// <summary>Waits until a query gives true; the clock stands.</summary>
    public Task UntilAsync(string sql, string what, int seconds = 30) =>
        Wait.UntilAsync(() => Tracker.AskAsync<bool>($"select coalesce((select {sql}), false)"), what, seconds);

    /// <summary>Waits until a query gives true, while the clock goes on a little with each look.</summary>
    public Task SoonAsync(string sql, string what, int seconds = 30) =>
        Wait.UntilAsync(
            async () =>
            {
                if (await Tracker.AskAsync<bool>($"select coalesce((select {sql}), false)"))
                    return true;
                Tracker.Time.Advance(TimeSpan.FromMilliseconds(100));
                return false;
            },
            what,
            seconds
        );

    /// <summary>Waits until a receiver has so many notices.</summary>
    public static Task GotAsync(Receiver receiver, int notices, int seconds = 30) =>
        Wait.UntilAsync(() => receiver.Notices.Count >= notices, $"{notices} notices", seconds);

    /// <summary>Waits until so many attempts were made; the clock goes on a little.</summary>
    public Task AttemptedAsync(int attempts) =>
        SoonAsync(
            $"(select count(*) = {attempts} from delivery_attempts) and not exists (select 1 from deliveries where state = 'sending')",
            $"{attempts} attempts"
        );

    /// <summary>The log of a subscription.</summary>
    public async Task<JsonArray> LogAsync(string id, string query = "") =>
        (await Tracker.Ann.GetAsync($"subscriptions/{id}/deliveries{query}")).Should(200).Json["deliveries"]!.AsArray();

    /// <summary>Puts many copies of the last change into the change log, as if as many had been recorded now, and has them told.</summary>
    public Task ManyChangesAsync(int count) => Tracker.ManyChangesAsync(count);

    public async ValueTask DisposeAsync()
    {
        foreach (var receiver in _receivers)
            await receiver.DisposeAsync();
        await Tracker.DisposeAsync();
    }
}

/// <summary>Tests with a desk of their own and one receiver.</summary>
public abstract class WebhookTests : IAsyncLifetime
{
    protected WebhookDesk Desk { get; private set; } = null!;
    protected Receiver Receiver { get; private set; } = null!;
    protected Tracker Tracker => Desk.Tracker;

    public async ValueTask InitializeAsync()
    {
        Desk = await WebhookDesk.StartAsync();
        Receiver = await Desk.ReceiverAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Desk.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
