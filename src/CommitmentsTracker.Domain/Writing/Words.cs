using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CommitmentsTracker.Domain.Writing;

/// <summary>The written word of a value of a closed list, where it is not its name in lower snake case.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class WrittenAsAttribute(string word) : Attribute
{
    /// <summary>The word.</summary>
    public string Word { get; } = word;
}

/// <summary>The written words of the closed lists: lower snake case, the same in events, files, API and addresses.</summary>
public static class Words
{
    /// <summary>The word of a value.</summary>
    public static string Word<T>(this T value)
        where T : struct, Enum => Of<T>.ToWord[value];

    /// <summary>All words of a list, in its order.</summary>
    public static IReadOnlyCollection<string> All<T>()
        where T : struct, Enum => Of<T>.FromWord.Keys;

    /// <summary>The value of a word; false if the list has none.</summary>
    public static bool TryRead<T>(string? word, out T value)
        where T : struct, Enum
    {
        value = default;
        return word is not null && Of<T>.FromWord.TryGetValue(word, out value);
    }

    /// <summary>The value of a word that the tracker itself wrote.</summary>
    /// <exception cref="UnknownWordException">The list has no such word.</exception>
    public static T Read<T>(string word)
        where T : struct, Enum => TryRead<T>(word, out var value) ? value : throw new UnknownWordException(word, typeof(T));

    private static string Snake(string name)
    {
        var word = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && word.Length > 0)
                word.Append('_');
            word.Append(char.ToLowerInvariant(c));
        }

        return word.ToString();
    }

    private static class Of<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> ToWord = Enum.GetValues<T>().ToDictionary(v => v, Written);
        public static readonly Dictionary<string, T> FromWord = ToWord.ToDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);

        private static string Written(T value) =>
            typeof(T).GetField(value.ToString())!.GetCustomAttribute<WrittenAsAttribute>()?.Word ?? Snake(value.ToString());
    }
}

/// <summary>A closed list lacks a word that was stored: by hand, or by a later version.</summary>
public sealed class UnknownWordException(string word, Type list) : InvalidOperationException($"'{word}' is no word of {list.Name}.");

/// <summary>Reads and writes a value of a closed list as its word; numbers and other spellings are refused.</summary>
public sealed class WordConverter<T> : JsonConverter<T>
    where T : struct, Enum
{
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Words.TryRead<T>(reader.GetString(), out var value)
            ? value
            : throw new JsonException($"One of these is expected: {string.Join(", ", Words.All<T>())}.");

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Word());

    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.Word());
}
