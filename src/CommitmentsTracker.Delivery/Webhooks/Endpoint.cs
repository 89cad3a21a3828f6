using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Record.Store;
using Npgsql;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>Where the notices of a subscription go.</summary>
public sealed record Endpoint
{
    /// <summary>Columns of the table <c>endpoints</c>, alias <c>e</c>, as <see cref="Read"/> takes them.</summary>
    public const string Columns = $"""
        e.subscription, e.url, e.contact, e.content_type, e.secret, e.former_secret, e.former_until,
        e.verified_at, e.disabled_at, e.disabled_why, {HealthColumns}
        """;

    /// <summary>Those of them that tell how it answers.</summary>
    public const string HealthColumns = "e.slots, e.failures_in_row, e.failing_since, e.failed_deliveries, e.probe_at, e.warned_at";

    public required Guid Subscription { get; init; }
    public required string Url { get; init; }

    /// <summary>E-mail address that hears of failures.</summary>
    public string? Contact { get; init; }
    public required string ContentType { get; init; }

    /// <summary>As it is kept.</summary>
    public required string Secret { get; init; }

    /// <summary>The one before it, as it is kept.</summary>
    public string? FormerSecret { get; init; }

    /// <summary>Until when the former secret signs too.</summary>
    public DateTimeOffset? FormerUntil { get; init; }

    /// <summary>When a ping was last accepted.</summary>
    public DateTimeOffset? VerifiedAt { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }
    public string? DisabledWhy { get; init; }
    public required EndpointHealth Health { get; init; }

    /// <summary>To whom a notice goes now.</summary>
    public WebhookTarget Target(DateTimeOffset now) =>
        new(Url, ContentType, FormerUntil > now && FormerSecret is { } former ? [Secret, former] : [Secret]);

    public static Endpoint Read(NpgsqlDataReader reader) =>
        new()
        {
            Subscription = reader.GetGuid(0),
            Url = reader.GetString(1),
            Contact = reader.Text(2),
            ContentType = reader.GetString(3),
            Secret = reader.GetString(4),
            FormerSecret = reader.Text(5),
            FormerUntil = reader.MaybeAt(6),
            VerifiedAt = reader.MaybeAt(7),
            DisabledAt = reader.MaybeAt(8),
            DisabledWhy = reader.Text(9),
            Health = ReadHealth(reader, 10),
        };

    public static EndpointHealth ReadHealth(NpgsqlDataReader reader, int at) =>
        new()
        {
            Slots = reader.GetInt32(at),
            FailuresInRow = reader.GetInt32(at + 1),
            FailingSince = reader.MaybeAt(at + 2),
            FailedDeliveries = reader.GetInt32(at + 3),
            ProbeAt = reader.MaybeAt(at + 4),
            WarnedAt = reader.MaybeAt(at + 5),
        };
}
