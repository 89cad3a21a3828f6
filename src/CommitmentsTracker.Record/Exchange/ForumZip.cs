using System.IO.Compression;
using System.Text;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Record.Exchange;

/// <summary>A forum folder as one file. What comes from outside is read within bounds and never written to a disk.</summary>
public static class ForumZip
{
    /// <summary>Largest archive, in bytes.</summary>
    public const int MostBytes = 10 * 1024 * 1024;

    /// <summary>Most that it may hold unpacked, in bytes.</summary>
    public const int MostUnpacked = 64 * 1024 * 1024;

    private const int MostEntries = 30;

    private static readonly string[] Known =
    [
        "forum.json",
        "themes.json",
        "parties.json",
        "items.json",
        "updates.json",
        "confirmations.json",
        "evidence.json",
        "disputes.json",
        "corrections.json",
        "details.json",
        "retractions.json",
    ];

    /// <summary>Reads an archive: the files of one folder, bare or within it.</summary>
    /// <exception cref="ForumFolderException">It is no archive, holds something else or too much, or a row cannot be read.</exception>
    public static ForumFolder Read(byte[] bytes)
    {
        if (bytes.Length > MostBytes)
            throw Wrong("zip", "too-large", $"An archive has at most {MostBytes / 1024 / 1024} MB.");
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var zip = new ZipArchive(new MemoryStream(bytes, writable: false), ZipArchiveMode.Read);
            if (zip.Entries.Count > MostEntries)
                throw Wrong("zip", "too-many", $"At most {MostEntries} entries; these are {zip.Entries.Count}.");
            string? folder = null;
            var left = MostUnpacked;
            foreach (var entry in zip.Entries)
            {
                // An entry for the folder itself has no content.
                if (entry.FullName.EndsWith('/') && entry.Length == 0)
                    continue;
                var parts = entry.FullName.Split('/');
                var name = parts[^1];
                if (
                    parts.Length > 2
                    || entry.FullName.Contains('\\', StringComparison.Ordinal)
                    || parts[0] is "" or "." or ".."
                    || !Known.Contains(name)
                )
                    throw Wrong(
                        "zip",
                        "zip-entry",
                        $"'{Shown(entry.FullName)}' does not belong into a forum folder; these may: "
                            + $"{string.Join(", ", Known)}, all in one folder or bare."
                    );
                var inFolder = parts.Length == 2 ? parts[0] : "";
                if (folder is not null && folder != inFolder)
                    throw Wrong("zip", "zip-entry", "The archive holds more than one folder; import one forum at a time.");
                folder = inFolder;
                if (!files.TryAdd(name, Text(entry, ref left)))
                    throw Wrong(name, "repeated", "The file stands in the archive twice.");
            }
        }
        catch (InvalidDataException)
        {
            throw Wrong("zip", "zip", "This is no zip archive, or a damaged one.");
        }

        return ForumFolder.Read(file => files.GetValueOrDefault(file));
    }

    /// <summary>Writes the forum as an archive with its folder; the same forum gives the same bytes.</summary>
    public static byte[] Write(ForumFolder forum)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in forum.Files())
            {
                var entry = zip.CreateEntry($"{forum.Forum.Slug}/{name}");
                entry.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var stream = entry.Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }

    /// <summary>The text of an entry. What it says of its own length is not believed.</summary>
    private static string Text(ZipArchiveEntry entry, ref int left)
    {
        using var stream = entry.Open();
        using var text = new MemoryStream();
        var chunk = new byte[64 * 1024];
        for (int n; (n = stream.Read(chunk)) > 0; )
        {
            if ((left -= n) < 0)
                throw Wrong(entry.Name, "too-large", $"Unpacked, the archive holds more than {MostUnpacked / 1024 / 1024} MB.");
            text.Write(chunk, 0, n);
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(text.GetBuffer(), 0, (int)text.Length).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw Wrong(entry.Name, "format", "The file is not written in UTF-8.");
        }
    }

    private static string Shown(string name) => name.Length > 100 ? name[..100] + "…" : name;

    private static ForumFolderException Wrong(string where, string rule, string message) => new([new FolderProblem(where, rule, message)]);
}
