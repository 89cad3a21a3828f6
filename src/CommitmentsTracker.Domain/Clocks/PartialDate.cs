using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CommitmentsTracker.Domain.Clocks;

/// <summary>How exactly a day in the world is known.</summary>
public enum Precision
{
    Day,
    Month,
    Year,
}

/// <summary>
/// A date in the world known to the day, the month or the year (the first clock, UTC days). Written
/// <c>YYYY-MM-DD</c>, <c>YYYY-MM</c> or <c>YYYY</c>. A period counts from its last day.
/// </summary>
[JsonConverter(typeof(PartialDateJsonConverter))]
public readonly record struct PartialDate
{
    private PartialDate(DateOnly firstDay, Precision precision) => (FirstDay, Precision) = (firstDay, precision);

    /// <summary>First day of the period.</summary>
    public DateOnly FirstDay { get; }

    /// <summary>How exactly the date is known.</summary>
    public Precision Precision { get; }

    /// <summary>Last day of the period, from which on it counts.</summary>
    public DateOnly LastDay =>
        Precision switch
        {
            Precision.Day => FirstDay,
            Precision.Month => new DateOnly(FirstDay.Year, FirstDay.Month, DateTime.DaysInMonth(FirstDay.Year, FirstDay.Month)),
            _ => new DateOnly(FirstDay.Year, 12, 31),
        };

    public static PartialDate Day(DateOnly day) => new(day, Precision.Day);

    public static PartialDate Day(int year, int month, int day) => new(new DateOnly(year, month, day), Precision.Day);

    public static PartialDate Month(int year, int month) => new(new DateOnly(year, month, 1), Precision.Month);

    public static PartialDate Year(int year) => new(new DateOnly(year, 1, 1), Precision.Year);

    /// <summary>Reads the written form; nothing else is accepted, nor a year before 1000.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out PartialDate? date)
    {
        date = null;
        if (text is null)
            return false;
        var (format, precision) = text.Length switch
        {
            4 => ("yyyy", Precision.Year),
            7 => ("yyyy-MM", Precision.Month),
            10 => ("yyyy-MM-dd", Precision.Day),
            _ => ("", Precision.Day),
        };
        if (
            format == ""
            || !DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || day.Year < 1000
        )
            return false;
        date = new PartialDate(day, precision);
        return true;
    }

    /// <summary>Reads the written form.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static PartialDate Parse(string text) =>
        TryParse(text, out var date)
            ? date.Value
            : throw new FormatException($"'{text}' is no date of the form YYYY-MM-DD, YYYY-MM or YYYY");

    public override string ToString() =>
        Precision switch
        {
            Precision.Day => FirstDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Precision.Month => FirstDay.ToString("yyyy-MM", CultureInfo.InvariantCulture),
            _ => FirstDay.ToString("yyyy", CultureInfo.InvariantCulture),
        };
}

/// <summary>Writes a partial date as its text.</summary>
public sealed class PartialDateJsonConverter : JsonConverter<PartialDate>
{
    public override PartialDate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && PartialDate.TryParse(reader.GetString(), out var date)
            ? date.Value
            : throw new JsonException("A date is written YYYY-MM-DD, YYYY-MM or YYYY and must exist in the calendar.");

    public override void Write(Utf8JsonWriter writer, PartialDate value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
