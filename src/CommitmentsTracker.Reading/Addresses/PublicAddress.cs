namespace CommitmentsTracker.Reading.Addresses;

/// <summary>Where readers reach the tracker; the links of notices begin with it.</summary>
/// <param name="Origin">Scheme and host, without a slash at the end.</param>
public sealed record PublicAddress(string Origin)
{
    /// <summary>Name of the setting.</summary>
    public const string Setting = "TRACKER_URL";

    /// <summary>The host alone, for message ids.</summary>
    public string Host => new Uri(Origin).Host;

    /// <summary>True if readers come by https.</summary>
    public bool IsSecure => Origin.StartsWith("https:", StringComparison.Ordinal);

    /// <summary>Reads the setting; without one, what the program serves by default.</summary>
    /// <exception cref="InvalidOperationException">It is no address of a site.</exception>
    public static PublicAddress Of(IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } set)
            return new PublicAddress("http://localhost:5080");
        return
            Uri.TryCreate(set, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https"
            && uri.AbsolutePath == "/"
            && uri.Query == ""
            && uri.UserInfo == ""
            ? new PublicAddress(uri.GetLeftPart(UriPartial.Authority))
            : throw new InvalidOperationException(
                $"{Setting} is '{set}'; it is the address at which readers reach the tracker, such as https://tracker.example.org."
            );
    }

    /// <summary>An address on the site.</summary>
    public string To(string path) => Origin + path;
}
