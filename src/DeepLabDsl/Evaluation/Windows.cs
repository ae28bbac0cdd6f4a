using System;
using System.Collections.Generic;
using DeepLabDsl.Recipes;
using static TorchSharp.torch;

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

    /// <summary>The weight of each pixel of a window, <c>[1, 1, height, width]</c>; all are above 0.</summary>
    public static Tensor Weights(int height, int width, WindowBlend blend, Device device)
    {
        if (blend == WindowBlend.Mean)
            return ones(1, 1, height, width, device: device);
        using var rows = Hann(height, device);
        using var columns = Hann(width, device);
        using var product = rows.unsqueeze(1) * columns.unsqueeze(0);
        return product.view(1, 1, height, width).alias();
    }

    // Between the samples of the usual window, so that none is 0.
    private static Tensor Hann(int length, Device device)
    {
        var values = new float[length];
        for (var i = 0; i < length; i++)
            values[i] = (float)Math.Pow(Math.Sin(Math.PI * (i + 0.5) / length), 2);
        return tensor(values, device: device);
    }
}
