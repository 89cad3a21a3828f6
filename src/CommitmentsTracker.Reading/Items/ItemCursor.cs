using System.Buffers.Text;
using System.Globalization;
using System.Text;
using CommitmentsTracker.Domain.Clocks;

namespace CommitmentsTracker.Reading.Items;

/// <summary>Where a list goes on: the last row's sort key, and both clocks, pinned.</summary>
public sealed record ItemCursor(ItemSort Sort, DateOnly AsOf, DateTimeOffset KnownAt, string Key, Guid Id)
{
    /// <summary>Opaque to the caller.</summary>
    public string Write() =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"1|{Sort}|{AsOf:yyyy-MM-dd}|{KnownAt.UtcTicks}|{Id:N}|{Key}")
            )
        );

    /// <exception cref="FormatException">The text is no cursor of ours.</exception>
    public static ItemCursor Read(string text)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|', 6);
            if (
                parts is ["1", var sort, var day, var ticks, var id, var key]
                && Enum.TryParse<ItemSort>(sort, out var by)
                && by.ToString() == sort
                && IsKey(by, key)
            )
                return new ItemCursor(
                    by,
                    DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture),
                    new DateTimeOffset(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero).ToMicroseconds(),
                    key,
                    Guid.ParseExact(id, "N")
                );
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            throw new FormatException("The cursor is broken; start from the first page.", e);
        }

        throw new FormatException("The cursor is broken; start from the first page.");
    }

    private static bool IsKey(ItemSort sort, string key) =>
        sort switch
        {
            ItemSort.Slug => !key.Contains('\0', StringComparison.Ordinal),
            ItemSort.Relevance => int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out _),
            _ => (sort == ItemSort.Due && key == "infinity")
                || DateOnly.TryParseExact(key, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        };
}
