using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl;

/// <summary>Checks the labels of a sample before anything is computed from them.</summary>
internal static class LabelCheck
{
    /// <summary>Checks that every label is a class or void, and turns void into <see cref="LabelMap.Void"/>.</summary>
    /// <param name="labels">The labels, changed in place.</param>
    /// <param name="classes">The classes.</param>
    /// <param name="source">The labels' name in errors.</param>
    /// <exception cref="DataException">A label is neither a class nor void.</exception>
    public static void Normalize(LabelMap labels, ClassSet classes, string source)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (var label in labels.Indices)
            counts[label]++;

        for (var label = classes.Count; label < 256; label++)
        {
            if (counts[label] > 0 && label != classes.VoidIndex)
                throw OutOfRange(labels, classes, source, counts);
        }
        if (classes.VoidIndex != LabelMap.Void && counts[classes.VoidIndex] > 0)
            labels.Indices.AsSpan().Replace(classes.VoidIndex, LabelMap.Void);
    }

    private static DataException OutOfRange(LabelMap labels, ClassSet classes, string source, ReadOnlySpan<int> counts)
    {
        var wrong = new List<int>();
        long pixels = 0;
        for (var label = classes.Count; label < 256; label++)
        {
            if (counts[label] == 0 || label == classes.VoidIndex)
                continue;
            wrong.Add(label);
            pixels += counts[label];
        }
        var first = Array.FindIndex(labels.Indices, l => l >= classes.Count && l != classes.VoidIndex);
        var all = string.Join(", ", wrong.Take(8)) + (wrong.Count > 8 ? ", ..." : "");
        return new DataException(
            $"{source}: label {labels.Indices[first]} at ({first % labels.Width},{first / labels.Width}) is neither a class " +
            $"nor void; {pixels} of {labels.Indices.Length} pixels have such a label ({all}). Dataset '{classes.Name}' has the " +
            $"classes 0 to {classes.Count - 1} and void {classes.VoidIndex}: mend the labels, or name the dataset file that " +
            "belongs to them.");
    }
}
