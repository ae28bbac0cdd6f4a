using System;
using System.Collections.Generic;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Evaluation;

/// <summary>Cuts an axis into overlapping windows of one length, and weighs what each says.</summary>
internal static class Windows
{
    /// <summary>Where the windows begin: evenly, the last at the end, neighbours sharing at least the overlap.</summary>
    /// <param name="length">Pixels of the axis.</param>
    /// <param name="window">Pixels of a window, not more.</param>
    /// <param name="overlap">The part that neighbours share at least.</param>
    public static IReadOnlyList<int> Starts(int length, int window, double overlap)
    {
        var slack = length - window;
        if (slack <= 0)
            return [0];
        var step = Math.Max(1, (int)Math.Floor(window * (1 - overlap)));
        var count = (slack + step - 1) / step + 1;
        var starts = new int[count];
        for (var i = 0; i < count; i++)
            starts[i] = (int)Math.Round((double)slack * i / (count - 1));
        return starts;
    }

    /// <summary>The weight of each pixel of a window on one axis; all are above 0. That of a pixel is the product of both axes'.</summary>
    /// <param name="length">Pixels of the window.</param>
    /// <param name="blend">How overlapping windows are put together.</param>
    public static float[] Weights(int length, WindowBlend blend)
    {
        var values = new float[length];
        // Between the samples of the usual Hann window, so that none is 0.
        for (var i = 0; i < length; i++)
            values[i] = blend == WindowBlend.Mean ? 1 : (float)Math.Pow(Math.Sin(Math.PI * (i + 0.5) / length), 2);
        return values;
    }
}
