using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Store;
using CommitmentsTracker.Server.Subscriptions;
using Npgsql;
using System.Text.Json;

namespace CommitmentsTracker.Server.Deliveries;

/// <summary>Whom events would reach if they were recorded; nothing is recorded or sent.</summary>
public sealed class Reach(NpgsqlDataSource source, SubscriptionStore subscriptions)
{
    /// <summary>How many subscriptions would be told.</summary>
    /// <param name="before">The item as it is.</param>
    /// <param name="events">What would be recorded.</param>
    /// <param name="ct">Ends the reading.</param>
    public async Task<int> CountAsync(Item before, IReadOnlyList<ItemEvent> events, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        var (version, active) = await subscriptions.ActiveAsync(connection, ct);
        var wanted = new Wanted(version, active, await subscriptions.SubscribersAsync(connection, ct));
        var told = await source.AllAsync("select c.change_no, c.change from changes c join items i on i.item_id = c.item_id where i.slug = $1 order by c.change_no",
            r => JsonSerializer.Deserialize<ChangeView>(r.GetFieldValue<byte[]>(1), TrackerJson.Stored)! with { ChangeNo = r.GetInt64(0) }, ct, before.Slug);
        return ItemReadModels.ChangesOf(before, [.. events], imported: false)
            // The next number is not known yet; any later one reaches the same.
            .SelectMany(c => wanted.Of(c.Change with { ChangeNo = long.MaxValue }, [.. told.Where(t => c.Change.Update is null || t.Update == c.Change.Update)]))
            .DistinctBy(s => s.Id).Count();
    }
}
