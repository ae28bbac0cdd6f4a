using System;
using System.Collections.Generic;
using System.Globalization;

namespace DeepLabDsl.Cli;

/// <summary>How multiply-adds are counted.</summary>
internal enum CountingRule
{
    /// <summary>By the shapes alone.</summary>
    Shapes,

    /// <summary>Dense atrous convolutions on maps rounded up to multiples of the rate, as TensorFlow's space-to-batch runs them.</summary>
    SpaceToBatch,
}

/// <summary>A number as it was printed.</summary>
/// <param name="Text">Its digits.</param>
internal sealed record PrintedNumber(string Text)
{
    public double Value => double.Parse(Text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Whether a number, printed with as many decimals, would read the same.</summary>
    public bool ReadsAs(double ours)
    {
        var point = Text.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : Text.Length - point - 1;
        return Math.Abs(ours - Value) <= (0.5 * Math.Pow(10, -decimals)) + 1e-9;
    }
}

/// <summary>What a paper or an implementation states of a network.</summary>
/// <param name="Source">Who states it.</param>
/// <param name="Where">Where in it; null: the source is the place.</param>
/// <param name="Size">The input's height and width; null: the spec's.</param>
/// <param name="Millions">Parameters in millions; null: it states none.</param>
/// <param name="Giga">Multiply-adds in units of 10^9; null: it states none.</param>
/// <param name="Rule">How it counts multiply-adds.</param>
/// <param name="Note">Why it differs from ours, where it does.</param>
internal sealed record PublishedFigure(
    string Source, string? Where, (int Height, int Width)? Size, PrintedNumber? Millions, PrintedNumber? Giga, CountingRule Rule,
    string? Note);

/// <summary>A reference of which the outputs are recorded.</summary>
/// <param name="Reference">Its name.</param>
/// <param name="Outputs">Its outputs, each with ours.</param>
internal sealed record GoldenFigure(string Reference, IReadOnlyList<(string Reference, string Ours)> Outputs);

/// <summary>What is known of a network from elsewhere.</summary>
/// <param name="Network">Its name.</param>
/// <param name="Figures">Figures that others state.</param>
/// <param name="Golden">The references to compare outputs with.</param>
internal sealed record PublishedNetwork(string Network, IReadOnlyList<PublishedFigure> Figures, IReadOnlyList<GoldenFigure> Golden);
