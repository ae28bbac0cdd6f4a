using System;
using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Data;

/// <summary>
/// How far colours are changed at random while training: a factor is drawn from <c>[1 - value, 1 + value]</c> where nothing else is
/// said. All 0: colours stay.
/// </summary>
/// <param name="Brightness">Scales all channels; 0 to 1.</param>
/// <param name="Contrast">Scales the distance to the image's mean grey; 0 to 1.</param>
/// <param name="Saturation">Scales the distance to the pixel's grey; 0 to 1.</param>
public readonly record struct ColorJitter(double Brightness, double Contrast, double Saturation)
{
    /// <summary>How far hues are turned either way, as a share of the circle of hues; 0 to 0.5.</summary>
    public double Hue { get; init; }

    /// <summary>
    /// How far the curve of brightness bends: values become <c>value^e</c> on the scale 0 to 1, <c>e</c> from <c>1 / (1 + Gamma)</c> to
    /// <c>1 + Gamma</c>, its logarithm drawn evenly; 0 to 1.
    /// </summary>
    public double Gamma { get; init; }

    /// <summary>Scales each channel by a factor of its own, as another white balance does; 0 to 1.</summary>
    public double Tint { get; init; }

    /// <summary>The probability that nothing but grey is left.</summary>
    public double GreyProbability { get; init; }

    /// <summary>Whether any colour is changed.</summary>
    public bool IsEnabled =>
        Brightness > 0 || Contrast > 0 || Saturation > 0 || Hue > 0 || Gamma > 0 || Tint > 0 || GreyProbability > 0;
}

/// <summary>
/// What happens to a sample before a network is trained on it: random scale, random crop, random flip, optional colour
/// jitter, normalisation. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Images are scaled linearly between pixel centres and without aliasing, labels to the nearest pixel. A sample that is
/// smaller than the crop lies somewhere in it; a larger one is cut anywhere.
/// </remarks>
public sealed partial record TrainingTransform
{
    /// <summary>Rows of the crop.</summary>
    public required int CropHeight
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A crop has rows.");
    }

    /// <summary>Columns of the crop.</summary>
    public required int CropWidth
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A crop has columns.");
    }

    /// <summary>The least factor by which a sample is scaled; default 0.5.</summary>
    public double MinScale { get; init; } = 0.5;

    /// <summary>The greatest factor by which a sample is scaled, not below <see cref="MinScale"/>; default 2.</summary>
    public double MaxScale { get; init; } = 2.0;

    /// <summary>Distance between the factors, counted from the least; default 0: any between the two.</summary>
    public double ScaleStep { get; init; }

    /// <summary>The probability of a mirrored sample; default 0.5.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>How far colours are changed; default not at all.</summary>
    public ColorJitter Jitter { get; init; }

    /// <summary>Standard deviation of the noise that is added to each channel of each pixel, as a share of full white; default 0.</summary>
    public double Noise { get; init; }

    /// <summary>Mean and std; default ImageNet's.</summary>
    public ImageNormalizer Normalizer { get; init; } = ImageNormalizer.ImageNet;

    /// <summary>
    /// The colour around a sample that is smaller than the crop; default null: the mean, which is 0 after normalisation.
    /// The labels there are <see cref="LabelMap.Void"/>.
    /// </summary>
    public Rgb? Fill { get; init; }

    /// <summary>The transform that a recipe asks for.</summary>
    /// <param name="recipe">The recipe: crop, scales, flip, changes of colour and noise are taken from it.</param>
    /// <param name="normalizer">The network's mean and std.</param>
    public static TrainingTransform For(TrainingRecipe recipe, ImageNormalizer normalizer)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var jitter = recipe.Jitter;
        return new()
        {
            CropHeight = recipe.Crop.Height,
            CropWidth = recipe.Crop.Width,
            MinScale = recipe.Scale.Minimum,
            MaxScale = recipe.Scale.Maximum,
            ScaleStep = recipe.ScaleStep,
            FlipProbability = recipe.FlipProbability,
            Jitter = new ColorJitter(jitter[0], jitter[jitter.Count == 3 ? 1 : 0], jitter[jitter.Count == 3 ? 2 : 0])
            {
                Hue = recipe.Hue,
                Gamma = recipe.Gamma,
                Tint = recipe.Tint,
                GreyProbability = recipe.GreyProbability,
            },
            Noise = recipe.Noise,
            Normalizer = normalizer,
        };
    }

    /// <summary>Checks that the options fit each other.</summary>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public void Validate()
    {
        if (!(MinScale > 0) || !(MaxScale >= MinScale) || !double.IsFinite(MaxScale))
            throw new ArgumentException($"Scales are positive and ascending, not {MinScale} to {MaxScale}.");
        if (!(FlipProbability is >= 0 and <= 1))
            throw new ArgumentException($"The probability of a flip is 0 to 1, not {FlipProbability}.");
        if (Jitter is not { Brightness: >= 0 and <= 1, Contrast: >= 0 and <= 1, Saturation: >= 0 and <= 1 }
            || Jitter is not { Hue: >= 0 and <= 0.5, Gamma: >= 0 and <= 1, Tint: >= 0 and <= 1, GreyProbability: >= 0 and <= 1 })
        {
            throw new ArgumentException($"Each jitter is 0 to 1, that of the hue 0 to 0.5, not {Jitter}.");
        }
        if (!(ScaleStep >= 0) || !(Noise is >= 0 and <= 1))
            throw new ArgumentException($"The step between scales is 0 or more and the noise 0 to 1, not {ScaleStep} and {Noise}.");
        ArgumentNullException.ThrowIfNull(Normalizer);
    }

    /// <summary>Transforms one sample.</summary>
    /// <param name="sample">The sample, which is left as it is.</param>
    /// <param name="random">Draws scale, crop, flip and colours.</param>
    /// <param name="image">Takes the crop: normalised planes <c>[channels, CropHeight, CropWidth]</c>.</param>
    /// <param name="labels">Takes its classes <c>[CropHeight, CropWidth]</c>; void is <see cref="LabelMap.Void"/>.</param>
    /// <exception cref="ArgumentException">A span has another length, or an option is out of its range.</exception>
    public void Apply(SegmentationSample sample, SeededRandom random, Span<float> image, Span<long> labels)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(random);
        Validate();
        var size = CropHeight * CropWidth;
        var channels = sample.Planes?.Channels ?? 3;
        if (Normalizer.Channels != channels)
            throw new ArgumentException($"The image has {channels} channels, mean and std have {Normalizer.Channels}.", nameof(sample));
        if (image.Length != channels * size)
            throw new ArgumentException($"The crop has {channels * size} values, not {image.Length}.", nameof(image));
        if (labels.Length != size)
            throw new ArgumentException($"The crop has {size} labels, not {labels.Length}.", nameof(labels));

        // Everything is drawn whether it is used or not, so that one option does not shift the others' numbers.
        var scale = Stepped(random.NextDouble(MinScale, MaxScale));
        var placeX = random.NextDouble();
        var placeY = random.NextDouble();
        var mirrored = random.NextBool(FlipProbability);
        var brightness = random.NextDouble(1 - Jitter.Brightness, 1 + Jitter.Brightness);
        var contrast = random.NextDouble(1 - Jitter.Contrast, 1 + Jitter.Contrast);
        var saturation = random.NextDouble(1 - Jitter.Saturation, 1 + Jitter.Saturation);
        var noiseSeed = random.NextBits();
        var noise = Noise > 0 ? new SeededRandom(noiseSeed) : null;

        var source = sample.Image;
        var (start, offset, count, axisX) = Place(source.Width, CropWidth, scale, placeX, mirrored);
        var horizontal = new AxisResampler(source.Width, axisX, start, count, mirrored);
        (start, var top, count, var axisY) = Place(source.Height, CropHeight, scale, placeY, mirrored: false);
        var vertical = new AxisResampler(source.Height, axisY, start, count, mirrored: false);

        if (horizontal.Count < CropWidth || vertical.Count < CropHeight)
        {
            for (var channel = 0; channel < channels; channel++)
                image.Slice(channel * size, size).Fill(sample.Planes is null ? FillOf(channel) : 0);
            labels.Fill(LabelMap.Void);
        }
        WriteLabels(sample.Labels, horizontal, vertical, labels, offset, top);
        if (sample.Planes is { } planes)
        {
            WritePlanes(planes, horizontal, vertical, (float)brightness, (float)contrast, noise, image, offset, top);
            return;
        }
        var colors = Jitter.IsEnabled ? ColorChange.Draw(Jitter, (brightness, contrast, saturation), random, source) : (ColorChange?)null;
        WriteImage(source, horizontal, vertical, colors, noise, image, offset, top);
    }

    /// <summary>The factor of a draw: where there are steps, each of them is as likely as another.</summary>
    private double Stepped(double drawn)
    {
        if (ScaleStep == 0 || MaxScale == MinScale)
            return drawn;
        var steps = (int)Math.Floor((MaxScale - MinScale) / ScaleStep + 1e-9) + 1;
        return MinScale + ScaleStep * Math.Min(steps - 1, (int)((drawn - MinScale) / (MaxScale - MinScale) * steps));
    }

    /// <summary>Adds normal noise, two values from two draws (Box and Muller).</summary>
    private static void AddNoise(Span<float> values, double std, SeededRandom random)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            var radius = std * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            var (sine, cosine) = Math.SinCos(2 * Math.PI * random.NextDouble());
            values[i] += (float)(radius * cosine);
            if (i + 1 < values.Length)
                values[i + 1] += (float)(radius * sine);
        }
    }

    // Where on the scaled axis the crop's piece starts, where in the crop it lies, how long it is, and the scaled length.
    private static (int Start, int Offset, int Count, int Scaled) Place(
        int source, int crop, double scale, double place, bool mirrored)
    {
        var scaled = (int)Math.Clamp(Math.Round(source * scale), 1, int.MaxValue / 4);
        var slack = Math.Abs(scaled - crop);
        var at = Math.Min(slack, (int)(place * (slack + 1)));
        if (scaled >= crop)
            return (at, 0, crop, scaled);
        return (0, mirrored ? slack - at : at, scaled, scaled);
    }

    private float FillOf(int channel)
    {
        if (Fill is not { } fill)
            return 0;
        var value = channel switch { 0 => fill.R, 1 => fill.G, _ => fill.B };
        return (float)((value / 255.0 - Normalizer.Mean[channel]) / Normalizer.Std[channel]);
    }

    private void WriteLabels(
        LabelMap source, AxisResampler horizontal, AxisResampler vertical, Span<long> labels, int left, int top)
    {
        var columns = horizontal.Nearest;
        for (var y = 0; y < vertical.Count; y++)
        {
            ReadOnlySpan<byte> row = source.Row(vertical.Nearest[y]);
            var target = labels.Slice((top + y) * CropWidth + left, columns.Length);
            for (var x = 0; x < columns.Length; x++)
                target[x] = row[columns[x]];
        }
    }

    private void WriteImage(
        RgbImage source, AxisResampler horizontal, AxisResampler vertical, ColorChange? colors, SeededRandom? noise,
        Span<float> image, int left, int top)
    {
        var width = horizontal.Count;
        var stride = 3 * width;
        var rows = vertical.End - vertical.Begin;
        var size = CropHeight * CropWidth;

        // The source rows that the crop needs, each at the crop's width, planar: red, green, blue.
        var narrowed = ArrayPool<float>.Shared.Rent(rows * stride);
        var line = ArrayPool<float>.Shared.Rent(stride);
        try
        {
            for (var row = 0; row < rows; row++)
                Narrow(source.Row(vertical.Begin + row), horizontal, narrowed.AsSpan(row * stride, stride));

            var mixed = line.AsSpan(0, stride);
            for (var y = 0; y < vertical.Count; y++)
            {
                var first = vertical.Firsts[y] - vertical.Begin;
                var weights = vertical.Weights.Slice(y * vertical.Taps, vertical.Taps);
                for (var tap = 0; tap < weights.Length; tap++)
                    Accumulate(narrowed.AsSpan((first + tap) * stride, stride), weights[tap], mixed, tap == 0);
                colors?.Apply(mixed[..width], mixed.Slice(width, width), mixed[(2 * width)..]);
                if (noise is not null)
                {
                    AddNoise(mixed, 255 * Noise, noise);
                    foreach (ref var value in mixed)
                        value = Math.Clamp(value, 0, 255);
                }
                for (var channel = 0; channel < 3; channel++)
                {
                    var scale = (float)(1 / (255.0 * Normalizer.Std[channel]));
                    var bias = (float)(-Normalizer.Mean[channel] / Normalizer.Std[channel]);
                    var target = image.Slice(channel * size + (top + y) * CropWidth + left, width);
                    ScaleAndShift(mixed.Slice(channel * width, width), scale, bias, target);
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(line);
            ArrayPool<float>.Shared.Return(narrowed);
        }
    }

    private static void Narrow(ReadOnlySpan<byte> row, AxisResampler axis, Span<float> planes)
    {
        var width = axis.Count;
        var red = planes[..width];
        var green = planes.Slice(width, width);
        var blue = planes.Slice(2 * width, width);
        var taps = axis.Taps;
        var firsts = axis.Firsts;
        var weights = axis.Weights;
        for (var x = 0; x < firsts.Length; x++)
        {
            var pixels = row.Slice(firsts[x] * 3, taps * 3);
            float r = 0, g = 0, b = 0;
            var own = weights.Slice(x * taps, taps);
            for (int tap = 0, at = 0; tap < own.Length; tap++, at += 3)
            {
                var weight = own[tap];
                r += weight * pixels[at];
                g += weight * pixels[at + 1];
                b += weight * pixels[at + 2];
            }
            red[x] = r;
            green[x] = g;
            blue[x] = b;
        }
    }

    private static void Accumulate(ReadOnlySpan<float> values, float weight, Span<float> sums, bool start)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var totals = MemoryMarshal.Cast<float, Vector<float>>(sums);
        if (start)
        {
            for (var i = 0; i < totals.Length; i++)
                totals[i] = vectors[i] * weight;
            for (var i = totals.Length * Vector<float>.Count; i < sums.Length; i++)
                sums[i] = values[i] * weight;
        }
        else if (weight != 0)
        {
            for (var i = 0; i < totals.Length; i++)
                totals[i] += vectors[i] * weight;
            for (var i = totals.Length * Vector<float>.Count; i < sums.Length; i++)
                sums[i] += values[i] * weight;
        }
    }

    private static void ScaleAndShift(ReadOnlySpan<float> values, float scale, float shift, Span<float> target)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var results = MemoryMarshal.Cast<float, Vector<float>>(target);
        var shifts = new Vector<float>(shift);
        for (var i = 0; i < results.Length; i++)
            results[i] = vectors[i] * scale + shifts;
        for (var i = results.Length * Vector<float>.Count; i < target.Length; i++)
            target[i] = values[i] * scale + shift;
    }
}
