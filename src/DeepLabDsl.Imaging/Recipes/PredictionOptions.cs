using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Modules;

namespace DeepLabDsl.Recipes;

/// <summary>How the probabilities of overlapping windows become those of a pixel.</summary>
public enum WindowBlend
{
    /// <summary>Weighted with a Hann window: what a window says at its border, where it sees little around, counts little.</summary>
    Hann,

    /// <summary>The mean: all windows that hold the pixel count alike.</summary>
    Mean,
}

/// <summary>
/// How images are predicted. Probabilities, not scores, are averaged over windows, scales and flips (DeepLab v3, section 4.1).
/// </summary>
public sealed record PredictionOptions
{
    /// <summary>Factors by which each image is scaled; default 1 alone.</summary>
    public IReadOnlyList<double> Scales { get; init; } = [1.0];

    /// <summary>Whether the mirrored image is predicted too and averaged in.</summary>
    public bool Flip { get; init; }

    /// <summary>
    /// Height and width of the windows that a scaled image is cut into where it is larger; null: images are predicted whole.
    /// For images that do not fit in memory, and for networks that were trained on crops of that size.
    /// </summary>
    public Extent? Window { get; init; }

    /// <summary>The part of a window that its neighbour covers too; from 0 to below 1, default one half.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>How overlapping windows are put together.</summary>
    public WindowBlend Blend { get; init; } = WindowBlend.Hann;

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    public void Validate()
    {
        if (Scales.Count == 0 || Scales.Any(s => s is not (> 0 and <= 8)))
        {
            throw new ArgumentException(
                "There must be scales above 0 and at most 8, "
                + $"not {string.Join(", ", Scales.Select(s => s.ToString(CultureInfo.InvariantCulture)))}.");
        }
        if (Window is { } window && (window.Height < 1 || window.Width < 1))
            throw new ArgumentException($"A window has rows and columns, not {window}.");
        if (Overlap is not (>= 0 and < 1))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The overlap is from 0 to below 1, not {Overlap}."));
    }
}
