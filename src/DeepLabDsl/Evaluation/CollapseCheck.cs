using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Evaluation;

/// <summary>Notices when scores say nothing: a network predicts only a few of the classes that are there, or only one is there.</summary>
public static class CollapseCheck
{
    // A class with less than one pixel of a thousand is as good as never predicted.
    private const double Negligible = 0.001;

    /// <summary>
    /// Warns where the truth has one class alone, where at most a quarter of its classes is predicted, or one class takes nearly every
    /// pixel that is not nearly every pixel of the truth.
    /// </summary>
    /// <param name="scores">The scores of an evaluation.</param>
    /// <param name="classes">The classes.</param>
    /// <returns>The warning in one line; null where there is nothing to warn of.</returns>
    public static string? Describe(SegmentationScores scores, ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(classes);
        var total = (double)scores.TruthPixels.Sum();
        var present = Enumerable.Range(0, classes.Count)
            .Where(c => scores.TruthPixels[c] >= Negligible * total && scores.TruthPixels[c] > 0).ToList();
        if (total > 0 && scores.TruthPixels.Count(p => p > 0) == 1)
            return OneClass(scores, classes);
        if (total == 0 || present.Count < 2)
            return null;
        var predicted = Enumerable.Range(0, classes.Count).Where(c => scores.PredictedPixels[c] >= Negligible * total).ToList();
        var top = Enumerable.Range(0, classes.Count).MaxBy(c => scores.PredictedPixels[c]);
        var (share, truth) = (scores.PredictedPixels[top] / total, scores.TruthPixels[top] / total);
        var missed = present.Except(predicted).ToList();
        if (predicted.Count > Math.Max(1, present.Count / 4) && !(share > 0.97 && truth < 0.85))
            return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"the predictions have collapsed: {100 * share:0.#} % of the pixels are predicted as '{classes[top].Name}' (in the truth "
            + $"{100 * truth:0.#} %), and {missed.Count} of {present.Count} classes are as good as never predicted "
            + $"({Names(missed, classes)}). ")
            + "Early in a training this passes. Else look whether the labels fit the classes ('dataset check'), "
            + "the mean and std fit the images, the learning rate is too high, or rare classes need weights.";
    }

    private static string OneClass(SegmentationScores scores, ClassSet classes)
    {
        var voids = scores.VoidPixels / (double)(scores.VoidPixels + scores.TruthPixels.Sum());
        var only = classes.Names.ElementAt(scores.TruthPixels.ToList().FindIndex(p => p > 0));
        var share = voids > 0 ? string.Create(CultureInfo.InvariantCulture, $", and {100 * voids:0.#} % of its pixels are void") : "";
        return $"the truth has one class alone, '{only}'{share}: "
            + "these scores say nothing, since a network that always says so is right. 'dataset check' says what is in the label maps.";
    }

    private static string Names(IReadOnlyList<int> missed, ClassSet classes) =>
        string.Join(", ", missed.Take(6).Select(c => classes[c].Name)) + (missed.Count > 6 ? ", ..." : "");
}
