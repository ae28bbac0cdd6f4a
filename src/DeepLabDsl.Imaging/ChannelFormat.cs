namespace DeepLabDsl.Imaging;

/// <summary>How images that are not ordinary pictures are read.</summary>
/// <param name="Count">The number of channels.</param>
/// <param name="Range">The value that becomes 1; null: the greatest of the file's kind.</param>
/// <param name="Preview">The channels that are drawn red, green and blue for people.</param>
public sealed record ChannelFormat(int Count, double? Range, (int Red, int Green, int Blue) Preview)
{
    /// <summary>Whether a value can be what becomes 1: no image has others, and the quotient must be a number of 32 bits.</summary>
    internal static bool IsRange(double value) => value is >= 1e-30 and <= 1e30;

    /// <summary>How a network's images are read: as is known, else by the channels that it takes; null: as ordinary pictures.</summary>
    /// <param name="known">What is known of the images that it was trained on; null: nothing.</param>
    /// <param name="channels">The channels that it takes.</param>
    internal static ChannelFormat? For(ChannelFormat? known, int channels) =>
        known ?? (channels == 3 ? null : new ChannelFormat(channels, null, channels > 3 ? (0, 1, 2) : (0, 0, 0)));
}
