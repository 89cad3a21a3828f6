using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using static CommitmentsTracker.Domain.Lifecycles.Status;

namespace CommitmentsTracker.Server.Charts;

/// <summary>Shape of a status's icon: readable without colour.</summary>
public enum Glyph
{
    HollowCircle,
    CircleWithDot,
    QuarterDisc,
    HalfDisc,
    ThreeQuarterDisc,
    ThreeQuarterStroke,
    ThreeQuarterBar,
    FullDisc,
    FullDiscTick,
    TwoBars,
    CrossedSquare,
    Dash,
    Arrow,
}

/// <summary>A part of an icon, in a square of 16 by 16.</summary>
/// <param name="Class">How it is drawn: <c>ring</c> (a line, <c>ring thick</c> a strong one), <c>fill</c>, or <c>cut</c> (a line in the
/// colour of the ground).</param>
/// <param name="Path">Its outline, as SVG writes it.</param>
public sealed record GlyphShape(string Class, string Path);

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
    public static StatusLook Of(Status status) =>
        status switch
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

    /// <summary>What an icon is made of, the lowest part first.</summary>
    public static IReadOnlyList<GlyphShape> Shapes(Glyph glyph) => Drawn[glyph];

    private const string Ring = "M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0z";
    private const string Disc = "M1.4 8a6.6 6.6 0 1 0 13.2 0a6.6 6.6 0 1 0-13.2 0z";

    private static readonly Dictionary<Glyph, GlyphShape[]> Drawn = new()
    {
        [Glyph.HollowCircle] = [new("ring", Ring)],
        [Glyph.CircleWithDot] = [new("ring", Ring), new("fill", "M5.8 8a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0z")],
        [Glyph.QuarterDisc] = [new("ring", Ring), new("fill", "M8 8V2a6 6 0 0 1 6 6z")],
        [Glyph.HalfDisc] = [new("ring", Ring), new("fill", "M8 2a6 6 0 0 1 0 12z")],
        [Glyph.ThreeQuarterDisc] = [new("ring", Ring), new("fill", "M8 8H2a6 6 0 1 0 6-6z")],
        [Glyph.ThreeQuarterStroke] =
        [
            new("ring", "M3 6.5a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"),
            new("fill", "M8 6.5H3a5 5 0 1 0 5-5z"),
            new("ring", "M3 14.5h10"),
        ],
        [Glyph.ThreeQuarterBar] = [new("ring", Ring), new("fill", "M8 8H2a6 6 0 1 0 6-6z"), new("cut", "M5 10.5h6")],
        [Glyph.FullDisc] = [new("fill", Disc)],
        [Glyph.FullDiscTick] = [new("fill", Disc), new("cut", "m5 8.2 2.1 2.2L11.2 6")],
        [Glyph.TwoBars] = [new("fill", "M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z")],
        [Glyph.CrossedSquare] = [new("ring", "M2.5 2.5h11v11h-11zM5.5 5.5l5 5M10.5 5.5l-5 5")],
        [Glyph.Arrow] = [new("ring", "M2 8h11M9 4l4 4-4 4")],
        [Glyph.Dash] = [new("ring thick", "M3 8h10")],
    };

    /// <summary>Statuses of a lifecycle in the order of charts: the stages rising, then the exceptions.</summary>
    public static IReadOnlyList<Status> InOrder(ItemKind kind) =>
        [
            .. Lifecycle.Of(kind).Stages,
            .. new[] { PartlyDelivered, Stalled, NotDelivered, Rejected, Reversed, Withdrawn, Lapsed, Superseded, Ended }.Where(
                Lifecycle.Of(kind).Knows
            ),
        ];
}
