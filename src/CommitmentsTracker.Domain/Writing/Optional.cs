using System.Text.Json;
using System.Text.Json.Serialization;

namespace CommitmentsTracker.Domain.Writing;

/// <summary>
/// A field of a change: absent keeps the old value, null clears it. In JSON an absent field is left out
/// (put <c>JsonIgnore(Condition = WhenWritingDefault)</c> on the property).
/// </summary>
[JsonConverter(typeof(OptionalJsonConverterFactory))]
public readonly record struct Optional<T>
{
    private readonly T? _value;

    public Optional(T? value) => (_value, IsGiven) = (value, true);

    /// <summary>True if the change names the field, even with null.</summary>
    public bool IsGiven { get; }

    /// <summary>The new value; meaningless unless given.</summary>
    public T? Value => _value;

    /// <summary>The value after the change.</summary>
    public T? Over(T? old) => IsGiven ? _value : old;

    public static implicit operator Optional<T>(T? value) => new(value);
}

/// <summary>Reads and writes <see cref="Optional{T}"/> as its value.</summary>
public sealed class OptionalJsonConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Converter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Converter<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Null)
                return new Optional<T>(default);
            try
            {
                return new(JsonSerializer.Deserialize<T>(ref reader, options));
            }
            catch (JsonException e)
            {
                // The serializer adds the path of the field, but only to an exception that has none yet.
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options);
    }
}
