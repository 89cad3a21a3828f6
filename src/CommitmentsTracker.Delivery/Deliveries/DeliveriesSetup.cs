using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Delivery.Deliveries;

/// <summary>Registers what turns changes into deliveries and keeps them.</summary>
public static class DeliveriesSetup
{
    /// <summary>Registers it.</summary>
    public static void AddDeliveries(this IServiceCollection services)
    {
        services.AddSingleton<DeliverySignal>();
        services.AddWorker<TellChanges>();
        services.AddReadsAgain<TellChanges>();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton<DeliveryOverview>();
        services.AddSingleton<DeliveryGauges>();
        services.AddSingleton<MailRhythm>();
        services.AddSingleton<ReplayStore>();
    }
}
