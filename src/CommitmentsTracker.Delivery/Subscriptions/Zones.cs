namespace CommitmentsTracker.Delivery.Subscriptions;

/// <summary>The time zones that the forms offer; any other IANA name is taken as well.</summary>
public static class Zones
{
    /// <summary>IANA names, from west to east.</summary>
    public static readonly IReadOnlyList<string> Offered =
    [
        "Pacific/Honolulu",
        "America/Anchorage",
        "America/Los_Angeles",
        "America/Denver",
        "America/Mexico_City",
        "America/Chicago",
        "America/New_York",
        "America/Bogota",
        "America/Santiago",
        "America/Sao_Paulo",
        "America/Argentina/Buenos_Aires",
        "Atlantic/Azores",
        "UTC",
        "Europe/London",
        "Africa/Lagos",
        "Europe/Berlin",
        "Europe/Paris",
        "Africa/Cairo",
        "Africa/Johannesburg",
        "Europe/Athens",
        "Africa/Nairobi",
        "Europe/Istanbul",
        "Europe/Moscow",
        "Asia/Riyadh",
        "Asia/Tehran",
        "Asia/Dubai",
        "Asia/Karachi",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Dhaka",
        "Asia/Bangkok",
        "Asia/Jakarta",
        "Asia/Shanghai",
        "Asia/Hong_Kong",
        "Asia/Singapore",
        "Australia/Perth",
        "Asia/Seoul",
        "Asia/Tokyo",
        "Australia/Sydney",
        "Pacific/Auckland",
    ];

    /// <summary>The IANA name of a time zone; null: there is none of that name.</summary>
    public static string? Of(string? name) =>
        name is { Length: > 0 and <= 60 } && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone.Id : null;
}
