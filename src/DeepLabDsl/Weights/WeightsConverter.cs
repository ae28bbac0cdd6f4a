using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Weights.Formats;
using DeepLabDsl.Weights.Names;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights;

/// <summary>How weights are converted.</summary>
public sealed record ConversionOptions
{
    /// <summary>The type of numbers with fractions; null: as they are.</summary>
    public ScalarType? Type { get; init; }

    /// <summary>Write the names of the publisher's map; else the network's own.</summary>
    public bool ToPublisher { get; init; }

    /// <summary>Write what fits the network.</summary>
    public bool Partial { get; init; }

    /// <summary>
    /// Write tensors that together are far larger than the file that they come from: it repeats numbers, and a small file can fill a disk.
    /// </summary>
    public bool AllowExpand { get; init; }
}

/// <summary>Writes weights in another format, under other names, in another precision.</summary>
public static class WeightsConverter
{
    private const int Shared = 4;
    private const int Slack = 16 << 20;

    /// <summary>Writes all tensors of a file under the names that they have.</summary>
    /// <param name="source">The file.</param>
    /// <param name="path">The file to write; its extension names the format.</param>
    /// <param name="options">How.</param>
    /// <returns>How many tensors were written.</returns>
    /// <exception cref="WeightsException">A tensor can't be read, or is nothing that the format can hold.</exception>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public static int Convert(WeightsFile source, string path, ConversionOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        return Write(source, path, [.. source.Tensors.Select(t => (t.Name, Stored: t))], options);
    }

    /// <summary>Writes the tensors of a network, checked against it, in its order.</summary>
    /// <param name="source">The file, under the network's names or the publisher's.</param>
    /// <param name="path">The file to write; its extension names the format.</param>
    /// <param name="module">The network; it is left as it is.</param>
    /// <param name="names">The publisher's names.</param>
    /// <param name="options">How.</param>
    /// <param name="count">How many tensors were written.</param>
    /// <returns>What fitted the network and what did not.</returns>
    /// <exception cref="WeightsException">
    /// The file is of another network; the map does not fit it; a tensor can't be read or written.
    /// </exception>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    public static WeightsMatch Convert(
        WeightsFile source, string path, nn.Module module, NameMap? names, ConversionOptions options, out int count)
    {
        ArgumentNullException.ThrowIfNull(options);
        var match = WeightsMatch.Compare(module, source, names);
        match.Require(options.Partial);
        var translation = options.ToPublisher ? names?.Apply(ModuleState.Of(module).Select(e => e.Name)) : null;
        var tensors = new List<(string Name, StoredTensor Stored)>();
        foreach (var (name, stored) in match.Pairs)
        {
            if (translation is null)
                tensors.Add((name, stored));
            else if (translation[name] is { Theirs: { } theirs } translated)
                tensors.Add((theirs, AsTheirs(stored, translated.Layout)));
        }
        foreach (var divisor in translation?.Names.Select(n => n.DivideBy).OfType<string>().Distinct() ?? [])
            tensors.Add((divisor, StoredTensor.One(path, divisor)));
        count = Write(source, path, tensors, options);
        return match;
    }

    private static StoredTensor AsTheirs(StoredTensor stored, TensorLayout layout) =>
        layout == TensorLayout.Same ? stored : stored.With(layout.ShapeOfTheirs(stored.Shape), layout.ToTheirs);

    private static int Write(
        WeightsFile source, string path, IReadOnlyList<(string Name, StoredTensor Stored)> tensors, ConversionOptions options)
    {
        var type = options.Type is { } wanted ? ElementType.Of(wanted) : null;
        var list = tensors
            .Select(t => new TensorToWrite(
                t.Name, type is not null && t.Stored.Element.IsFloat ? type : t.Stored.Element, t.Stored.Shape, t.Stored.Load)).ToList();
        RequireSize(source, tensors, options);
        WeightsFile.Write(path, list, source.Metadata);
        return list.Count;
    }

    /// <summary>Refuses to write many times what was read.</summary>
    private static void RequireSize(WeightsFile source, IEnumerable<(string Name, StoredTensor Stored)> tensors, ConversionOptions options)
    {
        if (options.AllowExpand)
            return;
        Int128 bytes = 0;
        foreach (var (_, stored) in tensors)
            bytes += stored.Bytes;
        var length = source.Bytes;
        // Weights that are shared by two layers, or packed, are a few times the file.
        if (bytes > (Int128)length * Shared + Slack)
        {
            throw new WeightsException(string.Create(
                CultureInfo.InvariantCulture,
                $"{source.Path}: its tensors come to {(double)bytes / 1e6:0.0} MB, and the file has {length / 1e6:0.0} MB: ")
                + "it repeats the same numbers. Allow it where that is meant.")
            {
                Remedy = ErrorRemedy.AllowExpand,
            };
        }
    }
}
