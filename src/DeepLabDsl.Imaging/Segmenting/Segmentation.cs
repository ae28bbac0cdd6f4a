using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Rendering;

namespace DeepLabDsl;

/// <summary>What a <see cref="Segmenter"/> found in an image: the class of every pixel.</summary>
/// <example>
/// <code>
/// Segmentation result = segmenter.Segment("photo.jpg");
/// foreach (var (name, share) in result.Shares)
///     Console.WriteLine($"{name}: {share:P1}");
/// result.SaveOverlay("overlay.png");
/// </code>
/// </example>
public sealed class Segmentation
{
    private const int ShownShares = 3;

    private readonly Lazy<long[]> _pixels;

    internal Segmentation(SegmenterImage image, ClassSet classes, LabelMap labels, ClassProbabilities? probabilities)
    {
        Name = image.Name;
        Image = image.Picture;
        Classes = classes;
        Labels = labels;
        Probabilities = probabilities;
        _pixels = new(Count);
    }

    /// <summary>The image's path, or what else it is called.</summary>
    public string Name { get; }

    /// <summary>The image, upright; of one with other channels than three, what people see of it.</summary>
    public RgbImage Image { get; }

    /// <summary>Pixels a row.</summary>
    public int Width => Labels.Width;

    /// <summary>Rows.</summary>
    public int Height => Labels.Height;

    /// <summary>The index of the class of every pixel, <c>[Height, Width]</c>; <see cref="LabelMap.Void"/> where there is none.</summary>
    public LabelMap Labels { get; }

    /// <summary>The classes with their colours, in the order of their indices.</summary>
    public ClassSet Classes { get; }

    /// <summary>
    /// The probability of each class at every pixel, before a CRF; null unless <see cref="SegmenterOptions.KeepProbabilities"/> asked for
    /// it.
    /// </summary>
    public ClassProbabilities? Probabilities { get; }

    /// <summary>How much of the image each class covers, the largest first; classes that are not in it are left out.</summary>
    public IReadOnlyList<ClassShare> Shares =>
        [.. _pixels.Value.Select((count, label) => (count, label)).Where(p => p.count > 0).OrderByDescending(p => p.count)
            .Select(p => new ClassShare(Classes.NameOf(p.label), Part(p.count)))];

    /// <summary>How much of the image a class covers, 0 to 1.</summary>
    /// <param name="className">The class, in its exact case.</param>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    public double ShareOf(string className) => Part(_pixels.Value[IndexOf(className)]);

    /// <summary>The name of the class of a pixel.</summary>
    /// <param name="x">Column from the left.</param>
    /// <param name="y">Row from the top.</param>
    /// <exception cref="IndexOutOfRangeException">The pixel is outside the image.</exception>
    public string ClassAt(int x, int y) => Classes.NameOf(Labels[x, y]);

    /// <summary>The pixels of one class.</summary>
    /// <param name="className">The class, in its exact case.</param>
    /// <returns>For each pixel, row by row from the top left, whether it is of the class.</returns>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    public bool[] PixelsOf(string className)
    {
        var index = IndexOf(className);
        return Array.ConvertAll(Labels.Indices, label => label == index);
    }

    /// <summary>
    /// Saves the mask as a PNG with a palette: programs read the index of the class at each pixel, viewers show its colour.
    /// </summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public void SaveMask(string path) => ImageFile.WriteIndexedPng(path, Labels, Classes);

    /// <summary>Writes the mask as a PNG with a palette.</summary>
    /// <param name="stream">Takes the PNG; it stays open.</param>
    public void SaveMask(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(ImageFile.ToPng(Labels, Classes));
    }

    /// <summary>Saves the classes drawn over the image, as a PNG.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <param name="opacity">The part of the class's colour in the tint, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="opacity"/> is not in 0 to 1.</exception>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public void SaveOverlay(string path, double opacity = MaskRenderer.DefaultOpacity) =>
        ImageFile.WritePng(path, DrawOverlay(opacity));

    /// <summary>Writes the classes drawn over the image, as a PNG.</summary>
    /// <param name="stream">Takes the PNG; it stays open.</param>
    /// <param name="opacity">The part of the class's colour in the tint, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="opacity"/> is not in 0 to 1.</exception>
    public void SaveOverlay(Stream stream, double opacity = MaskRenderer.DefaultOpacity)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.Write(ImageFile.ToPng(DrawOverlay(opacity)));
    }

    /// <summary>The classes drawn over the image.</summary>
    /// <param name="opacity">The part of the class's colour in the tint, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="opacity"/> is not in 0 to 1.</exception>
    public RgbImage DrawOverlay(double opacity = MaskRenderer.DefaultOpacity) =>
        MaskRenderer.Overlay(Image, Labels, Classes, opacity);

    /// <summary>Such as <c>photo.jpg: 480x360, road 41.3 %, sky 30.1 %, …</c>.</summary>
    public override string ToString()
    {
        var shares = Shares;
        return string.Create(CultureInfo.InvariantCulture, $"{Name}: {Width}x{Height}, {string.Join(", ", shares.Take(ShownShares))}")
            + (shares.Count > ShownShares ? ", …" : "");
    }

    private int IndexOf(string className)
    {
        ArgumentException.ThrowIfNullOrEmpty(className);
        return Classes.IndexOf(className) is >= 0 and var index
            ? index
            : throw new ArgumentException(
                $"There is no class '{className}'; the classes are {string.Join(", ", Classes.Names)}.", nameof(className));
    }

    private double Part(long pixels) => pixels / ((double)Width * Height);

    private long[] Count()
    {
        var counts = new long[byte.MaxValue + 1];
        foreach (var label in Labels.Indices)
            counts[label]++;
        return counts;
    }
}
