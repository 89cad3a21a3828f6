namespace CommitmentsTracker.Delivery.Subscriptions;

/// <summary>Registers what keeps subscriptions.</summary>
public static class SubscriptionsSetup
{
    /// <summary>Registers it.</summary>
    public static void AddSubscriptions(this IServiceCollection services)
    {
        services.AddSingleton<SubscriptionStore>();
        services.AddSingleton<Confirmations>();
        services.AddSingleton<SubscriptionRules>();
    }
}
