using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Training;
using DeepLabDsl.Weights;

namespace DeepLabDsl.Inference;

/// <summary>What weights say of what they were trained for, and what stands for it where they say nothing.</summary>
internal static class TrainedWeights
{
    private const string Voc = "voc2012";
    private const int VocClasses = 21;

    /// <summary>The weights file that a path means: itself, or the best of a run's folder.</summary>
    /// <param name="path">A file of any format, or the folder of a run.</param>
    /// <param name="entry">Which entry of a PyTorch checkpoint holds the tensors; null: the usual one.</param>
    /// <exception cref="WeightsException">There are no weights.</exception>
    public static WeightsFile Open(string path, string? entry = null)
    {
        if (!Directory.Exists(path))
        {
            return WeightsFile.Exists(path)
                ? WeightsFile.Open(path, entry)
                : throw new WeightsException(
                    $"{path}: no such file; name a file of weights (.safetensors, .pth, .dat, .caffemodel, .index, .pb, .h5) or the folder "
                    + "of a run");
        }
        var found = new[] { RunFolder.BestName, RunFolder.LastName }.Select(n => Path.Combine(path, n)).FirstOrDefault(File.Exists);
        return WeightsFile.Open(
            found
            ?? throw new WeightsException(
                $"{path}: holds neither {RunFolder.BestName} nor {RunFolder.LastName}; is it the folder of a run?"));
    }

    /// <summary>The classes that are named, else those that the weights say, else VOC's where there are 21.</summary>
    /// <exception cref="WeightsException">Nobody says.</exception>
    public static ClassSet Classes(WeightsFile weights, ClassSet? named, NetworkDescriptor network)
    {
        if (named is not null)
            return named;
        if (WeightsMetadata.Of(weights) is { } saved)
            return saved.Classes;
        return network.DefaultClasses == VocClasses
            ? DatasetDefinition.Find(".", Voc).Classes
            : throw new WeightsException($"{weights.Path}: does not say what its classes are; name them")
            {
                Remedy = ErrorRemedy.NameClasses,
            };
    }

    /// <summary>
    /// Mean and std: the dataset's where its file says them, else those that the weights were trained with, else the network's.
    /// </summary>
    /// <exception cref="WeightsException">They are of another number of channels than the network takes.</exception>
    public static ImageNormalizer Normalizer(ImageNormalizer? dataset, WeightsFile weights, NetworkDescriptor network)
    {
        var chosen = dataset ?? WeightsMetadata.Of(weights)?.Normalizer ?? new ImageNormalizer(network.Mean, network.Std);
        return chosen.Channels == network.InputChannels
            ? chosen
            : throw new WeightsException(
                $"{(dataset is null ? weights.Path : "the dataset file")}: mean and std are of {chosen.Channels} channels, "
                + $"and {network.Name} takes {network.InputChannels}");
    }
}
