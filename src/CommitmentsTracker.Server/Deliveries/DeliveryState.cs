using System.Text.Json.Serialization;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Server.Deliveries;

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
