using System.Globalization;

namespace DeepLabDsl.Graph;

/// <summary>A number of channels, which may hang on the number of classes: <c>Constant + PerClass * classes</c>.</summary>
/// <param name="Constant">The part that does not.</param>
/// <param name="PerClass">How many come with each class.</param>
public readonly record struct Channels(int Constant, int PerClass = 0)
{
    /// <summary>Whether it is the same for whatever number of classes.</summary>
    public bool IsConstant => PerClass == 0;

    /// <summary>The number for a number of classes.</summary>
    public int At(int classes) => Constant + PerClass * classes;

    /// <summary>A number that hangs on nothing.</summary>
    public static implicit operator Channels(int constant) => new(constant);

    /// <summary>The sum.</summary>
    public static Channels operator +(Channels a, Channels b) => new(a.Constant + b.Constant, a.PerClass + b.PerClass);

    /// <summary>A multiple.</summary>
    public static Channels operator *(Channels a, int factor) => new(a.Constant * factor, a.PerClass * factor);

    /// <summary>A part.</summary>
    public static Channels operator /(Channels a, int divisor) => new(a.Constant / divisor, a.PerClass / divisor);

    /// <summary>The formula: <c>256</c>, <c>classes</c>, <c>4 classes + 2</c>.</summary>
    public override string ToString()
    {
        if (PerClass == 0)
            return Number(Constant);
        var linear = PerClass == 1 ? "classes" : Number(PerClass) + " classes";
        return Constant == 0 ? linear : $"{linear} {(Constant < 0 ? "-" : "+")} {Number(System.Math.Abs(Constant))}";
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
