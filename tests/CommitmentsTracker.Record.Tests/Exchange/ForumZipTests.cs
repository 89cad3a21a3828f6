using System.IO.Compression;
using System.Text;
using CommitmentsTracker.Record.Exchange;
using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Record.Tests.Exchange;

/// <summary>Archives of forums: the same out as in, and nothing hostile.</summary>
public sealed class ForumZipTests
{
    [Fact]
    public void What_is_written_reads_the_same_and_gives_the_same_bytes()
    {
        var folder = ForumFolder.Read(TheForum.Folder);
        var zip = ForumZip.Write(folder);
        ForumZip.Read(zip).Files().ShouldBe(folder.Files());
        ForumZip.Write(ForumZip.Read(zip)).ShouldBe(zip);
    }

    [Theory]
    [InlineData("../forum.json", "zip-entry")]
    [InlineData("/forum.json", "zip-entry")]
    [InlineData("a/../forum.json", "zip-entry")]
    [InlineData("..\\forum.json", "zip-entry")]
    [InlineData("a/run.sh", "zip-entry")]
    [InlineData("a/b/forum.json", "zip-entry")]
    public void What_does_not_belong_there_is_refused(string name, string rule) => Rule(Zip((name, "{}"))).ShouldBe(rule);

    [Fact]
    public void Bombs_are_refused_before_they_are_unpacked()
    {
        Rule(Zip(("forum.json", new string(' ', ForumZip.MostUnpacked + 1)))).ShouldBe("too-large");
        Rule(new byte[ForumZip.MostBytes + 1]).ShouldBe("too-large");
        Rule(Zip([.. Enumerable.Range(0, 31).Select(i => ($"f{i}/forum.json", "{}"))])).ShouldBe("too-many");
    }

    [Fact]
    public void Broken_content_is_named_and_never_breaks_the_reading()
    {
        Rule(Encoding.UTF8.GetBytes("no archive")).ShouldBe("zip");
        Rule([]).ShouldBe("zip");
        Rule(Zip(("forum.json", "{"))).ShouldBe("format");
        Rule(Zip(("a/forum.json", "{}"), ("b/items.json", "[]"))).ShouldBe("zip-entry");
        Rule(Zip(("forum.json", "{\"slug\":\"a\",\"slug\":\"b\"}"))).ShouldBe("format");
        Rule(Zip(("forum.json", string.Concat(Enumerable.Repeat("[", 5_000))))).ShouldBe("format");
        Rule(
                Zip(
                    ("forum.json", "{\"format\":1,\"slug\":\"a\",\"name\":null,\"date\":\"2025\"}"),
                    ("themes.json", "[null]"),
                    ("parties.json", "[{\"slug\":\"p\",\"type\":\"person\",\"name\":null}]"),
                    ("items.json", "[7]"),
                    ("updates.json", "{}")
                )
            )
            .ShouldBe("format");
    }

    private static string Rule(byte[] zip) => Should.Throw<ForumFolderException>(() => ForumZip.Read(zip)).Problems[0].Rule;

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return bytes.ToArray();
    }
}
