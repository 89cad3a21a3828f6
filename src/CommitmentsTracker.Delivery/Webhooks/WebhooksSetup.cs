using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>Registers what keeps endpoints and sends them notices.</summary>
public static class WebhooksSetup
{
    /// <summary>Registers it.</summary>
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<EndpointStore>();
        services.AddReadsAgain<EndpointStore>();
        services.AddSingleton<Pings>();
        services.AddSingleton<DeliveryLeases>();
        services.AddSingleton<DeliveryOutcomes>();
        services.AddWorker<SendWebhooks>();
        services.AddWorker<Replays>();
    }
}
