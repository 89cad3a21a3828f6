using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CommitmentsTracker.Reading.Citing;

/// <summary>
/// Writes JSON in the one form of RFC 8785: no blanks, members sorted by their UTF-16 code units, numbers as ECMAScript
/// writes them, only what must be escaped escaped. Two writers that agree on the value agree on every byte.
/// </summary>
public static class CanonicalJson
{
    /// <summary>The canonical bytes, UTF-8 without a mark.</summary>
    /// <exception cref="JsonException">A member stands twice, a text is no Unicode, or a number is too large for a double.</exception>
    public static byte[] Write(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var members = value.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal).ToList();
                text.Append('{');
                for (var i = 0; i < members.Count; i++)
                {
                    if (i > 0 && members[i].Name == members[i - 1].Name)
                        throw new JsonException($"The member '{members[i].Name}' stands twice.");
                    if (i > 0)
                        text.Append(',');
                    Append(text, members[i].Name);
                    text.Append(':');
                    Append(text, members[i].Value);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first)
                        text.Append(',');
                    first = false;
                    Append(text, item);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                Append(text, TextOf(value));
                break;
            case JsonValueKind.Number:
                text.Append(Number(value.GetDouble()));
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            case JsonValueKind.Null:
                text.Append("null");
                break;
            default:
                throw new JsonException($"{value.ValueKind} is no JSON value.");
        }
    }

    private static string TextOf(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            // The reader says so of half a surrogate pair.
            throw new JsonException("A text is no Unicode.", e);
        }
    }

    private static void Append(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }

    /// <summary>A number as ECMAScript's Number::toString writes it.</summary>
    /// <exception cref="JsonException">It is infinite or none.</exception>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
            throw new JsonException("The number is too large for a double.");
        if (value == 0)
            return "0";
        // .NET writes the same shortest digits, but sets the point and the exponent in its own way.
        var written = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        var mark = written.IndexOf('E', StringComparison.Ordinal);
        var exponent = mark < 0 ? 0 : int.Parse(written.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = mark < 0 ? written : written[..mark];
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? mantissa.Length : dot;
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        // The value is 0.digits × 10^point.
        var point = whole + exponent - (all.Length - digits.Length);
        digits = digits.TrimEnd('0');
        var sign = value < 0 ? "-" : "";
        return sign
            + point switch
            {
                > 0 and <= 21 when digits.Length <= point => digits + new string('0', point - digits.Length),
                > 0 and <= 21 => $"{digits[..point]}.{digits[point..]}",
                > -6 and <= 0 => "0." + new string('0', -point) + digits,
                _ => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(point > 0 ? "+" : "-")}{Math.Abs(point - 1)}"
                ),
            };
    }
}
