using CommitmentsTracker.Domain.Permissions;

namespace CommitmentsTracker.Server.Layout;

/// <summary>A page of signed-in work in the menu of the desk. The menu lists them in the order in which they are registered.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Phrase">Key of its name.</param>
/// <param name="Act">What one has to be allowed somewhere to see the way to it.</param>
/// <param name="Link">A component that is the link, where it says more than the name; null: the name alone.</param>
public sealed record DeskPlace(string Path, string Phrase, Act Act, Type? Link = null)
{
    /// <summary>Where signed-in work begins.</summary>
    public const string Home = "/desk";
}
