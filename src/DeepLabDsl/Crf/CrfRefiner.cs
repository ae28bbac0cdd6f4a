using System;
using System.Diagnostics;
using DeepLabDsl.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Crf;

/// <summary>
/// Refines what a network predicts by a dense CRF, image by image: <see cref="DenseCrf"/> on the CPU, <see cref="TensorCrf"/> elsewhere.
/// </summary>
public sealed class CrfRefiner : IDisposable
{
    /// <summary>No probability counts as less, so that its logarithm is finite and no class is out of the question.</summary>
    private const double MinimumProbability = 1e-5;

    private readonly CrfOptions _options;
    private readonly DenseCrf _crf;

    /// <summary>Starts a refiner.</summary>
    /// <param name="options">The CRF.</param>
    /// <exception cref="ArgumentException">The options can't be run.</exception>
    public CrfRefiner(CrfOptions options)
    {
        _options = options;
        _crf = new DenseCrf(options);
    }

    /// <summary>The CRF.</summary>
    public CrfOptions Options => _options;

    /// <summary>The time that refining took, all images together.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Refines one image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="probabilities">The network's probabilities, <c>[classes, H, W]</c>.</param>
    /// <returns>The most likely class of every pixel.</returns>
    /// <exception cref="ArgumentException">The scores are not finite or not of the image's size.</exception>
    public LabelMap Refine(RgbImage image, Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(image);
        var start = Stopwatch.GetTimestamp();
        using var scope = NewDisposeScope();
        var unary = Unary(probabilities);
        var labels = unary.device.type == DeviceType.CPU
            ? _crf.Infer(image, unary.data<float>().ToArray(), (int)unary.shape[0]).Map
            : OnDevice(image, unary.unsqueeze(0), _options);
        Elapsed += Stopwatch.GetElapsedTime(start);
        return labels;
    }

    /// <summary>Costs of probabilities, of the same shape.</summary>
    internal static Tensor Unary(Tensor probabilities)
    {
        using var scope = NewDisposeScope();
        using var minimum = MinimumProbability.ToScalar();
        return probabilities.to(ScalarType.Float32).clamp_min(minimum).log().neg().contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The most likely class of every pixel, by the tensor form on the device of the costs, <c>[1, classes, H, W]</c>.</summary>
    internal static LabelMap OnDevice(RgbImage image, Tensor costs, CrfOptions options)
    {
        using var scope = NewDisposeScope();
        return MostLikely(TensorCrf.Infer(Pixels(image, costs.device), costs, options)[0]);
    }

    /// <summary>The pixels of an image as the tensor form takes them, <c>[1, 3, H, W]</c> of bytes.</summary>
    internal static Tensor Pixels(RgbImage image, Device device)
    {
        using var scope = NewDisposeScope();
        return tensor(image.Pixels, [1, image.Height, image.Width, 3], device: device).permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>The class of the largest score of every pixel.</summary>
    /// <param name="scores">Scores or probabilities, <c>[classes, H, W]</c>, on any device.</param>
    internal static LabelMap MostLikely(Tensor scores)
    {
        using var scope = NewDisposeScope();
        var best = scores.argmax(0).to(ScalarType.Byte).cpu();
        return new LabelMap((int)scores.shape[2], (int)scores.shape[1], best.bytes.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose() => _crf.Dispose();
}
