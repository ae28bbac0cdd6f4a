using System;

namespace DeepLabDsl.Crf;

/// <summary>Pixels side by side in a row of the image and, in the same order, in memory.</summary>
/// <param name="Pixel">Index of the first in the image, <c>y * width + x</c>.</param>
/// <param name="Position">Its place in the order of work.</param>
/// <param name="Count">How many.</param>
internal readonly record struct PixelRun(int Pixel, int Position, int Count);

/// <summary>
/// The order in which an image is worked through: bands of rows, one a thread, each in narrow columns so that the vertices of
/// a neighbourhood are still in the cache when its next row comes.
/// </summary>
internal sealed class PixelOrder
{
    /// <summary>Pixels of a run: a whole number of vectors.</summary>
    public const int RunLength = 32;

    /// <summary>Rows of a tile.</summary>
    private const int TileHeight = 16;

    public PixelOrder(int width, int height, int bands)
    {
        Width = width;
        Height = height;
        var columns = (width + RunLength - 1) / RunLength;
        Runs = new PixelRun[columns * height];
        Bands = new int[bands + 1];
        var (run, position) = (0, 0);
        for (var band = 0; band < bands; band++)
        {
            var end = (int)((long)height * (band + 1) / bands);
            for (var top = (int)((long)height * band / bands); top < end; top += TileHeight)
            {
                var bottom = Math.Min(top + TileHeight, end);
                for (var left = 0; left < width; left += RunLength)
                {
                    for (var y = top; y < bottom; y++)
                    {
                        var count = Math.Min(RunLength, width - left);
                        Runs[run++] = new PixelRun(y * width + left, position, count);
                        position += count;
                    }
                }
            }
            Bands[band + 1] = run;
        }
    }

    public int Width { get; }

    public int Height { get; }

    public int Pixels => Width * Height;

    /// <summary>All pixels, in order.</summary>
    public PixelRun[] Runs { get; }

    /// <summary>Where each band begins in <see cref="Runs"/>, and the end.</summary>
    public int[] Bands { get; }
}
