using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CommitmentsTracker.Delivery.Addresses;

/// <summary>Registers the guard of addresses.</summary>
public static class AddressesSetup
{
    /// <summary>Registers it, unless there is one.</summary>
    /// <exception cref="InvalidOperationException">The setting of allowed networks is no list of networks.</exception>
    public static void AddAddresses(this IServiceCollection services, IConfiguration configuration) =>
        services.TryAddSingleton(AddressGuard.Of(configuration));
}
