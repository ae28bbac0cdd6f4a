using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// Scores a dense CRF under many settings on images whose network ran once. Unaries lie in a file that goes with the
/// object; one image at a time is in memory.
/// </summary>
public sealed class CrfTuner : IDisposable
{
    private readonly CrfRecipe _start;
    private readonly int _classes;
    private readonly int? _threads;
    private readonly FileStream _unaries;
    private readonly List<(RgbImage Image, LabelMap Labels)> _images = [];
    private readonly ConfusionMatrix _plain;
    private Device _device = CPU;

    /// <summary>Starts without images.</summary>
    /// <param name="start">What is not searched for: iterations, the position kernel, the normalisation.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="threads">Threads of the CRF; null: one a core.</param>
    public CrfTuner(CrfRecipe start, int classes, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(start);
        _start = start;
        _classes = classes;
        _threads = threads;
        _plain = new ConfusionMatrix(classes);
        _unaries = new FileStream(
            Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
    }

    /// <summary>The number of images.</summary>
    public int Images => _images.Count;

    /// <summary>mIoU of the network alone.</summary>
    public double PlainMeanIoU => _plain.Score().MeanIoU;

    /// <summary>Adds an image.</summary>
    /// <param name="sample">The image and its truth.</param>
    /// <param name="probabilities">The network's probabilities, <c>[classes, H, W]</c>. The CRF runs on their device.</param>
    /// <exception cref="UnusableDataException">There is no room for the unaries.</exception>
    public void Add(SegmentationSample sample, Tensor probabilities)
    {
        ArgumentNullException.ThrowIfNull(sample);
        using var scope = NewDisposeScope();
        _device = probabilities.device;
        _plain.Add(sample.Labels.Indices, CrfRefiner.MostLikely(probabilities).Indices);
        var unary = CrfRefiner.Unary(probabilities).cpu();
        try
        {
            _unaries.Seek(0, SeekOrigin.End);
            _unaries.Write(MemoryMarshal.AsBytes<float>(unary.data<float>().ToArray()));
        }
        catch (IOException e)
        {
            throw new UnusableDataException(
                $"{_unaries.Name}: the unaries can't be written: {e.Message} Tune on fewer images, or make room in the "
                + "folder of temporary files.", e);
        }
        _images.Add((sample.Image, sample.Labels));
    }

    /// <summary>Scores settings that share their lattices: each image's are built once.</summary>
    /// <param name="sigmaXy">sigma_alpha.</param>
    /// <param name="sigmaRgb">sigma_beta.</param>
    /// <param name="weights">Values of w1.</param>
    /// <param name="progress">Is told after each image, on the caller's thread.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>One trial a weight.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<CrfTrial> Try(
        double sigmaXy, double sigmaRgb, IReadOnlyList<double> weights, IProgress<ImageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var recipe = _start with { BilateralSigmaXy = sigmaXy, BilateralSigmaRgb = sigmaRgb };
        using var crf = new DenseCrf(recipe.ToOptions() with { Threads = _threads });
        var confusions = weights.Select(_ => new ConfusionMatrix(_classes)).ToList();
        _unaries.Position = 0;
        for (var i = 0; i < _images.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (image, labels) = _images[i];
            var unary = new float[_classes * image.Width * image.Height];
            _unaries.ReadExactly(MemoryMarshal.AsBytes(unary.AsSpan()));
            if (_device.type == DeviceType.CPU)
                crf.Load(image);
            for (var w = 0; w < weights.Count; w++)
            {
                if (_device.type == DeviceType.CPU)
                {
                    crf.SetWeights(recipe.GaussianWeight, weights[w]);
                    confusions[w].Add(labels.Indices, crf.Infer(unary, _classes).Map.Indices);
                }
                else
                {
                    using var scope = NewDisposeScope();
                    var costs = tensor(unary, [1, _classes, image.Height, image.Width], device: _device);
                    confusions[w]
                        .Add(
                            labels.Indices,
                            CrfRefiner.OnDevice(image, costs, (recipe with { BilateralWeight = weights[w] }).ToOptions()).Indices);
                }
            }
            progress?.Report(new ImageProgress(i + 1, _images.Count));
        }
        return [.. weights.Zip(confusions, (w, c) => new CrfTrial(new CrfPoint(sigmaXy, sigmaRgb, w), c.Score().MeanIoU))];
    }

    /// <inheritdoc/>
    public void Dispose() => _unaries.Dispose();
}
