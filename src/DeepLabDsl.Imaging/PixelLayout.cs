namespace DeepLabDsl.Imaging;

/// <summary>The bytes of a pixel, in their order.</summary>
public enum PixelLayout
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,

    /// <summary>Red, green, blue, and transparency, which is dropped.</summary>
    Rgba,

    /// <summary>Blue, green, red, and transparency, which is dropped.</summary>
    Bgra,

    /// <summary>One byte for all three.</summary>
    Grey,
}
