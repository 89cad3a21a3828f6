using System.Text;
using CommitmentsTracker.Delivery.Webhooks;
using CommitmentsTracker.Record.ReadModels;
using CommitmentsTracker.Testing.Forums;
using CommitmentsTracker.Testing.Webhooks;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using StandardWebhooks.Diagnostics;

namespace CommitmentsTracker.Delivery.Tests.Webhooks;

/// <summary>Signatures that a receiver written from the specification accepts, and so does the library of the standard.</summary>
public sealed class SignatureTests
{
    private readonly WebhookSecrets _secrets = new(new EphemeralDataProtectionProvider());

    /// <summary>The example of the specification of Standard Webhooks.</summary>
    [Fact]
    public void The_verifier_of_these_tests_accepts_the_published_example_and_no_other()
    {
        const string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
            signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        SignatureCheck.Verify(secret, id, "1614265330", "{\"test\": 2432232314}"u8.ToArray(), signature).ShouldBeTrue();
        SignatureCheck.Verify(secret, id, "1614265331", "{\"test\": 2432232314}"u8.ToArray(), signature).ShouldBeFalse();
        SignatureCheck.Verify(secret, id, "1614265330", "{\"test\": 2432232315}"u8.ToArray(), signature).ShouldBeFalse();
    }

    [Fact]
    public void Two_hundred_random_bodies_verify_and_none_with_one_byte_changed()
    {
        var random = Dice.New();
        string[] pieces = ["人工智能治理", "\"", "\\", "😀", "é", "{}", "plain text ", "\n", "\u0000"];
        for (var n = 0; n < 200; n++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(20_000); Encoding.UTF8.GetByteCount(text.ToString()) < length; )
            for (var i = 0; i < 200; i++)
                text.Append(pieces[random.Next(pieces.Length)]);
            var body = Encoding.UTF8.GetBytes(text.ToString() + "x");
            var (secret, kept) = _secrets.Create();
            var id = Guid.CreateVersion7().ToString();
            // The library of the standard takes only what was signed within minutes of now.
            var at = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
            var signature = _secrets.Sign([kept], id, at, body);
            var library = new global::StandardWebhooks.StandardWebhook(secret);
            var headers = new HeaderDictionary
            {
                ["webhook-id"] = id,
                ["webhook-timestamp"] = $"{at}",
                ["webhook-signature"] = signature,
            };
            library.Verify(text + "x", headers);
            Should.Throw<WebhookVerificationException>(() => library.Verify(text + "y", headers));
            SignatureCheck.Verify(secret, id, $"{at}", body, signature).ShouldBeTrue();
            body[random.Next(body.Length)] ^= 1;
            SignatureCheck.Verify(secret, id, $"{at}", body, signature).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_secret_has_32_bytes_and_is_kept_encrypted()
    {
        var (secret, kept) = _secrets.Create();
        Convert.FromBase64String(secret["whsec_".Length..]).Length.ShouldBe(32);
        secret.ShouldStartWith("whsec_");
        kept.ShouldNotContain(secret[6..]);
    }
}
