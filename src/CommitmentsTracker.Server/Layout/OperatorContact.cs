using System.Net.Mail;

namespace CommitmentsTracker.Server.Layout;

/// <summary>Where readers tell the operator that something is wrong.</summary>
/// <param name="Address">An e-mail address; null if the operator named none.</param>
public sealed record OperatorContact(string? Address)
{
    /// <summary>Name of the setting.</summary>
    public const string Setting = "TRACKER_CONTACT";

    /// <summary>Reads the setting.</summary>
    /// <exception cref="InvalidOperationException">It is no e-mail address.</exception>
    public static OperatorContact Of(IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } address)
            return new OperatorContact((string?)null);
        return MailAddress.TryCreate(address, out var mail) && mail.Address == address
            ? new OperatorContact(address)
            : throw new InvalidOperationException($"{Setting} is '{address}', which is no e-mail address.");
    }

    /// <summary>A mailto address that opens a letter; null without an address.</summary>
    public string? Letter(string subject, string body) =>
        Address is null
            ? null
            : $"mailto:{Uri.EscapeDataString(Address).Replace("%40", "@", StringComparison.Ordinal)}"
                + $"?subject={Uri.EscapeDataString(subject)}&body={Uri.EscapeDataString(body)}";
}
