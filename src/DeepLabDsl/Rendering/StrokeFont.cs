using System;
using System.Collections.Generic;
using SkiaSharp;

namespace DeepLabDsl.Rendering;

/// <summary>
/// A small font of its own, drawn with strokes. The build of SkiaSharp's native library that needs no system packages
/// finds no fonts at all, and draws nothing instead of text without saying so; with this one, text looks the same on
/// every machine.
/// </summary>
internal static class StrokeFont
{
    private const float CapHeight = 10;
    private const float Gap = 2.2f;
    private const float Space = 3.2f;
    private const float Stroke = 1.3f;
    private const string Bowl = "M5 6.8 A2.5 3.2 0 1 0 0 6.8 A2.5 3.2 0 1 0 5 6.8 ";
    private const string Box = "M0 0 H5 V10 H0 Z";

    // Width, and the strokes as an SVG path: y is 0 at the height of capitals, 10 at the base line.
    private static readonly Dictionary<char, (float Width, string Path)> Glyphs = new()
    {
        ['A'] = (6, "M0 10 L3 0 L6 10 M1.1 6.5 H4.9"),
        ['B'] = (6, "M0 0 V10 H3.4 A2.6 2.6 0 0 0 3.4 4.8 H0 M3.2 4.8 A2.4 2.4 0 0 0 3.2 0 H0"),
        ['C'] = (6, "M5.8 2 A3.2 5 0 1 0 5.8 8"),
        ['D'] = (6, "M0 0 V10 H2 A4 5 0 0 0 2 0 Z"),
        ['E'] = (5.2f, "M5.2 0 H0 V10 H5.2 M0 4.8 H4.4"),
        ['F'] = (5, "M5 0 H0 V10 M0 4.8 H4.2"),
        ['G'] = (6.2f, "M5.8 2 A3.2 5 0 1 0 6.1 7.4 V5.4 H3.6"),
        ['H'] = (6, "M0 0 V10 M6 0 V10 M0 4.8 H6"),
        ['I'] = (1, "M0.5 0 V10"),
        ['J'] = (4, "M4 0 V7.5 A2 2.5 0 0 1 0 7.5"),
        ['K'] = (5.8f, "M0 0 V10 M5.6 0 L0 6 M2 4 L5.8 10"),
        ['L'] = (5, "M0 0 V10 H5"),
        ['M'] = (7, "M0 10 V0 L3.5 6.5 L7 0 V10"),
        ['N'] = (6, "M0 10 V0 L6 10 V0"),
        ['O'] = (6.6f, "M3.3 0 A3.3 5 0 1 0 3.3 10 A3.3 5 0 1 0 3.3 0 Z"),
        ['P'] = (5.8f, "M0 10 V0 H3.1 A2.7 2.7 0 0 1 3.1 5.4 H0"),
        ['Q'] = (6.6f, "M3.3 0 A3.3 5 0 1 0 3.3 10 A3.3 5 0 1 0 3.3 0 Z M4 7.4 L6.5 10.6"),
        ['R'] = (5.8f, "M0 10 V0 H3.1 A2.7 2.7 0 0 1 3.1 5.4 H0 M3 5.4 L5.8 10"),
        ['S'] = (5.6f, "M5.4 1.8 C4.6 0.4 3.8 0 2.8 0 C1.2 0 0.2 1 0.2 2.4 C0.2 5.8 5.6 4 5.6 7.4 C5.6 9 4.4 10 "
            + "2.8 10 C1.4 10 0.4 9.2 0 8"),
        ['T'] = (6, "M0 0 H6 M3 0 V10"),
        ['U'] = (6, "M0 0 V7 A3 3 0 0 0 6 7 V0"),
        ['V'] = (6, "M0 0 L3 10 L6 0"),
        ['W'] = (8, "M0 0 L2 10 L4 2 L6 10 L8 0"),
        ['X'] = (6, "M0 0 L6 10 M6 0 L0 10"),
        ['Y'] = (6, "M0 0 L3 5 L6 0 M3 5 V10"),
        ['Z'] = (6, "M0 0 H6 L0 10 H6"),
        ['a'] = (5, Bowl + "M5 3.6 V10"),
        ['b'] = (5, "M0 0 V10 " + Bowl),
        ['c'] = (4.6f, "M4.7 5 A2.5 3.2 0 1 0 4.7 8.6"),
        ['d'] = (5, Bowl + "M5 0 V10"),
        ['e'] = (5, "M0 6.8 H5 A2.5 3.2 0 1 0 4.5 8.8"),
        ['f'] = (3.4f, "M3.6 0.1 A2.2 2.2 0 0 0 1.4 2.3 V10 M0 3.6 H3.3"),
        ['g'] = (5, Bowl + "M5 3.6 V10.6 A2.5 2.4 0 0 1 0.3 11.6"),
        ['h'] = (4.8f, "M0 0 V10 M0 6.2 A2.4 2.6 0 0 1 4.8 6.2 V10"),
        ['i'] = (1, "M0.5 3.6 V10 M0.5 1 V1.1"),
        ['j'] = (1.5f, "M1.5 3.6 V11.2 A1.5 1.8 0 0 1 0 13 M1.5 1 V1.1"),
        ['k'] = (4.6f, "M0 0 V10 M4.4 3.6 L0 7.4 M1.6 6 L4.6 10"),
        ['l'] = (1, "M0.5 0 V10"),
        ['m'] = (7.6f, "M0 3.6 V10 M0 5.9 A1.9 2.3 0 0 1 3.8 5.9 V10 M3.8 5.9 A1.9 2.3 0 0 1 7.6 5.9 V10"),
        ['n'] = (4.8f, "M0 3.6 V10 M0 6.2 A2.4 2.6 0 0 1 4.8 6.2 V10"),
        ['o'] = (5, Bowl),
        ['p'] = (5, "M0 3.6 V13 " + Bowl),
        ['q'] = (5, Bowl + "M5 3.6 V13"),
        ['r'] = (3, "M0 3.6 V10 M0 6.2 A2.6 2.6 0 0 1 3.2 3.7"),
        ['s'] = (4.4f, "M4.2 4.8 C3.6 3.9 3 3.6 2.2 3.6 C1 3.6 0.2 4.2 0.2 5.2 C0.2 7.5 4.4 6.2 4.4 8.4 C4.4 9.4 3.5 10 2.2 "
            + "10 C1.2 10 0.4 9.6 0 8.7"),
        ['t'] = (3.4f, "M1.4 1.2 V8 A1.9 1.9 0 0 0 3.4 9.9 M0 3.6 H3.2"),
        ['u'] = (4.8f, "M0 3.6 V7.4 A2.4 2.6 0 0 0 4.8 7.4 M4.8 3.6 V10"),
        ['v'] = (4.8f, "M0 3.6 L2.4 10 L4.8 3.6"),
        ['w'] = (7, "M0 3.6 L1.7 10 L3.5 4.6 L5.3 10 L7 3.6"),
        ['x'] = (4.6f, "M0 3.6 L4.6 10 M4.6 3.6 L0 10"),
        ['y'] = (4.8f, "M0 3.6 L2.4 10 M4.8 3.6 L1.8 11.8 Q1.3 13 0 13"),
        ['z'] = (4.4f, "M0 3.6 H4.4 L0 10 H4.4"),
        ['0'] = (5.4f, "M2.7 0 A2.7 5 0 1 0 2.7 10 A2.7 5 0 1 0 2.7 0 Z"),
        ['1'] = (5.4f, "M1 2 L3.2 0 V10"),
        ['2'] = (5.4f, "M0.2 2.8 A2.5 2.7 0 1 1 4.6 4.6 L0.1 10 H5.2"),
        ['3'] = (5.4f, "M0.4 1.6 A2.5 2.4 0 1 1 2.4 4.7 A2.7 2.65 0 1 1 0 8.2"),
        ['4'] = (5.4f, "M4 10 V0 L0 7 H5.4"),
        ['5'] = (5.4f, "M4.8 0 H0.8 L0.4 4.6 A2.8 3 0 1 1 0 8.4"),
        ['6'] = (5.4f, "M4.6 0.8 C2 -0.6 0.1 3 0.1 6.9 A2.6 3.1 0 1 0 5.3 6.9 A2.6 3.1 0 0 0 0.1 6.9"),
        ['7'] = (5.4f, "M0 0 H5.2 L1.8 10"),
        ['8'] = (5.4f, "M2.7 4.7 A2.3 2.35 0 1 0 2.7 0 A2.3 2.35 0 1 0 2.7 4.7 A2.7 2.65 0 1 0 2.7 10 A2.7 2.65 0 1 0 2.7 4.7"),
        ['9'] = (5.4f, "M0.7 9.2 C3.2 10.6 5.2 7 5.2 3.1 A2.6 3.1 0 1 0 0 3.1 A2.6 3.1 0 0 0 5.2 3.1"),
        ['.'] = (1, "M0.5 9.7 V10"),
        [','] = (1.2f, "M1 9.6 L0.3 11.6"),
        [':'] = (1, "M0.5 4.9 V5.2 M0.5 9.7 V10"),
        [';'] = (1.2f, "M1 4.9 V5.2 M1 9.6 L0.3 11.6"),
        ['-'] = (3.4f, "M0 6.2 H3.4"),
        ['_'] = (5, "M0 11.6 H5"),
        ['/'] = (4, "M0 11 L4 -0.5"),
        ['\\'] = (4, "M0 -0.5 L4 11"),
        ['('] = (2, "M2 -0.8 Q-0.8 5.5 2 12"),
        [')'] = (2, "M0 -0.8 Q2.8 5.5 0 12"),
        ['['] = (2, "M2 -0.6 H0 V11.6 H2"),
        [']'] = (2, "M0 -0.6 H2 V11.6 H0"),
        ['%'] = (7.4f, "M6.5 0 L0.9 10 M1.7 0 A1.7 2.2 0 1 0 1.7 4.4 A1.7 2.2 0 1 0 1.7 0 M5.7 5.6 A1.7 2.2 0 1 0 5.7 "
            + "10 A1.7 2.2 0 1 0 5.7 5.6"),
        ['+'] = (5, "M0 6.2 H5 M2.5 3.7 V8.7"),
        ['='] = (5, "M0 5 H5 M0 7.4 H5"),
        ['<'] = (4.6f, "M4.6 3.4 L0 6.2 L4.6 9"),
        ['>'] = (4.6f, "M0 3.4 L4.6 6.2 L0 9"),
        ['*'] = (4, "M2 0.6 V4.6 M0.3 1.6 L3.7 3.6 M3.7 1.6 L0.3 3.6"),
        ['|'] = (1, "M0.5 -0.5 V12"),
        ['#'] = (6, "M2 0 L1.2 10 M4.8 0 L4 10 M0.2 3.4 H6 M0 6.8 H5.8"),
        ['!'] = (1, "M0.5 0 V6.8 M0.5 9.7 V10"),
        ['?'] = (4.6f, "M0 2.3 A2.3 2.3 0 1 1 3.2 4.4 Q2.2 5 2.2 6.8 M2.2 9.7 V10"),
        ['\''] = (1, "M0.5 0 V2.4"),
        ['"'] = (2.4f, "M0.4 0 V2.4 M2 0 V2.4"),
        ['&'] = (6.4f, "M6.2 10 L1.5 3.2 C0.4 1.4 1.4 0 2.6 0 C4 0 4.8 1.6 3.6 3 C2.6 4.2 0.2 5 0.2 7.4 C0.2 11.4 5.2 10.6 5.8 5.6"),
    };

    /// <summary>The width of a text.</summary>
    /// <param name="text">The text, of one line.</param>
    /// <param name="capHeight">The height of capitals in pixels.</param>
    /// <returns>Pixels.</returns>
    public static float Measure(string text, float capHeight)
    {
        var width = 0f;
        foreach (var character in text)
            width += Advance(character);
        return Math.Max(0, width - Gap) * capHeight / CapHeight;
    }

    /// <summary>Draws a text.</summary>
    /// <param name="canvas">What it is drawn on.</param>
    /// <param name="text">The text, of one line; a character that the font lacks becomes a box.</param>
    /// <param name="x">Where it begins.</param>
    /// <param name="baseLine">Where its capitals stand.</param>
    /// <param name="capHeight">The height of capitals in pixels.</param>
    /// <param name="color">Its colour.</param>
    /// <param name="weight">The strokes' thickness in parts of the usual one.</param>
    public static void Draw(
        SKCanvas canvas, string text, float x, float baseLine, float capHeight, SKColor color, float weight = 1)
    {
        var scale = capHeight / CapHeight;
        using var paint = new SKPaint
        {
            Color = color,
            IsAntialias = true,
            Style = SKPaintStyle.Stroke,
            StrokeWidth = Stroke * weight,
            StrokeCap = SKStrokeCap.Round,
            StrokeJoin = SKStrokeJoin.Round,
        };
        canvas.Save();
        canvas.Translate(x, baseLine - capHeight);
        canvas.Scale(scale);
        foreach (var character in text)
        {
            if (character != ' ')
            {
                using var path = SKPath.ParseSvgPathData(Glyphs.TryGetValue(character, out var glyph) ? glyph.Path : Box);
                canvas.DrawPath(path, paint);
            }
            canvas.Translate(Advance(character), 0);
        }
        canvas.Restore();
    }

    /// <summary>Shortens a text with dots to a width.</summary>
    /// <param name="text">The text, of one line.</param>
    /// <param name="capHeight">The height of capitals in pixels.</param>
    /// <param name="width">Pixels that there are.</param>
    /// <returns>The text, or its beginning and two dots.</returns>
    public static string Fit(string text, float capHeight, float width)
    {
        if (Measure(text, capHeight) <= width)
            return text;
        for (var length = text.Length - 1; length > 0; length--)
        {
            var part = text[..length] + "..";
            if (Measure(part, capHeight) <= width)
                return part;
        }
        return "";
    }

    private static float Advance(char character) =>
        character == ' ' ? Space + Gap : (Glyphs.TryGetValue(character, out var glyph) ? glyph.Width : 5) + Gap;
}
