using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Delivery.Deliveries;
using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Delivery.Webhooks;

namespace CommitmentsTracker.Delivery;

/// <summary>Brings notices into the program: the folders of this floor, each by its own registration.</summary>
public static class DeliverySetup
{
    /// <summary>Registers the floor.</summary>
    public static void AddDelivery(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddAddresses(configuration);
        services.AddSubscriptions();
        services.AddDeliveries();
        services.AddMail(configuration);
        services.AddWebhooks();
    }
}
