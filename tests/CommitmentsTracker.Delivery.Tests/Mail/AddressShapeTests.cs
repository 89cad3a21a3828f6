using System.Text;
using CommitmentsTracker.Domain.Notices;
using MimeKit;

namespace CommitmentsTracker.Delivery.Tests.Mail;

/// <summary>The shape of an address stands in the domain; whoever sends mail reads it by a library.</summary>
public sealed class AddressShapeTests
{
    [Fact]
    public void Every_address_that_is_taken_can_be_sent_to_as_it_stands()
    {
        const string signs = "ab1.@-_+!#$%&'*/=?^`{|}~\\[]()<>,;:\" \täö中\u2003\u00ad\ud83d\ude42";
        var random = new Random(5);
        var taken = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var typed = new StringBuilder();
            for (var n = random.Next(1, 9); n > 0; n--)
                typed.Append(signs[random.Next(signs.Length)]);
            typed.Append(random.Next(4) == 0 ? "" : "@ab.de");
            if (EmailAddress.Read(typed.ToString()) is not { } address)
                continue;
            taken++;
            MailboxAddress.TryParse(address, out var parsed).ShouldBeTrue(address);
            parsed.Address.ShouldBe(address);
        }

        taken.ShouldBeGreaterThan(1_000);
    }
}
