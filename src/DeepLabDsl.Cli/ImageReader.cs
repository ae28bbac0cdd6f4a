using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights;

namespace DeepLabDsl.Cli;

/// <summary>
/// Reads images as the dataset file says, else as those that the weights were trained on were read, else as the network takes them.
/// </summary>
internal sealed class ImageReader
{
    private readonly ChannelFormat? _format;
    private readonly string? _wanted;
    private readonly PictureOrientation _orientation;

    /// <param name="weights">The weights.</param>
    /// <param name="definition">The dataset file, where one is named.</param>
    /// <param name="network">The network.</param>
    /// <exception cref="UserException">The images have another number of channels than the network takes.</exception>
    public ImageReader(WeightsFile weights, DatasetDefinition? definition, NetworkDescriptor network)
        : this(weights.Path, WeightsMetadata.Of(weights)?.Format, definition, network.Name, network.InputChannels)
    {
    }

    /// <param name="path">The file that says how images were read that the network was trained on.</param>
    /// <param name="saved">What it says.</param>
    /// <param name="definition">The dataset file, where one is named.</param>
    /// <param name="network">The network's name.</param>
    /// <param name="channels">The channels that it takes.</param>
    /// <exception cref="UserException">The images have another number of channels than the network takes.</exception>
    public ImageReader(string path, ChannelFormat? saved, DatasetDefinition? definition, string network, int channels)
    {
        _orientation = definition?.Orientation ?? PictureOrientation.Apply;
        _format = ChannelFormat.For(definition is not null ? definition.Channels : saved, channels);
        if (_format is { } format && format.Count != channels)
            throw new UserException(
                $"images of {(definition is null ? path : definition.Name)} have {format.Count} channels, and {network} takes {channels}");
        if (definition is null)
            _wanted = $"{network} takes {channels}; where the channels of an image stand in several files, name the dataset file that "
                + "says in which: --dataset FILE.yaml";
    }

    /// <summary>Reads an image.</summary>
    /// <returns>What people see of it, and its channels where they are others.</returns>
    /// <exception cref="UnusableDataException">A file is missing, damaged, or has other channels.</exception>
    public (RgbImage Picture, ChannelImage? Planes) Read(ImageFiles image) =>
        _format is null
            ? (ImageFile.ReadRgb(image.Paths[0], _orientation), null)
            : ImageFile.ReadChannels(image.Paths, _format, _wanted, _orientation);
}
