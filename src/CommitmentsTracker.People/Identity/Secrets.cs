using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace CommitmentsTracker.People.Identity;

/// <summary>
/// Random secrets that are handed out once and kept as hashes. They are long enough that a plain hash gives nothing away.
/// </summary>
public static class Secrets
{
    /// <summary>256 random bits, fit for an address.</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>What is kept of a secret.</summary>
    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
