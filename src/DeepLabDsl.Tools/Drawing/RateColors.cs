using System;
using System.Globalization;

namespace DeepLabDsl.Tools;

/// <summary>The colour of an atrous rate: grey for 1, then from yellow to dark red, one step a doubling.</summary>
internal static class RateColors
{
    private static readonly (int R, int G, int B)[] Scale =
        [(226, 232, 240), (254, 240, 168), (253, 208, 108), (250, 160, 70), (235, 105, 55), (205, 55, 50), (150, 25, 55)];

    public static string Of(int rate)
    {
        var at = Math.Min(Scale.Length - 1, Math.Log(Math.Max(1, rate), 2));
        var low = Math.Min(Scale.Length - 2, (int)at);
        var (a, b, t) = (Scale[low], Scale[low + 1], at - low);
        return string.Format(CultureInfo.InvariantCulture, "#{0:x2}{1:x2}{2:x2}", Mix(a.R, b.R), Mix(a.G, b.G), Mix(a.B, b.B));

        int Mix(int x, int y) => (int)Math.Round(x + (y - x) * t);
    }

    /// <summary>The colour of text on it.</summary>
    public static string Ink(int rate) => rate >= 20 ? "#ffffff" : SvgWriter.Ink;
}
