using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.People.Identity;
using CommitmentsTracker.Record.Store;
using CommitmentsTracker.Record.Workers;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;

namespace CommitmentsTracker.People.Keys;

/// <summary>
/// The key that encrypts the keys of Data Protection before they go into the database: of the setting, or of a file in the
/// data folder that the first start makes. Whoever has the database alone can neither forge a cookie nor read a secret.
/// </summary>
public sealed class MasterKey(string? setting, string folder)
{
    /// <summary>Name of the setting: a text of 32 characters or more; the same on every node.</summary>
    public const string Setting = "TRACKER_KEY";

    /// <summary>Name of the file.</summary>
    public const string FileName = "protection-key";

    private const int ShortestSetting = 32;
    private readonly Lock _lock = new();
    private byte[]? _key;

    /// <summary>Reads the setting.</summary>
    /// <exception cref="InvalidOperationException">It is too short to be a key.</exception>
    public static MasterKey Of(IConfiguration configuration, string dataFolder) =>
        configuration[Setting] switch
        {
            null or "" => new MasterKey(null, dataFolder),
            { Length: < ShortestSetting } => throw new InvalidOperationException(
                $"{Setting} is a random text of {ShortestSetting} characters or more."
            ),
            var set => new MasterKey(set, dataFolder),
        };

    /// <summary>The key.</summary>
    /// <param name="mayMake">True if a new one may be made: nothing is encrypted with an older one.</param>
    /// <exception cref="InvalidOperationException">There is none and none may be made.</exception>
    public byte[] Key(bool mayMake)
    {
        lock (_lock)
            return _key ??= setting is not null ? Derived(Encoding.UTF8.GetBytes(setting)) : Derived(OfFile(mayMake));
    }

    private static byte[] Derived(byte[] secret) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "CommitmentsTracker.ProtectionKeys.v1"u8.ToArray());

    private byte[] OfFile(bool mayMake)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            if (!mayMake)
                throw new InvalidOperationException(
                    $"The database holds encrypted keys, and {path} with the key to them is missing: restore it from the "
                        + $"backup, or set {Setting} to what it was."
                );
            Directory.CreateDirectory(folder);
            // Written aside and moved, so that a second start beside this one never sees half a key; the first to move it wins.
            var made = Path.Combine(folder, $"{FileName}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}");
            File.WriteAllText(made, "");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(made, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.WriteAllText(made, Secrets.Create());
            try
            {
                File.Move(made, path);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(made);
            }
        }

        return Encoding.UTF8.GetBytes(File.ReadAllText(path).Trim());
    }
}

/// <summary>
/// Keeps the keys of Data Protection in the database, so that several nodes and restarts share them, encrypted with AES-256-GCM.
/// </summary>
public sealed class KeysInDatabase(NpgsqlDataSource source, MasterKey master, PutAside aside) : IXmlRepository, IReadsAgain
{
    private const string Table = "protection_keys";
    private const string Mark = "v1:";

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var rows = new List<(string Name, string Text)>();
        using (var command = source.CreateCommand("select name, xml from protection_keys"))
        using (var reader = command.ExecuteReader())
            while (reader.Read())
                rows.Add((reader.GetString(0), reader.GetString(1)));
        var (all, unread) = (new List<XElement>(), new List<(string Name, Exception Why)>());
        foreach (var (name, text) in rows)
        {
            try
            {
                all.Add(Element(name, text));
                // Kept before keys were encrypted.
                if (!text.StartsWith(Mark, StringComparison.Ordinal))
                    Store(name, all[^1], rows.Any(r => r.Text.StartsWith(Mark, StringComparison.Ordinal)));
            }
            catch (Exception e) when (Failure.IsOfRow(e))
            {
                unread.Add((name, e));
            }
        }

        // A single one is damaged; if none can be read, the key that encrypts them is another one, and nothing may go on with new keys.
        if (unread.Count > 0 && all.Count == 0)
            throw unread[0].Why;
        aside
            .NoteAsync([.. unread.Select(u => new UnreadRow(Table, u.Name, Failure.Said(u.Why)))], CancellationToken.None)
            .GetAwaiter()
            .GetResult();
        return all;
    }

    /// <inheritdoc />
    public IReadOnlyCollection<string> Tables => [Table];

    /// <inheritdoc />
    public Task ReadAgainAsync(AsideRow row, CancellationToken ct) =>
        source.AllAsync("select xml from protection_keys where name = $1", r => Element(row.Key, r.GetString(0)), ct, row.Key);

    private XElement Element(string name, string text) =>
        XElement.Parse(text.StartsWith(Mark, StringComparison.Ordinal) ? Decrypted(name, text) : text);

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = source.CreateCommand($"select exists (select 1 from protection_keys where xml like '{Mark}%')");
        Store(friendlyName, element, (bool)command.ExecuteScalar()!);
    }

    private void Store(string name, XElement element, bool othersAreEncrypted)
    {
        using var command = source.CreateCommand(
            "insert into protection_keys (name, xml) values ($1, $2) on conflict (name) do update set xml = excluded.xml"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        command.Parameters.Add(
            new NpgsqlParameter<string>
            {
                TypedValue = Encrypted(name, element.ToString(SaveOptions.DisableFormatting), master.Key(mayMake: !othersAreEncrypted)),
            }
        );
        command.ExecuteNonQuery();
    }

    private static string Encrypted(string name, string text, byte[] key)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedText = new byte[12 + 16 + plain.Length];
        RandomNumberGenerator.Fill(sealedText.AsSpan(0, 12));
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(sealedText.AsSpan(0, 12), plain, sealedText.AsSpan(28), sealedText.AsSpan(12, 16), Encoding.UTF8.GetBytes(name));
        return Mark + Convert.ToBase64String(sealedText);
    }

    private string Decrypted(string name, string text)
    {
        var sealedText = Convert.FromBase64String(text[Mark.Length..]);
        var plain = new byte[sealedText.Length - 28];
        using var aes = new AesGcm(master.Key(mayMake: false), 16);
        try
        {
            aes.Decrypt(sealedText.AsSpan(0, 12), sealedText.AsSpan(28), sealedText.AsSpan(12, 16), plain, Encoding.UTF8.GetBytes(name));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new InvalidOperationException(
                "The keys in the database are encrypted with another key than the one given: restore the file "
                    + $"'{MasterKey.FileName}' from the backup, or set {MasterKey.Setting} to what it was."
            );
        }

        return Encoding.UTF8.GetString(plain);
    }
}
