using System;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Onnx;

namespace DeepLabDsl.Cli;

/// <summary>Predicts images by an ONNX model, where a module in TorchSharp could be.</summary>
internal sealed class OnnxPredictor : IImagePredictor, IDisposable
{
    private readonly OnnxSegmenter _segmenter;

    public OnnxPredictor(OnnxSegmenter segmenter) => _segmenter = segmenter;

    /// <inheritdoc/>
    public LabelMap Predict(SegmentationSample sample) => sample.Planes is { } planes ? _segmenter.Predict(planes)
        : _segmenter.Predict(sample.Image);

    /// <inheritdoc/>
    public (LabelMap Plain, LabelMap Refined) Predict(SegmentationSample sample, CrfRefiner refiner)
    {
        var found = Probabilities(sample);
        return (found.MostLikely(), refiner.Refine(sample.Image, found.Values, found.Classes));
    }

    /// <summary>The probability of each class at every pixel.</summary>
    public ClassProbabilities Probabilities(SegmentationSample sample) =>
        sample.Planes is { } planes ? _segmenter.PredictProbabilities(planes) : _segmenter.PredictProbabilities(sample.Image);

    /// <inheritdoc/>
    public void Dispose() => _segmenter.Dispose();
}
