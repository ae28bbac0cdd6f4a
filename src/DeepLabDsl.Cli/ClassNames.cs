using DeepLabDsl.Data;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights;

namespace DeepLabDsl.Cli;

/// <summary>What the classes of a network are that was trained.</summary>
internal static class ClassNames
{
    /// <summary>The dataset file's classes, else those that the weights say, else VOC's where there are 21.</summary>
    /// <exception cref="UserException">Nobody says.</exception>
    public static ClassSet Of(WeightsFile weights, DatasetDefinition? definition, NetworkDescriptor descriptor)
    {
        if (definition is not null)
            return definition.Classes;
        if (WeightsMetadata.Of(weights) is { } saved)
            return saved.Classes;
        return descriptor.DefaultClasses == 21
            ? DatasetDefinition.Find(".", "voc2012").Classes
            : throw new UserException($"{weights.Path}: does not say what its classes are; name them with --dataset");
    }
}
