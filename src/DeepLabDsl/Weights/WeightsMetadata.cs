using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Weights;

/// <summary>What a weights file says of itself: the network and the classes that it was trained for.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Classes">The classes with their colours.</param>
public sealed record WeightsMetadata(string Network, ClassSet Classes)
{
    private const int MaximumChannels = 4096;

    /// <summary>Mean and std that it was trained with where they are not the network's; null: they are.</summary>
    public ImageNormalizer? Normalizer { get; init; }

    /// <summary>How the images that it was trained on are read where they are not ordinary pictures; null: they are.</summary>
    public ChannelFormat? Format { get; init; }

    /// <summary>What a file says; null where it says nothing of it, or another program's words are not ours.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="WeightsException">It is damaged or forged: nothing of it can be relied on.</exception>
    public static WeightsMetadata? Of(WeightsFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        try
        {
            return From(file.Metadata);
        }
        catch (FormatException e)
        {
            throw new WeightsException(
                $"{file.Path}: what it says of its network and classes is damaged: {e.Message.TrimEnd('.')}. Name another file.", e);
        }
    }

    /// <summary>Reads it from a file's metadata; null where the file says nothing of it.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <exception cref="FormatException">A value can't be; the message says which.</exception>
    public static WeightsMetadata? From(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.TryGetValue("network", out var network) || !metadata.TryGetValue("classes", out var text)
            || !text.TrimStart().StartsWith('{'))
            return null;
        try
        {
            var format = metadata.TryGetValue("input", out var input) ? ReadFormat(Read<SavedInput>("input", input)) : null;
            return new WeightsMetadata(network, ReadClasses(Read<SavedClasses>("classes", text)))
            {
                Normalizer = metadata.TryGetValue("normalization", out var numbers)
                    ? ReadNormalizer(Read<SavedNormalization>("normalization", numbers), format?.Count)
                    : null,
                Format = format,
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>The metadata to save.</summary>
    public Dictionary<string, string> ToDictionary()
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["network"] = Network,
            ["classes"] = JsonSerializer.Serialize(new SavedClasses(
                Classes.Name, Classes.VoidIndex, FromColor(Classes.VoidColor),
                [.. Classes.Classes.Select(c => new SavedClass(c.Name, FromColor(c.Color)))])),
        };
        if (Normalizer is not null)
            metadata["normalization"] = JsonSerializer.Serialize(new SavedNormalization([.. Normalizer.Mean], [.. Normalizer.Std]));
        if (Format is { } format)
        {
            metadata["input"] = JsonSerializer.Serialize(
                new SavedInput(format.Count, format.Range, [format.Preview.Red, format.Preview.Green, format.Preview.Blue]));
        }
        return metadata;
    }

    private static T Read<T>(string key, string text)
        where T : class =>
        JsonSerializer.Deserialize<T>(text) ?? throw new FormatException($"'{key}' is null");

    private static ClassSet ReadClasses(SavedClasses saved)
    {
        if (saved.Name is null || saved.Classes is null || Array.Exists(saved.Classes, c => c?.Name is null))
            throw new FormatException("'classes' lacks a name");
        return new ClassSet(
            saved.Name, saved.Classes.Select(c => new SegmentationClass(c.Name, ToColor(c.Color))), saved.Void, ToColor(saved.VoidColor));
    }

    private static ImageNormalizer ReadNormalizer(SavedNormalization saved, int? channels)
    {
        if (saved.Mean is null || saved.Deviation is null)
            throw new FormatException("'normalization' lacks mean or deviation");
        if (channels is not null && saved.Mean.Length != channels)
            throw new FormatException($"'normalization' has {saved.Mean.Length} channels, 'input' {channels}");
        return new ImageNormalizer(saved.Mean, saved.Deviation);
    }

    private static ChannelFormat ReadFormat(SavedInput saved)
    {
        if (saved.Channels is < 1 or > MaximumChannels)
            throw new FormatException($"'input' has {saved.Channels} channels");
        if (saved.Range is { } range && !ChannelFormat.IsRange(range))
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'input' has values up to {range}"));
        return saved.Preview is [var red, var green, var blue] && Array.TrueForAll(saved.Preview, c => c >= 0 && c < saved.Channels)
            ? new ChannelFormat(saved.Channels, saved.Range, (red, green, blue))
            : throw new FormatException($"'input' shows channels that are none of its {saved.Channels}");
    }

    private static Rgb ToColor(int[]? color) => color is [>= 0 and <= 255, >= 0 and <= 255, >= 0 and <= 255]
        ? new Rgb((byte)color[0], (byte)color[1], (byte)color[2])
        : throw new FormatException("a colour is not three numbers from 0 to 255");

    private static int[] FromColor(Rgb color) => [color.R, color.G, color.B];

    private sealed record SavedClasses(string Name, byte Void, int[] VoidColor, SavedClass[] Classes);

    private sealed record SavedNormalization(double[] Mean, double[] Deviation);

    private sealed record SavedInput(int Channels, double? Range, int[] Preview);

    private sealed record SavedClass(string Name, int[] Color);
}
