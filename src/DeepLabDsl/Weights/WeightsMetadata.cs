using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace DeepLabDsl;

/// <summary>What a weights file says of itself: the network and the classes that it was trained for.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Classes">The classes with their colours.</param>
public sealed record WeightsMetadata(string Network, ClassSet Classes)
{
    /// <summary>Mean and deviation that it was trained with where they are not the network's; null: they are.</summary>
    public ImageNormalizer? Normalizer { get; init; }

    /// <summary>How the images that it was trained on are read where they are not ordinary pictures; null: they are.</summary>
    public ChannelFormat? Format { get; init; }

    /// <summary>Reads it from a file's metadata; null where the file says nothing of it.</summary>
    /// <param name="metadata">The metadata.</param>
    public static WeightsMetadata? From(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue("network", out var network) || !metadata.TryGetValue("classes", out var text))
            return null;
        try
        {
            var saved = JsonSerializer.Deserialize<SavedClasses>(text);
            return saved is null ? null : new WeightsMetadata(network, new ClassSet(
                saved.Name, saved.Classes.Select(c => new SegmentationClass(c.Name, ToColor(c.Color))), saved.Void, ToColor(saved.VoidColor)))
            {
                Normalizer = metadata.TryGetValue("normalization", out var numbers) && JsonSerializer.Deserialize<SavedNormalization>(numbers) is { } normalization
                    ? new ImageNormalizer(normalization.Mean, normalization.Deviation)
                    : null,
                Format = metadata.TryGetValue("input", out var input) && JsonSerializer.Deserialize<SavedInput>(input) is { Preview: [var red, var green, var blue] } format
                    ? new ChannelFormat(format.Channels, format.Range, (red, green, blue))
                    : null,
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return null;
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
                Classes.Name, Classes.VoidIndex, FromColor(Classes.VoidColor), [.. Classes.Classes.Select(c => new SavedClass(c.Name, FromColor(c.Color)))])),
        };
        if (Normalizer is not null)
            metadata["normalization"] = JsonSerializer.Serialize(new SavedNormalization([.. Normalizer.Mean], [.. Normalizer.Deviation]));
        if (Format is { } format)
            metadata["input"] = JsonSerializer.Serialize(new SavedInput(format.Count, format.Range, [format.Preview.Red, format.Preview.Green, format.Preview.Blue]));
        return metadata;
    }

    private static Rgb ToColor(int[] color) => color is [var r, var g, var b] ? new Rgb((byte)r, (byte)g, (byte)b) : default;

    private static int[] FromColor(Rgb color) => [color.R, color.G, color.B];

    private sealed record SavedClasses(string Name, byte Void, int[] VoidColor, SavedClass[] Classes);

    private sealed record SavedNormalization(double[] Mean, double[] Deviation);

    private sealed record SavedInput(int Channels, double? Range, int[] Preview);

    private sealed record SavedClass(string Name, int[] Color);
}
