using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Benchmarks;

/// <summary>An image, unaries and a CRF to run on them.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Image">The image.</param>
/// <param name="Unary">The unaries, <c>[classes, H, W]</c>.</param>
/// <param name="Classes">The number of classes.</param>
/// <param name="Options">The CRF.</param>
internal sealed record CrfCase(string Name, RgbImage Image, float[] Unary, int Classes, CrfOptions Options)
{
    public static readonly CrfOptions Example = CrfOptions.GaussianAndBilateral(3, 3, 80, 13, 10);
    public static readonly CrfOptions DeepLab = CrfOptions.GaussianAndBilateral(1, 3, 67, 3, 4);

    /// <summary>The cases of the published timings: the image as it is and enlarged to 500x375.</summary>
    public static IReadOnlyList<CrfCase> All(RgbImage image, LabelMap labels)
    {
        var (largeImage, largeLabels) = (Resize(image, 500, 375), Resize(labels, 500, 375));
        return
        [
            new("labels 2 classes", image, Labels(labels, 2), 2, Example),
            new("soft 21 classes", image, Soft(labels), 21, Example),
            new("soft 21 classes, DeepLab", image, Soft(labels), 21, DeepLab),
            new("soft 21 classes", largeImage, Soft(largeLabels), 21, Example),
            new("soft 21 classes, DeepLab", largeImage, Soft(largeLabels), 21, DeepLab),
        ];
    }

    /// <summary>0.7 for the label, the rest for the others; all alike where the label is 0.</summary>
    public static float[] Labels(LabelMap labels, int classes)
    {
        var pixels = labels.Indices.Length;
        var unary = new float[classes * pixels];
        for (var c = 0; c < classes; c++)
        {
            for (var i = 0; i < pixels; i++)
            {
                var label = labels.Indices[i] - 1;
                unary[c * pixels + i] = (float)-Math.Log(label < 0 ? 1.0 / classes : label == c ? 0.7 : 0.3 / (classes - 1));
            }
        }
        return unary;
    }

    /// <summary>Shares of the labels in a window of 31x31 as probabilities of classes far apart, with a little of every class.</summary>
    public static float[] Soft(LabelMap labels, int classes = 21)
    {
        const int reach = 15;
        var (width, height, pixels) = (labels.Width, labels.Height, labels.Indices.Length);
        var shares = new float[classes][];
        for (var c = 0; c < classes; c++)
            shares[c] = new float[pixels];
        var spread = new[] { 0, 5, 11, 20 }.Select(c => c % classes).ToArray();
        for (var k = 0; k < spread.Length; k++)
        {
            // A window's sum from sums of rows.
            var rows = new int[pixels];
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    for (var w = Math.Max(0, x - reach); w <= Math.Min(width - 1, x + reach); w++)
                        rows[y * width + x] += labels.Indices[y * width + w] == k ? 1 : 0;
                }
            }
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var (top, bottom) = (Math.Max(0, y - reach), Math.Min(height - 1, y + reach));
                    var area = (bottom - top + 1) * (Math.Min(width - 1, x + reach) - Math.Max(0, x - reach) + 1);
                    var sum = 0;
                    for (var w = top; w <= bottom; w++)
                        sum += rows[w * width + x];
                    shares[spread[k]][y * width + x] += (float)sum / area;
                }
            }
        }
        var unary = new float[classes * pixels];
        var total = classes * (classes + 1) / 2.0;
        for (var c = 0; c < classes; c++)
        {
            for (var i = 0; i < pixels; i++)
                unary[c * pixels + i] = (float)-Math.Log(0.9 * shares[c][i] + 0.1 * ((c + 1) / total));
        }
        return unary;
    }

    /// <summary>Nearest for labels.</summary>
    public static LabelMap Resize(LabelMap labels, int width, int height)
    {
        var result = new LabelMap(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                result[x, y] = labels[x * labels.Width / width, y * labels.Height / height];
        }
        return result;
    }

    /// <summary>Bilinear for images.</summary>
    public static RgbImage Resize(RgbImage image, int width, int height)
    {
        var result = new RgbImage(width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (sx, sy) = (
                    Math.Clamp((x + 0.5) * image.Width / width - 0.5, 0, image.Width - 1),
                    Math.Clamp((y + 0.5) * image.Height / height - 0.5, 0, image.Height - 1));
                var (x0, y0) = ((int)sx, (int)sy);
                var (x1, y1) = (Math.Min(x0 + 1, image.Width - 1), Math.Min(y0 + 1, image.Height - 1));
                byte Mix(Func<Rgb, byte> channel) => (byte)Math.Round(
                    (channel(image[x0, y0]) * (1 - (sx - x0)) + channel(image[x1, y0]) * (sx - x0)) * (1 - (sy - y0))
                    + (channel(image[x0, y1]) * (1 - (sx - x0)) + channel(image[x1, y1]) * (sx - x0)) * (sy - y0));
                result[x, y] = new Rgb(Mix(c => c.R), Mix(c => c.G), Mix(c => c.B));
            }
        }
        return result;
    }
}
