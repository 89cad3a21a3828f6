using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using CommitmentsTracker.Domain.Clocks;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Domain.Writing;

namespace CommitmentsTracker.Reading.Languages;

/// <summary>
/// The words of the interface in one language, from the files under <c>Languages/{language}/</c>, one for each feature. A
/// missing key is shown between <see cref="MissingMark"/> signs and collected in <see cref="Missing"/>, so that a test sees it.
/// </summary>
public sealed class Phrasebook
{
    /// <summary>Stands before a key that the language lacks; no text of the interface contains it.</summary>
    public const char MissingMark = '⟦';

    /// <summary>The languages of the interface, the first one being the fallback.</summary>
    public static readonly IReadOnlyList<string> Languages = ["en", "zh"];

    private static readonly FrozenDictionary<string, Phrasebook> Books = Languages.ToFrozenDictionary(l => l, l => new Phrasebook(l));

    private readonly FrozenDictionary<string, string> _phrases;
    private readonly ConcurrentDictionary<string, byte> _missing = new(StringComparer.Ordinal);

    private Phrasebook(string language)
    {
        Language = language;
        Culture = CultureInfo.GetCultureInfo(language == "zh" ? "zh-CN" : "en-GB");
        var phrases = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (
            var name in typeof(Phrasebook)
                .Assembly.GetManifestResourceNames()
                .Where(n => n.StartsWith($"Languages/{language}/", StringComparison.Ordinal))
        )
        {
            using var file = typeof(Phrasebook).Assembly.GetManifestResourceStream(name)!;
            foreach (var (key, phrase) in JsonSerializer.Deserialize<Dictionary<string, string>>(file)!)
                if (!phrases.TryAdd(key, phrase))
                    throw new InvalidOperationException($"{name} repeats the key {key}.");
        }

        _phrases = phrases.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary><c>en</c> or <c>zh</c>; also the lang attribute.</summary>
    public string Language { get; }

    /// <summary>How numbers and days are written.</summary>
    public CultureInfo Culture { get; }

    /// <summary>Every key of this language.</summary>
    public IReadOnlyCollection<string> Keys => _phrases.Keys;

    /// <summary>Keys that were asked for and not found since the start of the program.</summary>
    public IReadOnlyCollection<string> Missing => [.. _missing.Keys];

    /// <summary>The book of a language; English for one that we do not have.</summary>
    public static Phrasebook For(string? language) => Books.GetValueOrDefault(language ?? "en") ?? Books["en"];

    /// <summary>The phrase as it is.</summary>
    public string this[string key]
    {
        get
        {
            if (_phrases.TryGetValue(key, out var phrase))
                return phrase;
            _missing.TryAdd(key, 0);
            return $"{MissingMark}{key}⟧";
        }
    }

    /// <summary>True if the language has the key.</summary>
    public bool Has(string key) => _phrases.ContainsKey(key);

    /// <summary>The phrase with its places filled; numbers by locale.</summary>
    public string Say(string key, params object?[] values) => string.Format(Culture, this[key], values);

    /// <summary>A counted thing: the phrase <c>key.one</c> or <c>key.other</c>, with the number at place 0.</summary>
    public string Count(string key, int number, params object?[] more) =>
        Say(number == 1 ? key + ".one" : key + ".other", [Number(number), .. more]);

    /// <summary>A number by locale.</summary>
    public string Number(int number) => number.ToString("N0", Culture);

    /// <summary>An enumeration: A, B and C.</summary>
    public string List(IEnumerable<string> parts)
    {
        var all = parts.ToList();
        return all.Count < 2 ? string.Concat(all) : string.Join(this["list.comma"], all.SkipLast(1)) + this["list.and"] + all[^1];
    }

    /// <summary>The status in words.</summary>
    public string Status(Status status) => this["status." + status.Word()];

    /// <summary>The status in words; one that nobody has looked at since says so.</summary>
    public string Status(Status status, Freshness freshness) =>
        status == Domain.Lifecycles.Status.Announced && freshness == Freshness.NeverReviewed
            ? this["status.announced.unreviewed"]
            : Status(status);

    /// <summary>A word of a closed list, e.g. <c>time.overdue</c>.</summary>
    public string Word<T>(string list, T value)
        where T : struct, Enum => this[$"{list}.{value.Word()}"];

    /// <summary>A date with no more precision than it has.</summary>
    public string Date(PartialDate date) =>
        date.Precision switch
        {
            Precision.Day => Date(date.FirstDay),
            Precision.Month => date.FirstDay.ToString(this["date.month"], Culture),
            _ => date.FirstDay.ToString(this["date.year"], Culture),
        };

    /// <summary>A day.</summary>
    public string Date(DateOnly day) => day.ToString(this["date.day"], Culture);

    /// <summary>A day, short, for tables and axes.</summary>
    public string ShortDate(DateOnly day) => day.ToString(this["date.day.short"], Culture);

    /// <summary>A date, short.</summary>
    public string ShortDate(PartialDate date) =>
        date.Precision switch
        {
            Precision.Day => ShortDate(date.FirstDay),
            Precision.Month => date.FirstDay.ToString(this["date.month.short"], Culture),
            _ => date.FirstDay.ToString(this["date.year"], Culture),
        };

    /// <summary>An instant: its UTC day, with the time of day unless that is midnight or the end of the day.</summary>
    public string Instant(DateTimeOffset instant)
    {
        var utc = instant.UtcDateTime;
        var day = ShortDate(DateOnly.FromDateTime(utc));
        return utc.TimeOfDay == TimeSpan.Zero || instant == Instants.EndOf(instant.DayOf())
            ? day
            : Say("date.instant", day, utc.ToString("HH:mm", Culture));
    }

    /// <summary>A span of days in the largest fitting unit: "3 days", "4 months", "2 years".</summary>
    public string Span(int days) =>
        Math.Abs(days) switch
        {
            < 60 and var d => Count("span.days", d),
            < 730 and var d => Count("span.months", d / 30),
            var d => Count("span.years", d / 365),
        };

    /// <summary>How far a deadline lies from a day: "in 3 days", "today", "2 months over".</summary>
    public string Remaining(DateOnly due, DateOnly day) =>
        (due.DayNumber - day.DayNumber) switch
        {
            < 0 and var days => Say("due.over", Span(days)),
            0 => this["due.today"],
            var days => Say("due.in", Span(days)),
        };

    /// <summary>
    /// Why something was refused, in this language and in a friendly tone. A rule without a phrase falls back to the
    /// message of the domain.
    /// </summary>
    public string Refusal(Refusal refusal)
    {
        var field = refusal.Field is "" ? "" : refusal.Field.Split('.', '[')[0];
        var key = Has($"rule.{refusal.Rule}.{field}") ? $"rule.{refusal.Rule}.{field}" : $"rule.{refusal.Rule}";
        if (!Has(key))
            return refusal.Message;
        var said = this[key];
        return refusal.Lawful is { Count: > 0 } lawful ? said + Say("rule.lawful", List(lawful.Select(Status))) : said;
    }
}
