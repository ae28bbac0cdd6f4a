using System.Globalization;

namespace DeepLabDsl.Compiler;

/// <summary>What is known of a map before anything runs, at the spec's input size.</summary>
/// <param name="Channels">Channels; 0 where a fault upstream leaves them unknown.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Jump">Distance in input pixels between neighbours of the map.</param>
/// <param name="Field">Side in input pixels of what one value has seen; infinite behind a global pooling.</param>
internal readonly record struct Shape(int Channels, int Height, int Width, double Jump, double Field)
{
    /// <summary>The shape of a map whose layer is faulty: it fits everything, so that one fault gives one diagnostic.</summary>
    public static readonly Shape Unknown = default;

    /// <summary>How many channels more there are for each class more.</summary>
    public int PerClass { get; init; }

    public bool IsKnown => Channels > 0;

    /// <summary>The channels as expressions see them.</summary>
    public Value ChannelsValue => Value.OfClasses(Channels, PerClass);

    public string Size => string.Format(CultureInfo.InvariantCulture, "{0}x{1}", Height, Width);

    public override string ToString() =>
        IsKnown ? string.Format(CultureInfo.InvariantCulture, "[N, {0}, {1}, {2}]", Channels, Height, Width) : "[?]";
}
