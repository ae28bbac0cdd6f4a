namespace DeepLabDsl.Imaging;

/// <summary>A colour of 8 bits a channel, in the colour space of the file that it came from (sRGB as a rule).</summary>
/// <param name="R">Red, 0 to 255.</param>
/// <param name="G">Green, 0 to 255.</param>
/// <param name="B">Blue, 0 to 255.</param>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>The colour as <c>#rrggbb</c>.</summary>
    /// <returns>Seven characters.</returns>
    public override string ToString() => $"#{R:x2}{G:x2}{B:x2}";
}
