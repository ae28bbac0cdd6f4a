using System.Linq;
using DeepLabDsl.Inference;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>Refuses an image that is too large to be predicted whole, and names the options that let it through.</summary>
/// <param name="network">The network.</param>
/// <param name="classes">The number of classes.</param>
/// <param name="options">How it is predicted.</param>
/// <param name="device">Where.</param>
internal sealed class PredictionMemory(NetworkDescriptor network, int classes, PredictionOptions options, Device device)
{
    private readonly InferenceMemory _memory = new(network, classes, options, device);

    /// <inheritdoc cref="InferenceMemory.LimitKernels"/>
    public static void LimitKernels(NetworkDescriptor network, PredictionOptions options) => InferenceMemory.LimitKernels(network, options);

    /// <summary>Refuses an image that does not fit.</summary>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <exception cref="UserException">It takes more than is free.</exception>
    public void Require(int height, int width)
    {
        if (_memory.Shortage(height, width) is not { } shortage)
            return;
        var crop = network.Training.Crop;
        throw new UserException(
            $"{InferenceMemory.Describe(height, width, shortage)}; give --window {crop.Height}x{crop.Width} (or another size), "
            + $"{(options.Scales.Max() > 1 ? "smaller --scales, " : "")}or a smaller image");
    }

    /// <inheritdoc cref="InferenceMemory.Bytes"/>
    internal long Bytes(int height, int width) => _memory.Bytes(height, width);
}
