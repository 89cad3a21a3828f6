using System.Text;
using CommitmentsTracker.Delivery.Addresses;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Refusals;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Record.Directories;

namespace CommitmentsTracker.Delivery.Subscriptions;

/// <summary>What a subscription may say. Names every wrong field.</summary>
public sealed class SubscriptionRules(ForumDirectory directory, ItemSlugs items, AddressGuard guard)
{
    /// <summary>Media types in which a notice may be sent.</summary>
    public static readonly IReadOnlyList<string> ContentTypes = ["application/json", "application/cloudevents+json"];

    private const int MostValues = 100;
    private const int MostCharacters = 200;

    /// <summary>What is wrong with a filter.</summary>
    public async Task<IReadOnlyList<Refusal>> FilterAsync(ChangeFilter filter, CancellationToken ct)
    {
        var refusals = new List<Refusal>();
        var names = await directory.NamesAsync(ct);
        List("kind", filter.Kind);
        List("status", filter.Status);
        List("changes", filter.Changes);
        if (List("forum", filter.Forum))
            Known("forum", filter.Forum, names.ForumSlugs);
        if (List("theme", filter.Theme))
            Known("theme", filter.Theme, names.ThemeSlugs);
        if (List("party", filter.Party))
            Known("party", filter.Party, names.PartySlugs);
        if (List("item", filter.Item))
            Known("item", filter.Item, await items.KnownAsync([.. filter.Item], ct));
        if (List("signal", filter.Signal))
            foreach (var word in filter.Signal.Where(s => !ItemQuery.IsSignal(s)))
                Refuse("unknown-word", "signal", $"There is no signal '{word}'.");
        refusals.AddRange(Words(filter.Q));
        return refusals;

        bool List<T>(string name, IReadOnlyList<T>? values)
        {
            if (values is null || values.Any(v => v is null))
                Refuse("required", name, "A list without null; leave the field out for no narrowing.");
            else if (values.Count > MostValues)
                Refuse("too-many", name, $"At most {MostValues} values; these are {values.Count}.");
            else
                return true;
            return false;
        }

        void Known(string name, IReadOnlyList<string> slugs, IReadOnlySet<string> known)
        {
            foreach (var slug in slugs.Where(s => !known.Contains(s)))
                Refuse($"unknown-{name}", name, $"No {name} has the slug '{slug}'.");
        }

        void Refuse(string rule, string name, string message) => refusals.Add(OfFilter(rule, name, message));
    }

    private static IEnumerable<Refusal> Words(string? words)
    {
        if (words is null)
            yield break;
        if (words.Length > MostCharacters)
            yield return OfFilter("too-long", "q", $"At most {MostCharacters} characters; these are {words.Length}.");
        if (words.EnumerateRunes().Any(r => Rune.IsControl(r) || r == Rune.ReplacementChar))
            yield return OfFilter("control-characters", "q", "Control characters are not allowed.");
    }

    private static Refusal OfFilter(string rule, string field, string message) =>
        new(RefusalKind.Invalid, rule, $"filter.{field}", message);

    /// <summary>What is wrong with the address of an endpoint.</summary>
    public async Task<Refusal?> UrlAsync(string? url, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(url))
            return Required("url", "The address to which notices are sent is required.");
        return await guard.CheckAsync(url, ct) is { } wrong ? new Refusal(RefusalKind.Invalid, wrong.Rule, "url", wrong.Message) : null;
    }

    /// <summary>What is wrong with the media type in which notices are wanted.</summary>
    /// <param name="contentType">Null: the first that there is.</param>
    public static Refusal? ContentType(string? contentType) =>
        contentType is null || ContentTypes.Contains(contentType)
            ? null
            : new Refusal(RefusalKind.Invalid, "unknown-word", "contentType", $"One of: {string.Join(", ", ContentTypes)}.");

    /// <summary>What is wrong with an e-mail address.</summary>
    public static Refusal? Address(string field, string? address, bool required)
    {
        if (string.IsNullOrEmpty(address))
            return required ? Required(field, "An e-mail address is required.") : null;
        return EmailAddress.Read(address) is not null
            ? null
            : new Refusal(RefusalKind.Invalid, "email", field, "That is no e-mail address.");
    }

    /// <summary>What is wrong with a time zone.</summary>
    public static Refusal? Zone(string zone) =>
        Zones.Of(zone) is not null
            ? null
            : new Refusal(RefusalKind.Invalid, "time-zone", "timeZone", "An IANA name such as Asia/Shanghai.");

    /// <summary>Refuses fields of another channel.</summary>
    public static IEnumerable<Refusal> Foreign(Channel channel, params (string Field, bool IsGiven)[] fields) =>
        fields
            .Where(f => f.IsGiven)
            .Select(f => new Refusal(
                RefusalKind.Invalid,
                "channel",
                f.Field,
                $"A subscription by {channel.ToString().ToLowerInvariant()} has no {f.Field}."
            ));

    private static Refusal Required(string field, string message) => new(RefusalKind.Invalid, "required", field, message);
}
