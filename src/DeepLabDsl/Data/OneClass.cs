using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>A dataset with one class, of which nothing can be learnt: the softmax of one score is 1 whatever it is.</summary>
internal static class OneClass
{
    /// <summary>What is wrong with it, and the form with two; null where there are more.</summary>
    public static string? Describe(ClassSet classes)
    {
        ArgumentNullException.ThrowIfNull(classes);
        if (classes.Count > 1)
            return null;
        var (name, color) = (classes[0].Name, classes[0].Color);
        var (other, ground) = name == "background"
            ? ("object", "[255, 255, 255]")
            : ("background", color == default ? "[255, 255, 255]" : "[0, 0, 0]");
        return $"'{name}' is the only class, and nothing can be learnt: the loss is 0 and every score 100 % whatever is predicted. "
            + $"Name what is around it as a class of its own in the dataset file: 'classes: {{ {other}: {ground}, {name}: [{color.R}, "
            + $"{color.G}, {color.B}] }}'; "
            + $"where the label maps hold numbers, those of both, such as '{other}: {{ color: {ground}, labels: [0] }}'.";
    }
}
