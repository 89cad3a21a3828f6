using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>Where the delivery of a change to a subscription stands.</summary>
[JsonConverter(typeof(WordConverter<DeliveryState>))]
public enum DeliveryState
{
    /// <summary>To be sent, or sent again, when it is due.</summary>
    Waiting,

    /// <summary>On its way.</summary>
    Sending,
    Delivered,

    /// <summary>Not accepted at any attempt, or refused for good.</summary>
    Exhausted,

    /// <summary>The address leads where nothing is sent.</summary>
    Blocked,

    /// <summary>Not sent on purpose: taken back at once, or missed while the endpoint was disabled.</summary>
    Withheld,
}

/// <summary>The states as the statements on the table <c>deliveries</c> write them.</summary>
public static class StateSql
{
    public static readonly string Waiting = DeliveryState.Waiting.Literal();
    public static readonly string Sending = DeliveryState.Sending.Literal();
    public static readonly string Delivered = DeliveryState.Delivered.Literal();

    /// <summary>Not done with yet.</summary>
    public static readonly string Open = Sql.Literals(DeliveryState.Waiting, DeliveryState.Sending);

    /// <summary>Tried, and given up.</summary>
    public static readonly string Lost = Sql.Literals(DeliveryState.Exhausted, DeliveryState.Blocked);

    /// <summary>Done with, and never accepted.</summary>
    public static readonly string Missed = Sql.Literals(DeliveryState.Exhausted, DeliveryState.Blocked, DeliveryState.Withheld);

    /// <summary>Told, or being told.</summary>
    public static readonly string Told = Sql.Literals(DeliveryState.Sending, DeliveryState.Delivered);
}
