using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace CommitmentsTracker.Delivery.Webhooks;

/// <summary>The secrets of endpoints, and the signatures of Standard Webhooks by which receivers know the sender.</summary>
public sealed class WebhookSecrets(IDataProtectionProvider protection)
{
    /// <summary>How long a secret that was replaced signs beside the new one.</summary>
    public static readonly TimeSpan FormerLasts = TimeSpan.FromHours(24);

    private const string Prefix = "whsec_";
    private readonly IDataProtector _protector = protection.CreateProtector("CommitmentsTracker.Webhooks.v1");

    /// <summary>A new secret: as its receiver gets it, and as it is kept.</summary>
    public (string Secret, string Kept) Create()
    {
        var secret = Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        return (secret, _protector.Protect(secret));
    }

    /// <summary>The value of <c>webhook-signature</c>: one signature for each secret, separated by spaces.</summary>
    /// <param name="kept">Secrets as they are kept.</param>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">The value of <c>webhook-timestamp</c>.</param>
    /// <param name="body">The bytes that are sent.</param>
    public string Sign(IEnumerable<string> kept, string id, long timestamp, byte[] body)
    {
        var head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}."));
        var signed = ArrayPool<byte>.Shared.Rent(head.Length + body.Length);
        try
        {
            head.CopyTo(signed, 0);
            body.CopyTo(signed, head.Length);
            var content = signed.AsMemory(0, head.Length + body.Length);
            return string.Join(
                ' ',
                kept.Select(k =>
                    "v1,"
                    + Convert.ToBase64String(
                        HMACSHA256.HashData(Convert.FromBase64String(_protector.Unprotect(k)[Prefix.Length..]), content.Span)
                    )
                )
            );
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(signed);
        }
    }
}
