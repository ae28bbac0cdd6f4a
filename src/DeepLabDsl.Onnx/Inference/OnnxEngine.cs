using System.Collections.Generic;
using DeepLabDsl.Crf;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Onnx;

/// <summary>Runs the network of a segmenter in ONNX Runtime.</summary>
internal sealed class OnnxEngine : ISegmenterEngine
{
    private readonly OnnxSegmenter _segmenter;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How the segmenter works.</param>
    /// <exception cref="OnnxModelException">The file can't be run, or not so.</exception>
    public OnnxEngine(string path, SegmenterOptions options)
    {
        if (options.Device != ComputeDevice.Cpu)
        {
            throw new OnnxModelException(
                $"{path}: an ONNX model is run on the CPU, not on {options.Device}; load the run that it was exported from for that");
        }
        if (options.Precision != InferencePrecision.Float32)
        {
            throw new OnnxModelException(
                $"{path}: an ONNX model computes as it was exported, and not in {options.Precision}; export it anew, or load its run");
        }
        _segmenter = new OnnxSegmenter(path, model => options.Over(model.Evaluation), options.Threads);
        try
        {
            var info = _segmenter.Info;
            if (options.Classes is { } named && named.Count != info.Classes.Count)
                throw new OnnxModelException($"{path}: tells {info.Classes.Count} classes apart, and {named.Name} has {named.Count}");
            if (info.Result == OnnxResult.Labels && (options.KeepProbabilities || options.HasCrf))
            {
                throw new OnnxModelException(
                    $"{path}: gives labels, and {(options.HasCrf ? "a CRF takes" : "what is asked for are")} probabilities; export it with "
                    + "logits or probabilities");
            }
            Classes = options.Classes ?? info.Classes;
            Format = ChannelFormat.For(info.Format, _segmenter.Channels);
        }
        catch
        {
            _segmenter.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Network => _segmenter.Info.Network;

    /// <inheritdoc/>
    public ClassSet Classes { get; }

    /// <inheritdoc/>
    public ChannelFormat? Format { get; }

    /// <inheritdoc/>
    public CrfRecipe? Crf => _segmenter.Info.Crf;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => [];

    /// <inheritdoc/>
    public (LabelMap Labels, ClassProbabilities? Probabilities) Run(SegmenterImage image, bool withProbabilities, CrfOptions? crf)
    {
        try
        {
            if (!withProbabilities && crf is null)
                return (image.Planes is { } seen ? _segmenter.Predict(seen) : _segmenter.Predict(image.Picture), null);
            var found = image.Planes is { } planes
                ? _segmenter.PredictProbabilities(planes)
                : _segmenter.PredictProbabilities(image.Picture);
            if (crf is null)
                return (found.MostLikely(), found);
            using var field = new DenseCrf(crf);
            var labels = field.Infer(image.Picture, UnaryCosts.Of(found.Values), found.Classes).Map;
            return (labels, withProbabilities ? found : null);
        }
        catch (OnnxModelException e)
        {
            // What is wrong is the image, for this model.
            throw new UnusableDataException($"{image.Name}: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _segmenter.Dispose();
}

/// <summary>Opens ONNX models; a segmenter finds it by its name.</summary>
internal sealed class OnnxEngineFactory : ISegmenterEngineFactory
{
    /// <inheritdoc/>
    public ISegmenterEngine Open(string path, SegmenterOptions options) => new OnnxEngine(path, options);
}
