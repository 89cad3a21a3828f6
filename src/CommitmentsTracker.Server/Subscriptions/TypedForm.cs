using CommitmentsTracker.Delivery.Subscriptions;
using CommitmentsTracker.Domain.Changes;
using CommitmentsTracker.Domain.Items;
using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Notices;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Changes;
using CommitmentsTracker.Reading.Items;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Layout;

namespace CommitmentsTracker.Server.Subscriptions;

/// <summary>What was typed on the page of subscribing, and what is wrong with it.</summary>
public sealed class TypedForm
{
    private TypedForm() { }

    /// <summary>As typed.</summary>
    public string Email { get; private init; } = "";

    /// <summary>The address as it is kept; null: it is none.</summary>
    public string? Address { get; private init; }
    public ChangeFilter Filter { get; private init; } = new();
    public Frequency Frequency { get; private init; }
    public string Lang { get; private init; } = "en";

    /// <summary>As typed.</summary>
    public string ZoneTyped { get; private init; } = "UTC";

    /// <summary>IANA name; null: there is no such zone.</summary>
    public string? Zone { get; private init; }

    /// <summary>True if a field is filled that people do not see.</summary>
    public bool IsProgram { get; private init; }

    /// <summary>Fields with the key of the phrase that says what is wrong.</summary>
    public Dictionary<string, string> Wrong { get; } = new(StringComparer.Ordinal);

    /// <summary>What the address asks to watch.</summary>
    public static ChangeFilter FilterOf(QueryValues asked) =>
        new()
        {
            Kind = asked.Words<ItemKind>("kind"),
            Status = asked.Words<Status>("status"),
            Theme = asked.Known("theme", IsSlug, "error.slug"),
            Party = asked.Known("party", IsSlug, "error.slug"),
            Forum = asked.Known("forum", IsSlug, "error.slug"),
            Item = asked.Known("item", IsSlug, "error.slug"),
            Signal = asked.Known("signal", ItemQuery.IsSignal),
            Q = asked.Text("q"),
            Changes = asked.Words<NewsKind>("changes"),
        };

    /// <summary>Reads the form; what is watched stands in the address.</summary>
    public static TypedForm Of(IFormCollection form, QueryValues asked)
    {
        var filter = FilterOf(asked);
        var kinds = form["changes"]
            .Select(k => Words.TryRead<NewsKind>(k, out var kind) ? kind : (NewsKind?)null)
            .OfType<NewsKind>()
            .Distinct()
            .ToList();
        var known = Words.TryRead<Frequency>(form["frequency"], out var frequency);
        var typed = new TypedForm
        {
            Email = form["email"].ToString(),
            Address = EmailAddress.Read(form["email"]),
            // All kinds are no narrowing: kinds that come later are then told too.
            Filter = filter with
            {
                Changes = kinds.Count == Enum.GetValues<NewsKind>().Length ? [] : kinds,
            },
            Frequency = frequency,
            Lang = Phrasebook.Languages.Contains(form["in"].ToString()) ? form["in"].ToString() : "en",
            ZoneTyped = form["zone"].ToString(),
            Zone = Zones.Of(form["zone"]),
            IsProgram = form["website"].ToString().Length > 0,
        };
        if (typed.Address is null)
            typed.Wrong["email"] = typed.Email.Trim().Length == 0 ? "subscribe.wrong.noemail" : "subscribe.wrong.email";
        if (typed.Zone is null)
            typed.Wrong["zone"] = "subscribe.wrong.zone";
        if (!known)
            typed.Wrong["frequency"] = "subscribe.wrong.frequency";
        if (kinds.Count == 0)
            typed.Wrong["changes"] = "subscribe.wrong.changes";
        if (asked.Wrong.Count > 0)
            typed.Wrong["filter"] = "subscribe.wrong.filter";
        return typed;
    }

    private static bool IsSlug(string text) =>
        text.Length is > 0 and <= 120 && text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
