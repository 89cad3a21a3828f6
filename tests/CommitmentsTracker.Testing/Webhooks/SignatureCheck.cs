using System.Security.Cryptography;
using System.Text;

namespace CommitmentsTracker.Testing.Webhooks;

/// <summary>
/// What a receiver does to know the sender, written from the specification of Standard Webhooks alone: HMAC as RFC 2104
/// defines it, over <c>id.timestamp.body</c>, with the bytes behind <c>whsec_</c> as the key.
/// </summary>
public static class SignatureCheck
{
    /// <summary>True if one of the signatures is right.</summary>
    public static bool Verify(string secret, string id, string timestamp, byte[] body, string signatures)
    {
        var key = Convert.FromBase64String(secret.StartsWith("whsec_", StringComparison.Ordinal) ? secret[6..] : secret);
        var expected = Hmac(key, [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body]);
        return signatures
            .Split(' ')
            .Any(s => s.StartsWith("v1,", StringComparison.Ordinal) && Convert.FromBase64String(s[3..]).AsSpan().SequenceEqual(expected));
    }

    private static byte[] Hmac(byte[] key, byte[] message)
    {
        const int block = 64;
        if (key.Length > block)
            key = SHA256.HashData(key);
        var padded = new byte[block];
        key.CopyTo(padded, 0);
        var inner = SHA256.HashData([.. padded.Select(b => (byte)(b ^ 0x36)), .. message]);
        return SHA256.HashData([.. padded.Select(b => (byte)(b ^ 0x5c)), .. inner]);
    }
}
