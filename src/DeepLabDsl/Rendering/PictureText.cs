using System;
using System.IO;
using SkiaSharp;

namespace DeepLabDsl.Rendering;

/// <summary>
/// Text on pictures, in DejaVu Sans. The font lies in this assembly: the build of SkiaSharp's native library that needs no system
/// packages finds no fonts, and draws nothing in place of text without saying so. So text looks the same on every machine.
/// </summary>
internal static class PictureText
{
    private static readonly Lazy<SKTypeface> Typeface = new(Load);

    /// <summary>The width of a text.</summary>
    /// <param name="text">The text, of one line.</param>
    /// <param name="size">The font's size in pixels.</param>
    /// <returns>Pixels.</returns>
    public static float Measure(string text, float size)
    {
        using var font = Font(size);
        return font.MeasureText(text);
    }

    /// <summary>Draws a text.</summary>
    /// <param name="canvas">What it is drawn on.</param>
    /// <param name="text">The text, of one line; a character that the font lacks becomes a box.</param>
    /// <param name="x">Where it begins.</param>
    /// <param name="baseLine">Where its capitals stand.</param>
    /// <param name="size">The font's size in pixels.</param>
    /// <param name="color">Its colour.</param>
    public static void Draw(SKCanvas canvas, string text, float x, float baseLine, float size, SKColor color)
    {
        using var font = Font(size);
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        canvas.DrawText(text, x, baseLine, SKTextAlign.Left, font, paint);
    }

    /// <summary>Shortens a text with dots to a width.</summary>
    /// <param name="text">The text, of one line.</param>
    /// <param name="size">The font's size in pixels.</param>
    /// <param name="width">Pixels that there are.</param>
    /// <returns>The text, or its beginning and an ellipsis.</returns>
    public static string Fit(string text, float size, float width)
    {
        using var font = Font(size);
        if (font.MeasureText(text) <= width)
            return text;
        var length = Math.Max(0, (int)font.BreakText(text, Math.Max(0, width - font.MeasureText("…"))));
        return length == 0 ? "" : text[..length] + "…";
    }

    // Without hinting glyphs are the same at every place and on every machine.
    private static SKFont Font(float size) =>
        new(Typeface.Value, size) { Subpixel = true, Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None };

    private static SKTypeface Load()
    {
        using var resource = typeof(PictureText).Assembly.GetManifestResourceStream("fonts/DejaVuSans.ttf")!;
        using var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        using var data = SKData.CreateCopy(bytes.ToArray());
        return SKTypeface.FromData(data)
            ?? throw new InvalidOperationException("SkiaSharp can't read the font of this library.");
    }
}
