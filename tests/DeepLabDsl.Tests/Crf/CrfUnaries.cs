using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Crf;

/// <summary>The unaries of the goldens, built as their description says.</summary>
internal static class CrfUnaries
{
    /// <summary>0.7 for the label, the rest shared by the others; all alike where the label is unknown.</summary>
    public static float[] Labels(LabelMap labels, int classes, bool hasUnknown)
    {
        var others = (float)-Math.Log((1.0 - 0.7) / (classes - 1));
        var own = (float)-Math.Log(0.7);
        var unknown = (float)-Math.Log(1.0 / classes);
        var pixels = labels.Indices.Length;
        var unary = new float[classes * pixels];
        for (var i = 0; i < pixels; i++)
        {
            var label = hasUnknown ? labels.Indices[i] - 1 : labels.Indices[i];
            for (var c = 0; c < classes; c++)
                unary[c * pixels + i] = label < 0 ? unknown : c == label ? own : others;
        }
        return unary;
    }

    /// <summary>Shares of four labels, spread over 21 classes, in a window of 31x31, with a little of every class.</summary>
    public static float[] Soft21(LabelMap labels)
    {
        const int classes = 21;
        const int reach = 15;
        int[] spread = [0, 5, 11, 20];
        var (width, height) = (labels.Width, labels.Height);
        var pixels = width * height;
        var unary = new float[classes * pixels];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var counts = new int[classes];
                var area = 0;
                for (var wy = Math.Max(0, y - reach); wy <= Math.Min(height - 1, y + reach); wy++)
                {
                    for (var wx = Math.Max(0, x - reach); wx <= Math.Min(width - 1, x + reach); wx++)
                    {
                        counts[spread[labels.Indices[wy * width + wx]]]++;
                        area++;
                    }
                }
                for (var c = 0; c < classes; c++)
                    unary[c * pixels + y * width + x] = (float)-Math.Log(0.9 * ((double)counts[c] / area) + 0.1 * ((c + 1) / 231.0));
            }
        }
        return unary;
    }
}
