using System;
using System.Linq;
using CsCheck;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

public sealed class TrainingTransformTests
{
    private static readonly ImageNormalizer Plain = new([0, 0, 0], [1, 1, 1]);

    // Mean 0 and deviation 1: values are the pixels / 255.
    private static TrainingTransform Crop(int width, int height, double scale = 1, double flip = 0) => new()
    {
        CropWidth = width,
        CropHeight = height,
        MinScale = scale,
        MaxScale = scale,
        FlipProbability = flip,
        Normalizer = Plain,
    };

    [Fact]
    public void Nothing_is_changed_where_nothing_is_asked_for()
    {
        var sample = Noise(13, 9, seed: 1);
        var (image, labels) = Apply(Crop(13, 9), sample);
        Assert.All(Plain.Normalize(sample.Image).Zip(image), p => Assert.Equal(p.First, p.Second, 1e-6));
        Assert.Equal(sample.Labels.Indices.Select(l => (long)l), labels);
    }

    [Fact]
    public void The_image_is_scaled_as_the_reference_scales_it()
    {
        var cases = Gen.Select(Gen.Int[1, 14], Gen.Int[1, 14], Gen.Double[0.1, 4], Gen.ULong);
        cases.Sample((width, height, scale, seed) =>
        {
            var sample = Noise(width, height, seed);
            var (toWidth, toHeight) = (Scaled(width, scale), Scaled(height, scale));
            var (image, labels) = Apply(Crop(toWidth, toHeight, scale), sample);
            for (var y = 0; y < toHeight; y++)
            {
                for (var x = 0; x < toWidth; x++)
                {
                    for (var channel = 0; channel < 3; channel++)
                    {
                        var expected = Reference(sample.Image, channel, x, y, toWidth, toHeight) / 255;
                        Assert.Equal(expected, image[(channel * toHeight + y) * toWidth + x], 1e-5);
                    }
                    var nearest = sample.Labels[(int)((x + 0.5) * width / toWidth), (int)((y + 0.5) * height / toHeight)];
                    Assert.Equal(nearest, labels[y * toWidth + x]);
                }
            }
        }, iter: 60);
    }

    [Fact]
    public void A_crop_is_a_piece_of_the_scaled_sample()
    {
        var sample = Noise(31, 23, seed: 2);
        Gen.Select(Gen.Double[0.4, 2.5], Gen.ULong).Sample((scale, seed) =>
        {
            var (fullWidth, fullHeight) = (Scaled(31, scale), Scaled(23, scale));
            var (full, fullLabels) = Apply(Crop(fullWidth, fullHeight, scale), sample);
            var (width, height) = (Math.Min(8, fullWidth), Math.Min(7, fullHeight));
            var (image, labels) = Apply(Crop(width, height, scale), sample, seed);
            // The image's values are distinct enough to find where the piece came from.
            var places =
                from top in Enumerable.Range(0, fullHeight - height + 1)
                from left in Enumerable.Range(0, fullWidth - width + 1)
                where Enumerable.Range(0, image.Length).All(i =>
                    Math.Abs(
                        image[i] - full[(i / (width * height) * fullHeight + top + i / width % height) * fullWidth + left
                            + i % width]) < 1e-5)
                select (top, left);
            Assert.Contains(places, p => Enumerable.Range(0, labels.Length).All(i =>
                labels[i] == fullLabels[(p.top + i / width) * fullWidth + p.left + i % width]));
        }, iter: 40);
    }

    [Fact]
    public void Image_and_labels_stay_aligned_through_scale_crop_flip_and_padding()
    {
        // Stripes and blocks whose colour is their class: after the transform both must still say the same.
        var sample = Coded(96, 72);
        var transform = new TrainingTransform { CropWidth = 60, CropHeight = 80, Normalizer = Plain, Fill = new Rgb(255, 255, 255) };
        Gen.ULong.Sample(seed =>
        {
            var (image, labels) = Apply(transform, sample, seed);
            // Where all labels within three pixels are equal, no interpolation reaches another block.
            var compared = 0;
            for (var y = 3; y < 77; y++)
            {
                for (var x = 3; x < 57; x++)
                {
                    var label = labels[y * 60 + x];
                    var even = true;
                    for (var i = 0; i < 49 && even; i++)
                        even = labels[(y + i / 7 - 3) * 60 + x + i % 7 - 3] == label;
                    if (!even)
                        continue;
                    Assert.Equal(label == LabelMap.Void ? 255 : label * 30, image[y * 60 + x] * 255, 0.01);
                    compared += label == LabelMap.Void ? 0 : 1;
                }
            }
            Assert.True(compared > 300, $"{compared} pixels compared");
        }, iter: 100);
    }

    [Fact]
    public void A_mirrored_crop_is_the_mirror_of_the_crop()
    {
        Gen.Select(Gen.Int[5, 30], Gen.Double[0.5, 2], Gen.ULong).Sample((width, scale, seed) =>
        {
            var sample = Noise(width, 11, seed);
            var (image, labels) = Apply(Crop(16, 12, scale, flip: 0), sample, seed);
            var (mirrored, mirroredLabels) = Apply(Crop(16, 12, scale, flip: 1), sample, seed);
            for (var i = 0; i < image.Length; i++)
                Assert.Equal(image[i], mirrored[i / 16 * 16 + 15 - i % 16], 1e-6);
            for (var i = 0; i < labels.Length; i++)
                Assert.Equal(labels[i], mirroredLabels[i / 16 * 16 + 15 - i % 16]);
        }, iter: 60);
    }

    [Fact]
    public void Around_a_small_sample_is_void_in_the_mean_colour()
    {
        var sample = Noise(4, 3, seed: 3);
        var transform = Crop(10, 9) with { Normalizer = ImageNormalizer.ImageNet };
        var (image, labels) = Apply(transform, sample, seed: 5);
        Assert.Equal(12, labels.Count(l => l != LabelMap.Void));
        for (var i = 0; i < labels.Length; i++)
        {
            if (labels[i] == LabelMap.Void)
                Assert.Equal([0f, 0f, 0f], [image[i], image[90 + i], image[180 + i]]);
        }
        (image, labels) = Apply(transform with { Fill = new Rgb(255, 0, 0), Normalizer = Plain }, sample, seed: 5);
        var outside = Array.IndexOf(labels, LabelMap.Void);
        Assert.Equal([1f, 0f, 0f], [image[outside], image[90 + outside], image[180 + outside]]);
    }

    [Fact]
    public void Reducing_does_not_alias()
    {
        // A fine checkerboard becomes even grey and not some other pattern.
        var image = new RgbImage(96, 96);
        for (var y = 0; y < 96; y++)
        {
            for (var x = 0; x < 96; x++)
                image[x, y] = (x + y) % 2 == 0 ? new Rgb(255, 255, 255) : default;
        }
        var (pixels, _) = Apply(Crop(26, 26, 0.27), new SegmentationSample("board", image, new LabelMap(96, 96)));
        Assert.All(pixels, v => Assert.Equal(0.5, v, 0.06));
    }

    [Fact]
    public void Colours_change_only_where_jitter_is_asked_for_and_keep_to_their_range()
    {
        var sample = Noise(20, 20, seed: 4);
        var still = Apply(Crop(20, 20), sample, seed: 9);
        var changed = Apply(Crop(20, 20) with { Jitter = new ColorJitter(0.5, 0.5, 0.5) }, sample, seed: 9);
        Assert.Equal(still.Labels, changed.Labels);
        Assert.NotEqual(still.Image, changed.Image);
        Assert.All(changed.Image, v => Assert.InRange(v, 0f, 1.00001f));
        // Brightness alone scales: no value goes another way than the others.
        var bright = Apply(Crop(20, 20) with { Jitter = new ColorJitter(0.3, 0, 0) }, sample, seed: 9).Image;
        var ratios = bright.Zip(still.Image).Where(p => p is { First: < 0.999f, Second: > 0.1f }).Select(p => p.First / p.Second).ToArray();
        Assert.Equal(ratios.Min(), ratios.Max(), 1e-3);
        Assert.InRange(ratios[0], 0.7f, 1.3f);
    }

    [Fact]
    public void A_turn_of_the_hue_keeps_greys_and_how_light_a_colour_is()
    {
        var sample = Even(new Rgb(120, 100, 90));
        var grey = Even(new Rgb(70, 70, 70));
        var transform = Crop(2, 2) with { Jitter = new ColorJitter { Hue = 0.5 } };
        var hues = Enumerable.Range(0, 40).Select(i => Pixel(transform, sample, (ulong)i)).ToList();
        Assert.All(hues, p => Assert.Equal(0.299 * 120 + 0.587 * 100 + 0.114 * 90, 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2], 0.01));
        // All the way around: some are as red as before, in some red is what the other side of the circle had.
        Assert.True(hues.Max(p => p[0] - p[1]) > 15 && hues.Min(p => p[0] - p[1]) < -15);
        Assert.All(Pixel(transform, grey, 3), v => Assert.Equal(70, v, 0.01));
    }

    [Fact]
    public void A_gamma_bends_between_black_and_white_as_far_either_way()
    {
        var transform = Crop(2, 2) with { Jitter = new ColorJitter { Gamma = 1 } };
        var exponents = Enumerable.Range(0, 400)
            .Select(i => Math.Log(Pixel(transform, Even(new Rgb(51, 51, 51)), (ulong)i)[0] / 255) / Math.Log(0.2)).ToList();
        Assert.InRange(exponents.Min(), 0.499, 0.52);
        Assert.InRange(exponents.Max(), 1.92, 2.001);
        Assert.Equal(0.5, exponents.Count(e => e > 1) / 400.0, 0.08);
        Assert.Equal([0, 0, 0], Pixel(transform, Even(default), 1));
        Assert.All(Pixel(transform, Even(new Rgb(255, 255, 255)), 1), v => Assert.Equal(255, v, 0.01));
    }

    [Fact]
    public void A_tint_scales_each_channel_on_its_own_and_grey_leaves_no_colour()
    {
        var sample = Even(new Rgb(100, 50, 150));
        var tint = Crop(2, 2) with { Jitter = new ColorJitter { Tint = 0.2 } };
        var tinted = Enumerable.Range(0, 100).Select(i => Pixel(tint, sample, (ulong)i))
            .Select(p => new[] { p[0] / 100, p[1] / 50, p[2] / 150 }).ToList();
        Assert.All(tinted.SelectMany(p => p), f => Assert.InRange(f, 0.799, 1.201));
        Assert.True(tinted.Max(p => p[0] / p[1]) > 1.2 && tinted.Max(p => p[2] / p[0]) > 1.2 && tinted.Max(p => p[1] / p[2]) > 1.2);

        var grey = Crop(2, 2) with { Jitter = new ColorJitter { GreyProbability = 0.3 } };
        var pixels = Enumerable.Range(0, 200).Select(i => Pixel(grey, sample, (ulong)i)).ToList();
        Assert.Equal(0.3, pixels.Count(p => Math.Abs(p[0] - p[1]) < 0.01 && Math.Abs(p[1] - p[2]) < 0.01) / 200.0, 0.1);
        Assert.Contains(pixels, p => Math.Abs(p[0] - 100) < 0.01 && Math.Abs(p[2] - 150) < 0.01);
    }

    [Fact]
    public void Noise_has_its_deviation_and_changes_nothing_else()
    {
        var sample = Noise(120, 100, seed: 6);
        Array.Fill(sample.Image.Pixels, (byte)102);
        var transform = Crop(80, 60) with { MinScale = 0.8, MaxScale = 1.5, FlipProbability = 0.5 };
        var (_, still) = Apply(transform, sample, seed: 8);
        var (image, labels) = Apply(transform with { Noise = 0.05 }, sample, seed: 8);
        Assert.Equal(still, labels);
        var noise = image.Select(v => v - 0.4).ToArray();
        Assert.Equal(0, noise.Average(), 0.002);
        Assert.Equal(0.05, Math.Sqrt(noise.Average(v => v * v)), 0.002);
        // Neither neighbours nor channels have it in common.
        foreach (var distance in new[] { 1, 2, 80, 80 * 60, 2 * 80 * 60 })
        {
            Assert.Equal(
                0, Enumerable.Range(0, noise.Length - distance).Average(i => noise[i] * noise[i + distance]) / (0.05 * 0.05), 0.05);
        }
        Assert.Equal(image, Apply(transform with { Noise = 0.05 }, sample, seed: 8).Image);
        Assert.NotEqual(image, Apply(transform with { Noise = 0.05 }, sample, seed: 9).Image);

        Array.Fill(sample.Image.Pixels, (byte)255);
        Assert.InRange(Apply(transform with { Noise = 0.05 }, sample).Image.Max(), 0.9f, 1.00001f);
    }

    [Fact]
    public void Noise_on_channels_of_any_number_has_its_deviation_too()
    {
        var sample = Noise(80, 60, seed: 6) with { Planes = new ChannelImage(80, 60, 2, new float[2 * 80 * 60]) };
        var transform = Crop(80, 60) with { Noise = 0.05, Normalizer = new ImageNormalizer([0, 0], [1, 0.5]) };
        var (image, labels) = (new float[2 * 4800], new long[4800]);
        transform.Apply(sample, new SeededRandom(1), image, labels);
        foreach (var (channel, deviation) in new[] { (0, 0.05), (1, 0.1) })
        {
            var noise = image.Skip(channel * 4800).Take(4800).ToArray();
            Assert.Equal(0, noise.Average(), 0.005);
            Assert.Equal(1, Math.Sqrt(noise.Average(v => v * v)) / deviation, 0.04);
        }
    }

    [Fact]
    public void Options_out_of_their_range_are_refused()
    {
        var sample = Noise(4, 4, seed: 1);
        void Refused(TrainingTransform transform) => Assert.Throws<ArgumentException>(() => { Apply(transform, sample); });
        Refused(Crop(4, 4) with { MinScale = 0 });
        Refused(Crop(4, 4) with { MinScale = 2, MaxScale = 1 });
        Refused(Crop(4, 4) with { FlipProbability = 1.5 });
        Refused(Crop(4, 4) with { Jitter = new ColorJitter(2, 0, 0) });
        Refused(Crop(4, 4) with { Jitter = new ColorJitter { Hue = 0.6 } });
        Refused(Crop(4, 4) with { Jitter = new ColorJitter { Gamma = double.NaN } });
        Assert.Throws<ArgumentOutOfRangeException>(() => Crop(0, 4));
        Assert.Throws<ArgumentException>(() => Crop(4, 4).Apply(sample, new SeededRandom(1), new float[47], new long[16]));
        Assert.Throws<ArgumentException>(() => Crop(4, 4).Apply(sample, new SeededRandom(1), new float[48], new long[15]));
    }

    [Fact]
    public void An_image_is_normalised_channel_by_channel()
    {
        var image = new RgbImage(2, 1, [255, 0, 51, 0, 102, 255]);
        var normalizer = new ImageNormalizer([0.5, 0.2, 0], [0.5, 0.1, 2]);
        float[] expected = [1, -1, -2, 2, 0.1f, 0.5f];
        Assert.All(expected.Zip(normalizer.Normalize(image)), p => Assert.Equal(p.First, p.Second, 1e-6));
        Assert.Throws<ArgumentException>(() => new ImageNormalizer([0, 0, 0], [1, 0, 1]));
        Assert.Throws<ArgumentException>(() => new ImageNormalizer([0, 0], [1, 1, 1]));
    }

    private static SegmentationSample Even(Rgb color)
    {
        var image = new RgbImage(2, 2);
        for (var i = 0; i < 4; i++)
            image[i % 2, i / 2] = color;
        return new SegmentationSample("even", image, new LabelMap(2, 2));
    }

    /// <summary>What becomes of the first pixel, on the scale 0 to 255.</summary>
    private static double[] Pixel(TrainingTransform transform, SegmentationSample sample, ulong seed)
    {
        var image = Apply(transform, sample, seed).Image;
        return [255 * image[0], 255 * image[4], 255 * image[8]];
    }

    private static int Scaled(int side, double scale) => Math.Max(1, (int)Math.Round(side * scale));

    private static (float[] Image, long[] Labels) Apply(TrainingTransform transform, SegmentationSample sample, ulong seed = 0)
    {
        var size = transform.CropHeight * transform.CropWidth;
        var (image, labels) = (new float[3 * size], new long[size]);
        Array.Fill(image, float.NaN);
        Array.Fill(labels, -1);
        transform.Apply(sample, new SeededRandom(seed), image, labels);
        Assert.DoesNotContain(float.NaN, image);
        Assert.DoesNotContain(-1, labels);
        return (image, labels);
    }

    private static SegmentationSample Noise(int width, int height, ulong seed)
    {
        var random = new SeededRandom(seed);
        var sample = new SegmentationSample("noise", new RgbImage(width, height), new LabelMap(width, height));
        foreach (ref var value in sample.Image.Pixels.AsSpan())
            value = (byte)random.Next(0, 256);
        foreach (ref var value in sample.Labels.Indices.AsSpan())
            value = (byte)random.Next(0, 9);
        return sample;
    }

    private static SegmentationSample Coded(int width, int height)
    {
        var sample = new SegmentationSample("coded", new RgbImage(width, height), new LabelMap(width, height));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var label = (byte)((x / 24 + y / 24 * 3) % 8);
                sample.Labels[x, y] = label;
                sample.Image[x, y] = new Rgb((byte)(label * 30), 0, 0);
            }
        }
        return sample;
    }

    // Pixel by pixel in both directions at once, with the triangle of the greater of 1 and the reduction.
    private static double Reference(RgbImage image, int channel, int x, int y, int width, int height)
    {
        var (ratioX, ratioY) = ((double)image.Width / width, (double)image.Height / height);
        double sum = 0, weights = 0;
        for (var sy = 0; sy < image.Height; sy++)
        {
            for (var sx = 0; sx < image.Width; sx++)
            {
                var weight = Triangle(sx + 0.5 - (x + 0.5) * ratioX, Math.Max(1, ratioX))
                    * Triangle(sy + 0.5 - (y + 0.5) * ratioY, Math.Max(1, ratioY));
                sum += weight * image.Pixels[(sy * image.Width + sx) * 3 + channel];
                weights += weight;
            }
        }
        return sum / weights;
    }

    private static double Triangle(double distance, double support) => Math.Max(0, 1 - Math.Abs(distance) / support);
}
