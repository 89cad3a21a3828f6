using System.Globalization;
using System.Text.Json;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Record.Changes;
using CommitmentsTracker.Record.Store;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>What a notice is about.</summary>
/// <param name="Id">Also the value of <c>webhook-id</c>.</param>
/// <param name="Type">Type of the event, as <c>update.logged</c>.</param>
/// <param name="Subject">Slug of the item, or what else the event happened to.</param>
/// <param name="At">When it happened, on the clock of recording.</param>
/// <param name="ChangeNo">Number of the change; null: it is none.</param>
public sealed record NoticeAbout(Guid Id, string Type, string Subject, DateTimeOffset At, long? ChangeNo);

/// <summary>
/// A change as webhooks carry it: a CloudEvents 1.0 event in structured JSON that also has the three fields of
/// Standard Webhooks (<c>type</c>, <c>timestamp</c>, <c>data</c>).
/// </summary>
public static class Notice
{
    /// <summary>Largest body in bytes; a longer one tells only what changed where.</summary>
    public const int MostBytes = 20_000;

    /// <summary>The bytes of a change. They are kept, signed and sent as they are, whatever happens to the item later.</summary>
    public static byte[] Body(ChangeView change, PublicAddress address)
    {
        var link = address.To($"/items/{change.Item}?knownAt={ChangeWords.Known(change.RecordedAt)}");
        var about = new NoticeAbout(change.Id, change.Type.Word(), change.Item, change.RecordedAt, change.ChangeNo);
        var whole = Event(about, new Dictionary<string, object?> { ["link"] = link, ["change"] = change }, address);
        return whole.Length <= MostBytes
            ? whole
            : Event(
                about,
                new Dictionary<string, object?>
                {
                    ["link"] = link,
                    ["item"] = change.Item,
                    ["changeNo"] = change.ChangeNo,
                    ["shortened"] = true,
                },
                address
            );
    }

    /// <summary>An event of any type.</summary>
    public static byte[] Event(NoticeAbout about, object data, PublicAddress address)
    {
        var fields = new Dictionary<string, object?>
        {
            ["specversion"] = "1.0",
            ["id"] = about.Id.ToString("D", CultureInfo.InvariantCulture),
            ["source"] = address.To("/"),
            ["type"] = about.Type,
            ["subject"] = about.Subject,
            ["time"] = about.At,
            ["timestamp"] = about.At,
            ["datacontenttype"] = "application/json",
            ["data"] = data,
        };
        if (about.ChangeNo is { } n)
            fields["changeno"] = n;
        return JsonSerializer.SerializeToUtf8Bytes(fields, TrackerJson.Strict);
    }
}
