namespace CommitmentsTracker.Domain.Writing;

/// <summary>A text in one or both languages of the tracker. At least one is given.</summary>
/// <param name="En">English, or null.</param>
/// <param name="Zh">Chinese, or null.</param>
public sealed record Text(string? En = null, string? Zh = null)
{
    /// <summary>The text in a language, falling back to the other one.</summary>
    public string In(string language) => (language == "zh" ? Zh ?? En : En ?? Zh) ?? "";

    /// <summary>True if the text exists in that very language.</summary>
    public bool Has(string language) => (language == "zh" ? Zh : En) is not null;
}
