namespace CommitmentsTracker.Server.Parties;

/// <summary>How parties are sorted; more items, then the name, break ties.</summary>
public enum PartySort
{
    /// <summary>Most items first.</summary>
    Items,

    /// <summary>By name in the language of the page.</summary>
    Name,

    /// <summary>Responsible for most items first.</summary>
    Responsible,

    /// <summary>Most testable promises first.</summary>
    Promises,

    /// <summary>Most overdue items first.</summary>
    Overdue,
}
