using System;
using System.Linq;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Rendering;

/// <summary>Pictures beside each other.</summary>
public static class SideBySide
{
    private const int Gap = 4;

    /// <summary>Draws images of one height from left to right, a little apart on white.</summary>
    /// <param name="images">The images.</param>
    /// <exception cref="ArgumentException">There are none, or their heights differ.</exception>
    public static RgbImage Draw(params ReadOnlySpan<RgbImage> images)
    {
        if (images.IsEmpty)
            throw new ArgumentException("There must be images.");
        var all = images.ToArray();
        if (all.Any(i => i.Height != all[0].Height))
            throw new ArgumentException("Images beside each other must be of one height.");
        var sheet = new RgbImage(all.Sum(i => i.Width) + Gap * (all.Length - 1), all[0].Height);
        sheet.Pixels.AsSpan().Fill(byte.MaxValue);
        var left = 0;
        foreach (var image in all)
        {
            for (var y = 0; y < image.Height; y++)
                image.Row(y).CopyTo(sheet.Row(y)[(3 * left)..]);
            left += image.Width + Gap;
        }
        return sheet;
    }
}
