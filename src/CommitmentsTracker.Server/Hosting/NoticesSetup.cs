using CommitmentsTracker.Server.Addresses;
using CommitmentsTracker.Server.Deliveries;
using CommitmentsTracker.Server.Mail;
using CommitmentsTracker.Server.Subscriptions;
using CommitmentsTracker.Server.Webhooks;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CommitmentsTracker.Server.Hosting;

/// <summary>Brings notices into the program: who asked for them, and how they reach them.</summary>
internal static class NoticesSetup
{
    /// <summary>Registers what they need.</summary>
    public static void AddNotices(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(AddressGuard.Of(configuration));
        services.AddSingleton<SubscriptionStore>();
        services.AddSingleton<SignUps>();
        services.AddSingleton<SubscriptionRules>();
        services.AddSingleton<SubscriptionViews>();
        services.AddSingleton<DeliverySignal>();
        services.AddSingleton<TellChanges>();
        services.AddHostedService(s => s.GetRequiredService<TellChanges>());
        services.AddDeliveryMetrics();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton(s => MailSettings.Of(configuration, s.GetRequiredService<PublicAddress>()));
        services.AddSingleton<MailQueue>();
        services.AddSingleton<MailMessages>();
        services.AddSingleton<MailCarrier>();
        services.AddHostedService<SendMails>();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<EndpointStore>();
        services.AddSingleton<Pings>();
        services.AddSingleton<DeliveryClaims>();
        services.AddSingleton<DeliveryOutcomes>();
        services.AddHostedService<SendWebhooks>();
        services.AddSingleton<Replays>();
        services.AddHostedService(s => s.GetRequiredService<Replays>());
    }
}
