using CommitmentsTracker.Domain.Lifecycles;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Server.Charts;

/// <summary>Shape of a status's icon: readable without colour.</summary>
public enum Glyph
{
    HollowCircle, CircleWithDot, QuarterDisc, HalfDisc, ThreeQuarterDisc, ThreeQuarterStroke, ThreeQuarterBar,
    FullDisc, FullDiscTick, TwoBars, CrossedSquare, Dash, Arrow,
}

/// <summary>How a status looks: always a word, an icon and a colour together.</summary>
/// <param name="Colour">The ground.</param>
/// <param name="Text">Text on it.</param>
/// <param name="Glyph">The icon.</param>
/// <param name="Hatched">Hatched where it fills an area.</param>
public sealed record StatusLook(string Colour, string Text, Glyph Glyph, bool Hatched = false)
{
    private const string Ink = "#14181D";
    private const string White = "#FFFFFF";

    /// <summary>The look of a status; the same in every forum. Stages rise in one hue, exceptions leave the scale.</summary>
    public static StatusLook Of(Status status) => status switch
    {
        Proposed => new("#D5DEE8", Ink, Glyph.HollowCircle),
        Endorsed => new("#AFC4DA", Ink, Glyph.CircleWithDot),
        TakenUp => new("#86A8CB", Ink, Glyph.QuarterDisc),
        InNegotiation => new("#5C8BBA", Ink, Glyph.HalfDisc),
        Adopted => new("#3A6FA5", White, Glyph.ThreeQuarterDisc),
        Signed => new("#28568A", White, Glyph.ThreeQuarterStroke),
        InForce => new("#173F6D", White, Glyph.FullDisc),
        Implemented => new("#0A2A4D", White, Glyph.FullDiscTick),
        Announced => new("#D5DEE8", Ink, Glyph.HollowCircle),
        Formalised => new("#AFC4DA", Ink, Glyph.QuarterDisc),
        Underway => new("#5C8BBA", Ink, Glyph.HalfDisc),
        Delivered => new("#0A2A4D", White, Glyph.FullDiscTick),
        PartlyDelivered => new("#4FB286", Ink, Glyph.ThreeQuarterBar),
        Stalled => new("#C98A1B", Ink, Glyph.TwoBars, Hatched: true),
        NotDelivered or Rejected or Reversed => new("#A8442F", White, Glyph.CrossedSquare),
        Superseded => new("#8A8F98", Ink, Glyph.Arrow),
        _ => new("#8A8F98", Ink, Glyph.Dash),
    };

    /// <summary>Statuses of a lifecycle in the order of charts: the stages rising, then the exceptions.</summary>
    public static IReadOnlyList<Status> InOrder(ItemKind kind) =>
    [
        .. Lifecycle.Of(kind).Stages,
        .. new[] { PartlyDelivered, Stalled, NotDelivered, Rejected, Reversed, Withdrawn, Lapsed, Superseded, Ended }
            .Where(Lifecycle.Of(kind).Knows),
    ];
}
