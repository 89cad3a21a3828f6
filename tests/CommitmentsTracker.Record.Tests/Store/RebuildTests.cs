using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>What a rebuild has to get along with.</summary>
public sealed class RebuildTests
{
    [Fact]
    public async Task A_tombstone_left_by_a_failed_append_does_not_stop_a_rebuild()
    {
        await using var tracker = await Tracker.StartAsync();
        await tracker.ImportAsync(Harbour.Folder());
        var slug = await tracker.Ann.RecordAsync();
        var before = (await tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Body;
        await tracker.RowsAsync(
            """
            with stream as (insert into mt_streams (id, version) values ('00000000-0000-7000-8000-000000000001', 1) returning id)
            insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select nextval('mt_events_sequence'), gen_random_uuid(), id, 1, '{}', 'tombstone', now(), '*DEFAULT*',
                'JasperFx.Events.Tombstone, JasperFx.Events', false from stream
            """
        );
        (await tracker.Get<Rebuild>().RunAsync(new Progress<string>(), TestContext.Current.CancellationToken)).Items.ShouldBe(1);
        (await tracker.Anyone.GetAsync($"items/{slug}")).Should(200).Body.ShouldBe(before);
    }
}
