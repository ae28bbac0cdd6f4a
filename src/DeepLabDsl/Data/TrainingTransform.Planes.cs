using System;
using System.Buffers;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <content>Images of any number of channels. Of the jitter, brightness and contrast apply to each channel; saturation, hue, gamma,
/// tint and grey have no meaning there.</content>
public sealed partial record TrainingTransform
{
    private void WritePlanes(
        ChannelImage source, AxisResampler horizontal, AxisResampler vertical, float brightness, float contrast, SeededRandom? noise,
        Span<float> image, int left, int top)
    {
        var width = horizontal.Count;
        var rows = vertical.End - vertical.Begin;
        var size = CropHeight * CropWidth;
        var narrowed = ArrayPool<float>.Shared.Rent(rows * width);
        var line = ArrayPool<float>.Shared.Rent(width);
        try
        {
            for (var channel = 0; channel < source.Channels; channel++)
            {
                for (var row = 0; row < rows; row++)
                    NarrowPlane(source.Row(channel, vertical.Begin + row), horizontal, narrowed.AsSpan(row * width, width));
                // value * gain + shift is brightness, then contrast about the channel's mean; the rest is the normalisation.
                var (gain, shift) = (brightness * contrast, contrast == 1 ? 0 : Mean(source, channel) * brightness * (1 - contrast));
                var scale = (float)(gain / Normalizer.Std[channel]);
                var bias = (float)((shift - Normalizer.Mean[channel]) / Normalizer.Std[channel]);
                for (var y = 0; y < vertical.Count; y++)
                {
                    var first = vertical.Firsts[y] - vertical.Begin;
                    var weights = vertical.Weights.Slice(y * vertical.Taps, vertical.Taps);
                    for (var tap = 0; tap < weights.Length; tap++)
                        Accumulate(narrowed.AsSpan((first + tap) * width, width), weights[tap], line.AsSpan(0, width), tap == 0);
                    var target = image.Slice(channel * size + (top + y) * CropWidth + left, width);
                    ScaleAndShift(line.AsSpan(0, width), scale, bias, target);
                    // White is 1 here; there is no bound to keep to: a channel may have values beyond its range.
                    if (noise is not null)
                        AddNoise(target, Noise / Normalizer.Std[channel], noise);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(line);
            ArrayPool<float>.Shared.Return(narrowed);
        }
    }

    private static void NarrowPlane(ReadOnlySpan<float> row, AxisResampler axis, Span<float> target)
    {
        for (var x = 0; x < target.Length; x++)
        {
            var sum = 0f;
            var own = axis.Weights.Slice(x * axis.Taps, axis.Taps);
            for (var tap = 0; tap < own.Length; tap++)
                sum += own[tap] * row[axis.Firsts[x] + tap];
            target[x] = sum;
        }
    }

    private static float Mean(ChannelImage image, int channel)
    {
        var sum = 0.0;
        for (var y = 0; y < image.Height; y++)
        {
            foreach (var value in image.Row(channel, y))
                sum += value;
        }
        return (float)(sum / (image.Width * (double)image.Height));
    }
}
