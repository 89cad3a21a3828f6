using System.Globalization;
using System.Text.Json;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Server.Changes;
using CommitmentsTracker.Server.Hosting;
using CommitmentsTracker.Server.Store;

namespace CommitmentsTracker.Server.Deliveries;

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
        var whole = Event(
            change.Id,
            change.Type.Word(),
            change.Item,
            change.RecordedAt,
            change.ChangeNo,
            new Dictionary<string, object?> { ["link"] = link, ["change"] = change },
            address
        );
        return whole.Length <= MostBytes
            ? whole
            : Event(
                change.Id,
                change.Type.Word(),
                change.Item,
                change.RecordedAt,
                change.ChangeNo,
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
    public static byte[] Event(Guid id, string type, string subject, DateTimeOffset at, long? changeNo, object data, PublicAddress address)
    {
        var fields = new Dictionary<string, object?>
        {
            ["specversion"] = "1.0",
            ["id"] = id.ToString("D", CultureInfo.InvariantCulture),
            ["source"] = address.To("/"),
            ["type"] = type,
            ["subject"] = subject,
            ["time"] = at,
            ["timestamp"] = at,
            ["datacontenttype"] = "application/json",
            ["data"] = data,
        };
        if (changeNo is { } n)
            fields["changeno"] = n;
        return JsonSerializer.SerializeToUtf8Bytes(fields, TrackerJson.Strict);
    }
}
