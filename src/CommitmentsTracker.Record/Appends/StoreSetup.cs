using System.Text.Json;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Streams;
using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;
using Wolverine.Marten;

namespace CommitmentsTracker.Record.Appends;

/// <summary>Sets up Marten as the one store.</summary>
public static class StoreSetup
{
    /// <summary>The data source of the tracker: its schema is the search path, so plain SQL needs no prefixes.</summary>
    public static NpgsqlDataSource DataSource(StoreLocation location)
    {
        var builder = new NpgsqlDataSourceBuilder(location.ConnectionString);
        builder.ConnectionStringBuilder.SearchPath = location.Schema;
        builder.ConnectionStringBuilder.MaxAutoPrepare = 100;
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        // Nothing here leaves a session other than it found it; resetting it at each use would cost as much as a statement.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        builder.ConnectionStringBuilder.ApplicationName = $"commitments-tracker {location.Schema}";
        return builder.Build();
    }

    /// <summary>Registers the store.</summary>
    public static void AddStore(this IServiceCollection services, StoreLocation location, TimeProvider time)
    {
        services.AddSingleton(location);
        services.AddSingleton(_ => DataSource(location));
        services.AddSingleton<StoreVersions>();
        services
            .AddMarten(provider =>
            {
                var options = Options(location, time);
                options.Listeners.Add(provider.GetRequiredService<StoreVersions>());
                return options;
            })
            .UseLightweightSessions()
            .UseNpgsqlDataSource()
            .IntegrateWithWolverine();
    }

    /// <summary>The settings of the event store.</summary>
    public static StoreOptions Options(StoreLocation location, TimeProvider time)
    {
        var options = new StoreOptions { DatabaseSchemaName = location.Schema, AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate };
        // The closed lists bring converters that write their words; Marten's own enum setting would put another one before them.
        var serializer = new Marten.Services.SystemTextJsonSerializer(new JsonSerializerOptions(TrackerJson.Stored));
        // It takes the options over, but for these: names as everywhere else, and nothing for null.
        serializer.Configure(o =>
        {
            o.PropertyNamingPolicy = TrackerJson.Stored.PropertyNamingPolicy;
            o.DefaultIgnoreCondition = TrackerJson.Stored.DefaultIgnoreCondition;
        });
        options.Serializer(serializer);
        options.Events.DatabaseSchemaName = location.Schema;
        options.Events.StreamIdentity = StreamIdentity.AsGuid;
        options.Events.TimeProvider = time;
        options.Events.UseMandatoryStreamTypeDeclaration = true;
        options.Events.UseExclusiveLockOnConcurrentAppends = true;
        options.Events.AutoDiscoverTagTypes = false;
        options.Events.MetadataConfig.CausationIdEnabled = true;
        options.Events.MetadataConfig.CorrelationIdEnabled = true;
        options.Events.MetadataConfig.HeadersEnabled = true;
        foreach (var (type, name) in EventNames.All)
        {
            options.Events.AddEventType(type);
            options.Events.MapEventType(type, name);
        }
        return options;
    }
}
