using System;

namespace DeepLabDsl;

/// <summary>
/// How far colours are changed at random while training: a factor is drawn from <c>[1 - value, 1 + value]</c>. All 0:
/// colours stay.
/// </summary>
/// <param name="Brightness">Scales all channels.</param>
/// <param name="Contrast">Scales the distance to the image's mean grey.</param>
/// <param name="Saturation">Scales the distance to the pixel's grey.</param>
public readonly record struct ColorJitter(double Brightness, double Contrast, double Saturation);

/// <summary>
/// What happens to a sample before a network is trained on it: random scale, random crop, random flip, optional colour
/// jitter, normalisation. Immutable and thread-safe.
/// </summary>
public sealed record TrainingTransform
{
    /// <summary>Rows of the crop.</summary>
    public required int CropHeight { get; init; }

    /// <summary>Columns of the crop.</summary>
    public required int CropWidth { get; init; }

    /// <summary>The least factor by which a sample is scaled; default 0.5.</summary>
    public double MinScale { get; init; } = 0.5;

    /// <summary>The greatest factor by which a sample is scaled; default 2.</summary>
    public double MaxScale { get; init; } = 2.0;

    /// <summary>The probability of a mirrored sample; default 0.5.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>How far colours are changed; default not at all.</summary>
    public ColorJitter Jitter { get; init; }

    /// <summary>Mean and deviation; default ImageNet's.</summary>
    public ImageNormalizer Normalizer { get; init; } = ImageNormalizer.ImageNet;

    /// <summary>
    /// The colour around a sample that is smaller than the crop; default null: the mean, which is 0 after normalisation.
    /// The labels there are <see cref="LabelMap.Void"/>.
    /// </summary>
    public Rgb? Fill { get; init; }

    /// <summary>Transforms one sample.</summary>
    /// <param name="sample">The sample, which is left as it is.</param>
    /// <param name="random">Draws scale, crop, flip and colours.</param>
    /// <param name="image">Takes the crop: normalised planes <c>[3, CropHeight, CropWidth]</c>.</param>
    /// <param name="labels">Takes its classes <c>[CropHeight, CropWidth]</c>; void is <see cref="LabelMap.Void"/>.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Apply(SegmentationSample sample, SeededRandom random, Span<float> image, Span<long> labels) =>
        throw new NotImplementedException();
}
