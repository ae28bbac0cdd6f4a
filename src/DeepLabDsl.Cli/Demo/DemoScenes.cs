using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli.Demo;

/// <summary>
/// Road scenes drawn by a program, with exact truth: something to train on where there is no dataset. Light, weather,
/// the road's bend and what stands beside it differ from scene to scene.
/// </summary>
internal static class DemoScenes
{
    /// <summary>The default width of a scene in pixels: 192.</summary>
    public const int DefaultWidth = 192;

    /// <summary>The default height of a scene in pixels: 144.</summary>
    public const int DefaultHeight = 144;

    private const string Name = "scenes";
    private const int MinimumSide = 32;

    /// <summary>The classes of the scenes: sky, hill, grass, road, building, tree, car, person. There is no void.</summary>
    public static ClassSet Classes { get; } = new("demo",
    [
        new SegmentationClass("sky", new Rgb(92, 164, 232)),
        new SegmentationClass("hill", new Rgb(120, 108, 176)),
        new SegmentationClass("grass", new Rgb(150, 200, 90)),
        new SegmentationClass("road", new Rgb(112, 116, 128)),
        new SegmentationClass("building", new Rgb(226, 122, 84)),
        new SegmentationClass("tree", new Rgb(34, 126, 74)),
        new SegmentationClass("car", new Rgb(232, 60, 96)),
        new SegmentationClass("person", new Rgb(250, 210, 70)),
    ]);

    /// <summary>Draws one scene.</summary>
    /// <param name="seed">Decides everything in it.</param>
    /// <param name="width">Its width in pixels, at least 32.</param>
    /// <param name="height">Its height in pixels, at least 32.</param>
    /// <param name="hours">When it is seen.</param>
    /// <returns>The scene and its truth.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 32 pixels.</exception>
    public static SegmentationSample Draw(
        ulong seed, int width = DefaultWidth, int height = DefaultHeight, DemoHours hours = DemoHours.All) =>
        Draw(string.Create(CultureInfo.InvariantCulture, $"scene-{seed}"), seed, width, height, hours);

    /// <summary>Draws a dataset. Splits of different names have different scenes.</summary>
    /// <param name="split">The split's name.</param>
    /// <param name="count">The number of scenes, at least 1.</param>
    /// <param name="seed">Decides everything in them; default 0.</param>
    /// <param name="width">The width of a scene in pixels, at least 32.</param>
    /// <param name="height">The height of a scene in pixels, at least 32.</param>
    /// <param name="hours">When they are seen.</param>
    /// <returns>The scenes, drawn.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are no scenes, or a side is below 32 pixels.</exception>
    public static InMemoryDataset CreateDataset(
        string split, int count, ulong seed = 0, int width = DefaultWidth, int height = DefaultHeight,
        DemoHours hours = DemoHours.All)
    {
        ArgumentException.ThrowIfNullOrEmpty(split);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        // FNV-1a: a string's own hash code differs from process to process.
        var stream = 0xCBF29CE484222325;
        foreach (var character in split)
            stream = (stream ^ character) * 0x100000001B3;
        var samples = new SegmentationSample[count];
        Parallel.For(0, count, i =>
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{split}-{i:d4}");
            samples[i] = Draw(name, SeededRandom.ForSample(seed ^ stream, 0, i).NextBits(), width, height, hours);
        });
        return new InMemoryDataset(Name, split, Classes, samples);
    }

    /// <summary>Writes splits into a folder that every command takes by <c>--data</c>: the layout of CamVid, with a dataset YAML.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="splits">The splits, by their names.</param>
    /// <exception cref="UnusableDataException">A file can't be written.</exception>
    public static void Write(string folder, IEnumerable<InMemoryDataset> splits)
    {
        foreach (var split in splits)
        {
            for (var i = 0; i < split.Count; i++)
            {
                var sample = split.Load(i);
                ImageFile.WritePng(Path.Combine(folder, split.Split, sample.Name + ".png"), sample.Image);
                ImageFile.WriteIndexedPng(Path.Combine(folder, split.Split + "annot", sample.Name + ".png"), sample.Labels, Classes);
            }
        }
        var colors = Classes.Classes.Select(c => string.Create(
            CultureInfo.InvariantCulture, $"  {c.Name}: [{c.Color.R}, {c.Color.G}, {c.Color.B}]\n"));
        File.WriteAllText(
            Path.Combine(folder, "dataset.yaml"), $"dataset: {Name}\nlayout: camvid\nclasses:\n{string.Concat(colors)}void: 255\n");
    }

    private static SegmentationSample Draw(string name, ulong seed, int width, int height, DemoHours hours)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, MinimumSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, MinimumSide);
        return new DemoScene(seed, width, height, hours).Draw(name);
    }
}
