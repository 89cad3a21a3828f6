namespace CommitmentsTracker.Record.Tests.Store;

/// <summary>A rule of the design that answers otherwise than it did when the answers were kept.</summary>
/// <param name="Rule">Its number, such as <c>3a.11</c>.</param>
/// <param name="Why">What it says now, in a sentence.</param>
/// <param name="Members">
/// What it may alter: members of an answer by name and by the way to them, such as <c>signals.freshness</c> or
/// <c>updates[].flags</c>, also where they lie deeper or hold more; <c>answer</c> for whether there is one.
/// </param>
public sealed record ChangedRule(string Rule, string Why, params IReadOnlyList<string> Members)
{
    /// <summary>True if the rule may alter what lies at the path.</summary>
    public bool Alters(string path) =>
        Members.Any(m =>
            $".{path}.".Contains($".{m}.", StringComparison.Ordinal) || $".{path}.".Contains($".{m}[]", StringComparison.Ordinal)
        );
}

/// <summary>
/// Holds present answers against kept ones. Whatever was answered must be answered alike; what differs must be named by a
/// changed rule, and then the whole answer must be the oracle's. Members that no kept answer of the kind has are new and passed over.
/// </summary>
/// <param name="kept">All kept answers.</param>
/// <param name="changed">The rules that have changed since.</param>
/// <param name="oracle">What the present rules say.</param>
public sealed class KeptAnswers(IReadOnlyList<KeptAnswer> kept, IReadOnlyList<ChangedRule> changed, OracleJudge oracle)
{
    private readonly Dictionary<AskedOf, HashSet<string>> _members = kept.GroupBy(k => k.Kind)
        .ToDictionary(g => g.Key, g => g.SelectMany(k => Paths(k.Body, "")).ToHashSet(StringComparer.Ordinal));

    private readonly HashSet<ChangedRule> _needed = [];

    /// <summary>Changed rules that no difference needed so far.</summary>
    public IEnumerable<ChangedRule> Unneeded => changed.Except(_needed);

    /// <summary>What is wrong with the present answer; null: nothing.</summary>
    /// <param name="before">The kept answer.</param>
    /// <param name="present">The present answer to the same question.</param>
    public string? Problem(KeptAnswer before, KeptAnswer present)
    {
        var differences = Differences(before, present).Distinct().ToList();
        if (differences.Count == 0)
            return null;
        var unnamed = differences.Where(d => !changed.Any(c => c.Alters(d))).ToList();
        if (unnamed.Count > 0)
            return $"{before.Path}: {string.Join(", ", unnamed)} differ, and no changed rule names them";
        foreach (var rule in changed.Where(c => differences.Any(c.Alters)))
            _needed.Add(rule);
        return oracle.Disagreement(present) is { } other
            ? $"{before.Path}: by the changed rules, but the oracle says otherwise: {other}"
            : null;
    }

    /// <summary>The paths at which two answers to one question differ.</summary>
    public IEnumerable<string> Differences(KeptAnswer before, KeptAnswer present)
    {
        if (before.Status != present.Status || before.Location != present.Location)
            return ["answer"];
        return Differences(before.Body, present.Body, "", _members[before.Kind]);
    }

    /// <summary>The paths at which two values differ; members of the second that are not among the known paths are passed over.</summary>
    public static IEnumerable<string> Differences(JsonNode? before, JsonNode? present, string path, IReadOnlySet<string> known)
    {
        switch (before, present)
        {
            case (JsonObject a, JsonObject b):
                return a.Select(m => m.Key)
                    .Union(b.Select(m => m.Key))
                    .Select(name => (Name: name, Path: path.Length == 0 ? name : $"{path}.{name}"))
                    .SelectMany(m =>
                        a.ContainsKey(m.Name) && b.ContainsKey(m.Name) ? Differences(a[m.Name], b[m.Name], m.Path, known)
                        : a.ContainsKey(m.Name) || known.Contains(m.Path) ? [m.Path]
                        : []
                    );
            case (JsonArray a, JsonArray b) when a.Count == b.Count:
                return a.Zip(b).SelectMany(pair => Differences(pair.First, pair.Second, path + "[]", known));
            default:
                return JsonNode.DeepEquals(before, present) ? [] : [path];
        }
    }

    /// <summary>The paths of all members of a value, positions in lists left out.</summary>
    public static IEnumerable<string> Paths(JsonNode? value, string path) =>
        value switch
        {
            JsonObject o => o.SelectMany(m =>
                Paths(m.Value, path.Length == 0 ? m.Key : $"{path}.{m.Key}").Prepend(path.Length == 0 ? m.Key : $"{path}.{m.Key}")
            ),
            JsonArray a => a.SelectMany(e => Paths(e, path + "[]")),
            _ => [],
        };
}
