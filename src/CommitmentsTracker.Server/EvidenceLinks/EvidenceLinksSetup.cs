using CommitmentsTracker.Delivery.Addresses;

namespace CommitmentsTracker.Server.EvidenceLinks;

/// <summary>Brings the visits to the addresses of evidence into the program.</summary>
internal static class EvidenceLinksSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddEvidenceLinks(this IServiceCollection services)
    {
        services.AddSingleton<DeadLinks>();
        services.AddSingleton(_ => new LinkVisitor(AddressGuard.PublicOnly));
    }
}
