using CommitmentsTracker.Testing.Forums;

namespace CommitmentsTracker.Reading.Tests.Search;

/// <summary>
/// Forty questions of readers to the real forum, with the items that they look for. They were written before the search
/// was; whoever changes the search does not change them to fit.
/// </summary>
public sealed class FindingTests(TheForum forum) : IClassFixture<TheForum>
{
    private const double Wanted = 0.9;
    private static readonly string[] Places = ["chinese", "english", "names"];

    private sealed record Question(string Q, string Group, string[] Expected);

    [Fact]
    public async Task Nine_of_ten_items_that_readers_look_for_stand_among_the_first_five()
    {
        var (found, wanted) = (0, 0);
        var missed = new List<string>();
        foreach (var question in Questions())
        {
            var page = (await forum.Tracker.Anyone.GetAsync($"items?limit=5&q={Uri.EscapeDataString(question.Q)}")).Should(200).Json;
            var first = page["items"]!.AsArray().Select(i => (string)i!["slug"]!).ToList();
            foreach (var item in question.Expected)
            {
                wanted++;
                if (first.Contains(item))
                    found++;
                else
                    missed.Add($"{question.Q}: {item} is not among the first of {page["total"]}: {string.Join(", ", first)}");
            }
        }

        var recall = (double)found / wanted;
        TestContext.Current.TestOutputHelper?.WriteLine(
            string.Join("\n", missed.Prepend($"{found} of {wanted} found among the first five: {recall:P1}"))
        );
        recall.ShouldBeGreaterThanOrEqualTo(Wanted, string.Join("\n", missed));
    }

    [Fact]
    public void The_questions_are_forty_and_seldom_repeat_the_words_of_the_title()
    {
        var questions = Questions();
        questions.Select(q => q.Group).Distinct().Order(StringComparer.Ordinal).ShouldBe(Places);
        (
            questions.Count(q => q.Group == "chinese"),
            questions.Count(q => q.Group == "english"),
            questions.Count(q => q.Group == "names")
        ).ShouldBe((15, 15, 10));
        questions.Count(q => q.Group == "chinese" && q.Q.Length == 2).ShouldBeGreaterThan(3);
        var titles = JsonNode
            .Parse(File.ReadAllText(Path.Combine(TheForum.Folder, "items.json")))!
            .AsArray()
            .ToDictionary(i => (string)i!["slug"]!, i => $"{i!["title"]!["en"]} {i["title"]!["zh"]}".ToLowerInvariant());
        questions.Count(q => q.Expected.Any(e => Parts(q.Q).Any(titles[e].Contains))).ShouldBeLessThanOrEqualTo(questions.Count / 3);

        // Words of four letters on, short names as they are, and pairs of Chinese characters.
        static IEnumerable<string> Parts(string question)
        {
            foreach (var word in question.ToLowerInvariant().Split(' ', '-', '/', ':', '.'))
            {
                if (word.Any(c => c >= '\u4e00'))
                    for (var i = 0; i + 1 < word.Length; i++)
                        yield return word.Substring(i, 2);
                else if (word.Length >= 4 && word.All(char.IsLetter))
                    yield return word[..Math.Min(word.Length, 6)];
            }
        }
    }

    private static List<Question> Questions() =>
        System.Text.Json.JsonSerializer.Deserialize<List<Question>>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Search", "queries.json")),
            System.Text.Json.JsonSerializerOptions.Web
        )!;
}
