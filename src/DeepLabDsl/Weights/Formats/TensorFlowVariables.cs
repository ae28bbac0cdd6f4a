using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Weights.Formats;

/// <summary>
/// The weights among a TensorFlow checkpoint's variables: where training keeps moving averages of them (<c>ExponentialMovingAverage</c>),
/// these, as its own evaluation reads them; what optimizers keep beside each variable is left aside.
/// </summary>
internal static class TensorFlowVariables
{
    private const string Average = "/ExponentialMovingAverage";
    private const string ObjectSlot = "/.OPTIMIZER_SLOT/";

    /// <summary>What TensorFlow's optimizers put behind a variable's name for what they keep of it.</summary>
    private static readonly HashSet<string> Slots = new(StringComparer.Ordinal)
    {
        "Momentum", "Adam", "Adam_1", "AdamW", "AdamW_1", "LAMB", "LAMB_1", "RMSProp", "RMSProp_1", "RMSProp_2", "Adagrad", "Adadelta",
        "Adadelta_1", "Ftrl", "Ftrl_1",
    };

    /// <summary>The weights under the variables' own names, and what a reader should know of the choice.</summary>
    public static (IReadOnlyList<StoredTensor> Tensors, IReadOnlyList<string> Notes) Choose(IReadOnlyList<StoredTensor> all)
    {
        var names = all.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var chosen = new List<StoredTensor>();
        var (averages, slots) = (0, 0);
        foreach (var tensor in all)
        {
            if (IsSlot(tensor.Name, names))
            {
                slots++;
            }
            else if (tensor.Name.EndsWith(Average, StringComparison.Ordinal) && tensor.Name.Length > Average.Length)
            {
                averages++;
                chosen.Add(tensor.Named(tensor.Name[..^Average.Length]));
            }
            else if (!names.Contains(tensor.Name + Average))
            {
                chosen.Add(tensor);
            }
        }
        string?[] notes =
        [
            averages > 0
                ? string.Create(
                    CultureInfo.InvariantCulture, $"of {averages} variables the moving averages are read (ExponentialMovingAverage)")
                : null,
            slots > 0 ? string.Create(CultureInfo.InvariantCulture, $"left aside: {slots} tensors that an optimizer keeps") : null,
        ];
        return (chosen, [.. notes.OfType<string>()]);
    }

    private static bool IsSlot(string name, HashSet<string> names) =>
        name.Contains(ObjectSlot, StringComparison.Ordinal)
        || (name.LastIndexOf('/') is > 0 and var slash && Slots.Contains(name[(slash + 1)..]) && names.Contains(name[..slash]));
}
