using CommitmentsTracker.Reading.Addresses;
using CommitmentsTracker.Record.Workers;

namespace CommitmentsTracker.Delivery.Mail;

/// <summary>Registers what gathers mails and hands them over.</summary>
public static class MailSetup
{
    /// <summary>Registers it.</summary>
    /// <remarks>Wrong settings of the mail server or the sender stop the program when mails are first needed.</remarks>
    public static void AddMail(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(s => MailSettings.Of(configuration, s.GetRequiredService<PublicAddress>()));
        services.AddSingleton<MailGathering>();
        services.AddSingleton<OutgoingMail>();
        services.AddReadsAgain<OutgoingMail>();
        services.AddSingleton<MailMessages>();
        services.AddSingleton<MailCarrier>();
        services.AddWorker<SendMails>();
    }
}
