using CommitmentsTracker.Delivery.Mail;
using CommitmentsTracker.Domain.Notices;

namespace CommitmentsTracker.Delivery.Tests.Mail;

/// <summary>What becomes of a mail that was handed over.</summary>
public sealed class MailStatesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_was_taken_is_sent()
    {
        MailStates.After(Handed.Taken, 1, Now).ShouldBe((MailState.Sent, null));
        MailState.Sent.IsDone().ShouldBeTrue();
    }

    [Fact]
    public void Whoever_asks_to_come_later_is_asked_again_until_it_was_often_enough()
    {
        MailStates.After(Handed.Later, 1, Now).ShouldBe((MailState.Waiting, MailTimes.RetryAt(1, Now)));
        var attempts = Enumerable.Range(1, 20).First(n => MailTimes.RetryAt(n, Now) is null);
        MailStates.After(Handed.Later, attempts, Now).ShouldBe((MailState.Failed, null));
        MailState.Waiting.IsDone().ShouldBeFalse();
    }

    [Fact]
    public void A_server_that_is_away_costs_no_attempt() =>
        MailStates.After(Handed.NoServer, 1_000, Now).ShouldBe((MailState.Waiting, MailTimes.RetryAt(3, Now)));

    [Fact]
    public void A_refused_address_is_tried_once_more()
    {
        MailStates.After(Handed.AddressRefused, 1, Now).ShouldBe((MailState.Waiting, MailTimes.RetryAt(2, Now)));
        MailStates.After(Handed.AddressRefused, 2, Now).ShouldBe((MailState.Failed, null));
    }

    [Fact]
    public void A_refused_mail_is_given_up() => MailStates.After(Handed.Refused, 1, Now).ShouldBe((MailState.Failed, null));
}
