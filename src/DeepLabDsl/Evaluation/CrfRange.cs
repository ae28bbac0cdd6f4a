using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Evaluation;

/// <summary>Values at equal distances, as the papers write them: <c>[30 : 10 : 100]</c>.</summary>
/// <param name="First">The first value.</param>
/// <param name="Step">The distance of two.</param>
/// <param name="Last">No value is above.</param>
public sealed record CrfRange(double First, double Step, double Last)
{
    private const int MaximumValues = 1000;

    /// <summary>The values, rising.</summary>
    public IReadOnlyList<double> Values =>
        [.. Enumerable.Range(0, 1 + (int)Math.Floor((Last - First) / Step + 1e-9)).Select(i => Math.Round(First + i * Step, 9))];

    /// <summary>Reads <c>first:step:last</c>, or one value.</summary>
    /// <exception cref="FormatException">It is neither, or a value is not above 0.</exception>
    public static CrfRange Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var numbers = text.Split(':')
            .Select(part =>
                double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var n) && double.IsFinite(n) ? n : 0).ToList();
        return numbers switch
        {
            [> 0] => new CrfRange(numbers[0], 1, numbers[0]),
            [> 0, > 0, > 0]
                when numbers[2] >= numbers[0]
                    && (numbers[2] - numbers[0]) / numbers[1] < MaximumValues => new CrfRange(numbers[0], numbers[1], numbers[2]),
            _ => throw new FormatException($"must be FIRST:STEP:LAST, such as 30:10:100, or one number, all above 0, not '{text}'"),
        };
    }

    /// <summary>Values around one, closer together than these; those above 0.</summary>
    /// <param name="center">The value.</param>
    /// <param name="round">How many times the distance is halved.</param>
    public IReadOnlyList<double> Around(double center, int round)
    {
        // A range of one value is held fixed.
        if (First == Last)
            return [First];
        var step = Step / Math.Pow(2, round);
        return [.. new[] { center - step, center, center + step }.Where(v => v > 0).Select(v => Math.Round(v, 9))];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{First}:{Step}:{Last}");
}
