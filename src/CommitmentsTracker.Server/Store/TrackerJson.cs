using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CommitmentsTracker.Server.Store;

/// <summary>How the tracker writes JSON: in events, files and answers alike.</summary>
public static class TrackerJson
{
    /// <summary>camelCase, words for closed lists, absent instead of null, characters as they are. Unknown fields are refused when reading.</summary>
    public static readonly JsonSerializerOptions Strict = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
    });

    /// <summary>The same for what the tracker itself stored: a field of a later version is passed over.</summary>
    public static readonly JsonSerializerOptions Stored = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Sets what all of them share.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        return options;
    }
}
