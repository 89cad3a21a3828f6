namespace CommitmentsTracker.Server.Layout;

/// <summary>The cookie of who is signed in, as far as pages have to know of it.</summary>
public static class SignInCookie
{
    /// <summary>Its name; behind https with the prefix that binds it to this very host.</summary>
    public const string Name = "tracker";

    /// <summary>True if the request says that somebody is signed in; whether it is true is seen later.</summary>
    public static bool IsSaid(HttpRequest request) => request.Cookies.ContainsKey(Name) || request.Cookies.ContainsKey("__Host-" + Name);
}
