using System.Text.Json;
using System.Text.Json.Nodes;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>Reads the files of a folder and collects what is wrong with them.</summary>
/// <param name="textOf">The text of a file by its name; null: there is none.</param>
public sealed class FolderReading(Func<string, string?> textOf)
{
    private const int MostProblems = 50;
    private readonly List<FolderProblem> _problems = [];

    /// <summary>The object of a file that must be there.</summary>
    public T? One<T>(string file, Func<JsonObject, T> read)
    {
        try
        {
            return Parse(file, true) is JsonObject row ? read(row) : throw new JsonException("The file holds one object.");
        }
        catch (JsonException e)
        {
            _problems.Add(new FolderProblem(file + e.Path?.TrimStart('$'), "format", e.Message));
            return default;
        }
    }

    /// <summary>The rows of a file that holds a list.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="required">True if it must be there.</param>
    /// <param name="read">Reads a row, which it may change.</param>
    public IReadOnlyList<T> Rows<T>(string file, bool required, Func<JsonObject, T> read)
    {
        var rows = new List<T>();
        var all = ListOf(file, required);
        for (var i = 0; i < all?.Count && _problems.Count < MostProblems; i++)
        {
            try
            {
                var row = all[i] as JsonObject ?? throw new JsonException("Every row is an object.");
                rows.Add(read(row.DeepClone().AsObject()));
            }
            catch (JsonException e)
            {
                var name = $"{file}[{i}] {NameOf(all[i] as JsonObject)}";
                _problems.Add(new FolderProblem($"{name}{e.Path?.TrimStart('$')}".TrimEnd(), "format", e.Message));
            }
        }

        return rows;
    }

    private JsonArray? ListOf(string file, bool required)
    {
        try
        {
            var node = Parse(file, required);
            return node is null ? null : node as JsonArray ?? throw new JsonException("The file holds a list.");
        }
        catch (JsonException e)
        {
            _problems.Add(new FolderProblem(file, "format", e.Message));
            return null;
        }
    }

    private static string NameOf(JsonObject? row) => row?["id"]?.ToString() ?? row?["slug"]?.ToString() ?? "";

    /// <summary>Notes that something is missing.</summary>
    public void Refuse(string where, string message) => _problems.Add(new FolderProblem(where, "required", message));

    /// <summary>Ends the reading if anything is wrong.</summary>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
            throw new ForumFolderException(_problems);
    }

    private JsonNode? Parse(string file, bool required)
    {
        if (textOf(file) is not { } text)
        {
            if (required)
                _problems.Add(new FolderProblem(file, "missing", "The file is missing."));
            return required ? throw new ForumFolderException(_problems) : null;
        }

        return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
    }
}
