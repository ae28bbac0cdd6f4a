using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Weights;

/// <summary>How a tensor of a file and one of a network differ.</summary>
public enum DifferenceKind
{
    /// <summary>The network has it and the file has not.</summary>
    Missing,

    /// <summary>The file has it and the network has not.</summary>
    Extra,

    /// <summary>Both have it in different shapes.</summary>
    Shape,

    /// <summary>One has whole numbers where the other has fractions.</summary>
    Type,
}

/// <summary>A difference between a file and a network.</summary>
/// <param name="Kind">What differs.</param>
/// <param name="Name">The network's key; of an extra tensor, the file's.</param>
/// <param name="Detail">Shape or type, of both sides where both have it.</param>
/// <param name="Hint">The name in the file that was looked for, where it is another; the nearest that is there.</param>
public sealed record WeightsDifference(DifferenceKind Kind, string Name, string Detail, string? Hint = null)
{
    /// <summary>All differences as lines: what lies side by side and lacks alike is one line.</summary>
    internal static IEnumerable<string> Describe(IReadOnlyList<WeightsDifference> differences)
    {
        for (var i = 0; i < differences.Count;)
        {
            var first = differences[i];
            var same = first.Kind is DifferenceKind.Missing or DifferenceKind.Extra
                ? differences.Skip(i).TakeWhile(d => d.Kind == first.Kind && Parent(d.Name) == Parent(first.Name)).ToList()
                : [first];
            i += same.Count;
            var label = first.Kind switch
            {
                DifferenceKind.Missing =>
                "missing: ",
                DifferenceKind.Extra => "not in the network: ",
                _ => ""
            };
            var names = same.Count == 1
                ? $"{first.Name}{(label.Length > 0 ? " " : ": ")}{first.Detail}"
                : $"{Parent(first.Name)}.{{{string.Join(", ", same.Select(d => $"{d.Name[(Parent(d.Name).Length + 1)..]} {d.Detail}"))}}}";
            var hint = same.Select(d => d.Hint).FirstOrDefault(h => h is not null);
            yield return label + names + (hint is null ? "" : $" ({hint})");
        }
    }

    private static string Parent(string name) => name.Contains('.', StringComparison.Ordinal) ? name[..name.LastIndexOf('.')] : "\0" + name;
}
