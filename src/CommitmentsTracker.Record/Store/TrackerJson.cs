using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CommitmentsTracker.Record.Store;

/// <summary>How the tracker writes JSON: in events, files and answers alike.</summary>
public static class TrackerJson
{
    /// <summary>
    /// camelCase, words for closed lists, absent instead of null, characters as they are. Unknown fields and missing ones are
    /// refused when reading.
    /// </summary>
    public static readonly JsonSerializerOptions Strict = Configure(
        new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.Strict,
            RespectRequiredConstructorParameters = true,
        }
    );

    /// <summary>The same for what the tracker itself stored: a field of a later version is passed over.</summary>
    public static readonly JsonSerializerOptions Stored = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Sets what all of them share.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new InstantConverter());
        return options;
    }
}

/// <summary>Instants as RFC 3339 in UTC, to the microsecond.</summary>
public sealed class InstantConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var instant)
            ? instant.ToUniversalTime()
            : throw new JsonException("An instant is written like 2025-09-01T12:00:00Z.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(
            value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", System.Globalization.CultureInfo.InvariantCulture)
        );
}
