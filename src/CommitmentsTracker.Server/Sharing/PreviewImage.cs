using CommitmentsTracker.Domain.Lifecycles;
using CommitmentsTracker.Domain.Writing;
using CommitmentsTracker.Reading.Languages;
using CommitmentsTracker.Server.Charts;
using SkiaSharp;

namespace CommitmentsTracker.Server.Sharing;

/// <summary>Draws preview images: ink on paper, in the colours and icons of the pages.</summary>
public sealed class PreviewImage(PreviewFonts fonts)
{
    /// <summary>All images lie below this path.</summary>
    public const string Path = "/preview";

    /// <summary>What is answered.</summary>
    public const string ContentType = "image/png";

    /// <summary>Size in pixels, that of cards in social networks and messengers.</summary>
    public const int Width = 1200,
        Height = 630;

    private const float Margin = 64,
        Right = Width - Margin,
        FootLine = 552;
    private static readonly SKColor Paper = SKColor.Parse("#FAF9F6"),
        Ink = SKColor.Parse("#14181D"),
        Muted = SKColor.Parse("#59616B"),
        Line = SKColor.Parse("#DAD7CF"),
        Accent = SKColor.Parse("#0B6B5D");

    /// <summary>The image as PNG.</summary>
    public byte[] Draw(PreviewCard card)
    {
        using var surface = SKSurface.Create(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var sheet = new Sheet(surface.Canvas, fonts, card.Words);
        sheet.Draw(card);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    /// <summary>One image while it is drawn.</summary>
    private sealed class Sheet(SKCanvas canvas, PreviewFonts fonts, Phrasebook words)
    {
        private const float BarHeight = 40,
            BarBlock = 134,
            ChangeBlock = 92;

        public void Draw(PreviewCard card)
        {
            canvas.Clear(Paper);
            Fill(new SKRect(0, 0, Width, 10), Accent);
            Write(words["site.name"], Margin, 78, 26, Accent, bold: true);
            Write(Shortened(card.Kicker, 26, false, Right - Margin), Margin, 126, 26, Muted);

            var crowded = card.Bars.Count + card.Changes.Count > 0;
            var y = Paragraph(card.Title, 140, crowded ? 42 : 56, Ink, bold: true, most: crowded ? 2 : 3);
            if (card.Status is { } status)
            {
                y += 26;
                var x = Chip(status.Status, status.Word, Margin, y, 34) + 24;
                Write(Shortened(status.Since, 32, false, Right - x), x, y + 44, 32, Ink);
                y += 64;
            }

            // A sentence yields to the bars: they say the same in figures.
            var room = FootLine - y - (card.Bars.Count * BarBlock) - (Math.Min(card.Changes.Count, 2) * ChangeBlock);
            if (card.Lead is { } lead && (int)((room - 16) / (28 * 1.4f)) is > 0 and var lines)
                y = Paragraph(lead, y + 12, 28, crowded ? Ink : Muted, bold: false, most: Math.Min(lines, 3));
            y += 20;
            foreach (var bar in card.Bars.Where(_ => y + BarBlock - 20 <= FootLine))
                y = Bar(bar, y);
            foreach (var change in card.Changes)
            {
                if (y + ChangeBlock - 8 > FootLine)
                    break;
                y = Change(change, y);
            }

            Fill(new SKRect(Margin, FootLine, Right, FootLine + 2), Line);
            Write(Shortened(card.Foot, 24, false, Right - Margin), Margin, 596, 24, Muted);
        }

        private float Bar(PreviewBar bar, float y)
        {
            Write(Shortened(bar.Finding, 26, true, Right - Margin), Margin, y + 26, 26, Ink, bold: true);
            y += 42;
            var total = bar.Counts.Values.Sum();
            var parts = bar.Order.Where(s => bar.Counts.GetValueOrDefault(s) > 0).Select(s => (Status: s, Items: bar.Counts[s])).ToList();
            var x = Margin;
            foreach (var (status, items) in parts)
            {
                var width = (Right - Margin) * items / total;
                var look = StatusLook.Of(status);
                var box = new SKRect(x, y, x + width, y + BarHeight);
                Fill(box, SKColor.Parse(look.Colour));
                if (look.Hatched)
                    Hatch(box);
                var number = words.Number(items);
                if (Measure(number, 24, true) + 12 <= width)
                    Write(number, x + ((width - Measure(number, 24, true)) / 2), y + 29, 24, SKColor.Parse(look.Text), bold: true);
                x += width;
                Fill(new SKRect(x - 1, y, x + 1, y + BarHeight), Paper);
            }

            // What there is most of is named; the others where there is room.
            var named = new List<(Status Status, string Label)>();
            var room = Right - Margin;
            foreach (var (status, items) in parts.OrderByDescending(p => p.Items))
            {
                var label = $"{words.Status(status)} {words.Number(items)}";
                room -= 28 + Measure(label, 22, false) + 22;
                if (room < -22)
                    break;
                named.Add((status, label));
            }

            x = Margin;
            foreach (var (status, label) in named.OrderBy(n => parts.FindIndex(p => p.Status == n.Status)))
            {
                Icon(status, x, y + BarHeight + 13, 20, Ink, Paper);
                Write(label, x + 28, y + BarHeight + 31, 22, Ink);
                x += 28 + Measure(label, 22, false) + 22;
            }

            return y + BarBlock - 42;
        }

        private float Change(PreviewChange change, float y)
        {
            var x = Margin;
            if (change.Before is { } before && before != change.After)
            {
                x = Chip(before, words.Status(before), x, y, 20) + 12;
                if (change.After is not null)
                {
                    Stroke("M2 8h11M9 4l4 4-4 4", x, y + 8, 22, Muted, 1.75f);
                    x += 34;
                }
            }

            if (change.After is { } after)
                Chip(after, words.Status(after), x, y, 20);
            Write(Shortened(change.Title, 26, false, Right - Margin), Margin, y + 70, 26, Ink);
            return y + ChangeBlock;
        }

        /// <summary>Draws a status as word, icon and colour; answers where it ends.</summary>
        private float Chip(Status status, string word, float x, float y, float size)
        {
            var look = StatusLook.Of(status);
            var (colour, ground, height) = (SKColor.Parse(look.Text), SKColor.Parse(look.Colour), size * 1.8f);
            var end = x + (size * .5f) + size + (size * .35f) + Measure(word, size, false) + (size * .6f);
            using var paint = new SKPaint { Color = ground, IsAntialias = true };
            canvas.DrawRoundRect(x, y, end - x, height, 8, 8, paint);
            Icon(status, x + (size * .5f), y + ((height - size) / 2), size, colour, ground);
            Write(word, x + (size * 1.85f), y + (height / 2) + (size * .36f), size, colour);
            return end;
        }

        private void Icon(Status status, float x, float y, float size, SKColor colour, SKColor ground)
        {
            foreach (var shape in StatusLook.Shapes(StatusLook.Of(status).Glyph))
            {
                if (shape.Class == "fill")
                {
                    using var paint = new SKPaint { Color = colour, IsAntialias = true };
                    DrawPath(shape.Path, x, y, size, paint);
                }
                else
                {
                    Stroke(
                        shape.Path,
                        x,
                        y,
                        size,
                        shape.Class == "cut" ? ground : colour,
                        shape.Class switch
                        {
                            "ring" => 1.75f,
                            "cut" => 2,
                            _ => 2.5f,
                        }
                    );
                }
            }
        }

        private void Stroke(string path, float x, float y, float size, SKColor colour, float width)
        {
            using var paint = new SKPaint
            {
                Color = colour,
                IsAntialias = true,
                Style = SKPaintStyle.Stroke,
                StrokeWidth = width,
            };
            DrawPath(path, x, y, size, paint);
        }

        private void DrawPath(string path, float x, float y, float size, SKPaint paint)
        {
            using var shape = SKPath.ParseSvgPathData(path);
            canvas.Save();
            canvas.Translate(x, y);
            canvas.Scale(size / 16);
            canvas.DrawPath(shape, paint);
            canvas.Restore();
        }

        private void Fill(SKRect box, SKColor colour)
        {
            using var paint = new SKPaint { Color = colour };
            canvas.DrawRect(box, paint);
        }

        private void Hatch(SKRect box)
        {
            using var paint = new SKPaint
            {
                Color = Paper.WithAlpha(140),
                IsAntialias = true,
                StrokeWidth = 2,
            };
            canvas.Save();
            canvas.ClipRect(box);
            for (var x = box.Left - box.Height; x < box.Right; x += 9)
                canvas.DrawLine(x, box.Bottom, x + box.Height, box.Top, paint);
            canvas.Restore();
        }

        private void Write(string text, float x, float baseline, float size, SKColor colour, bool bold = false)
        {
            using var paint = new SKPaint { Color = colour, IsAntialias = true };
            foreach (var (piece, font) in fonts.Pieces(text, size, bold))
            {
                using (font)
                {
                    canvas.DrawText(piece, x, baseline, SKTextAlign.Left, font, paint);
                    x += font.MeasureText(piece);
                }
            }
        }

        private float Measure(string text, float size, bool bold)
        {
            var width = 0f;
            foreach (var (piece, font) in fonts.Pieces(text, size, bold))
                using (font)
                    width += font.MeasureText(piece);
            return width;
        }

        /// <summary>Writes lines below <paramref name="top"/>; answers where they end.</summary>
        private float Paragraph(string text, float top, float size, SKColor colour, bool bold, int most)
        {
            var lines = LineBreaks.Of(text, line => Measure(line, size, bold) <= Right - Margin);
            var height = size * (bold ? 1.25f : 1.4f);
            for (var i = 0; i < lines.Count && i < most; i++)
                Write(
                    i == most - 1 && lines.Count > most ? Shortened(lines[i] + "…", size, bold, Right - Margin) : lines[i],
                    Margin,
                    top + (i * height) + size,
                    size,
                    colour,
                    bold
                );
            return top + (Math.Min(lines.Count, most) * height);
        }

        /// <summary>The text, cut with an ellipsis where it would be too wide.</summary>
        private string Shortened(string text, float size, bool bold, float width)
        {
            if (Measure(text, size, bold) <= width)
                return text;
            text = text.TrimEnd('…');
            while (text.Length > 0 && Measure(text + "…", size, bold) > width)
                text = text[..^(char.IsLowSurrogate(text[^1]) ? 2 : 1)].TrimEnd();
            return text + "…";
        }
    }
}
