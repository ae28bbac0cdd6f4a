using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Crf;

/// <summary>Made-up images and unaries, small enough for the exact CRF.</summary>
internal static class SmallImages
{
    /// <summary>Coloured blocks with some noise.</summary>
    public static RgbImage Blocks(int width, int height, int seed = 1)
    {
        var random = new Random(seed);
        Rgb[] colors = [new(200, 60, 40), new(60, 180, 80), new(50, 70, 190)];
        var image = new RgbImage(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (r, g, b) = colors[Block(x, y)];
                byte Noisy(byte channel) => (byte)Math.Clamp(channel + x + random.Next(-12, 13), 0, 255);
                image[x, y] = new Rgb(Noisy(r), Noisy(g), Noisy(b));
            }
        }
        return image;
    }

    /// <summary>The block's class (of the first three) with some pixels wrong.</summary>
    public static float[] Unary(int width, int height, int classes, int seed = 2)
    {
        var random = new Random(seed);
        var unary = new float[classes * width * height];
        for (var i = 0; i < width * height; i++)
        {
            var label = random.Next(100) < 15 ? random.Next(classes) : Math.Min(Block(i % width, i / width), classes - 1);
            for (var c = 0; c < classes; c++)
                unary[c * width * height + i] = (c == label ? 0.5f : 1.6f) + 0.2f * random.NextSingle();
        }
        return unary;
    }

    private static int Block(int x, int y) => (x / 8 + y / 6) % 3;
}
