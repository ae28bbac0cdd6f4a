using DeepLabDsl.Data;
using DeepLabDsl.Imaging;
using DeepLabDsl.Inference;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights;

namespace DeepLabDsl.Cli;

/// <summary>What the classes of a network are that was trained.</summary>
internal static class ClassNames
{
    /// <inheritdoc cref="TrainedWeights.Classes"/>
    public static ClassSet Of(WeightsFile weights, DatasetDefinition? definition, NetworkDescriptor descriptor) =>
        TrainedWeights.Classes(weights, definition?.Classes, descriptor);
}
