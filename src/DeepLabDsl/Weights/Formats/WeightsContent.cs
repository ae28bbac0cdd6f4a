using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Weights.Formats;

/// <summary>What a reader of one format finds in a file.</summary>
internal sealed class WeightsContent
{
    /// <summary>The most tensors of a file, ten times those of the largest checkpoints: each takes many times its few bytes.</summary>
    public const int MaximumTensors = 50_000;

    /// <summary>Puts together what was found.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">How it is laid out.</param>
    /// <param name="tensors">What is in it, in the file's order.</param>
    /// <param name="metadata">The text that was saved with it; null: none.</param>
    /// <param name="notes">What people should know of it; null: nothing.</param>
    /// <exception cref="WeightsException">Two tensors have one name.</exception>
    public WeightsContent(
        string path, WeightsFormat format, IReadOnlyList<StoredTensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null, IReadOnlyList<string>? notes = null)
    {
        if (tensors.Count > MaximumTensors)
            throw new WeightsException($"{path}: {TooMany}.");
        var names = new HashSet<string>(tensors.Count, StringComparer.Ordinal);
        if (tensors.FirstOrDefault(t => !names.Add(t.Name)) is { } twice)
            throw new WeightsException($"{path}: holds two tensors called '{twice.Name}'; which one is meant can't be told.");
        Path = path;
        Format = format;
        Tensors = tensors;
        Metadata = metadata ?? new Dictionary<string, string>();
        Notes = notes ?? [];
    }

    /// <summary>What is said of a file with more, as soon as they are counted.</summary>
    public static string TooMany { get; } = string.Create(
        CultureInfo.InvariantCulture, $"it holds more than {MaximumTensors} tensors, which no network has");

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes of what holds the numbers, where that is not the file itself; null: it is.</summary>
    public long? Bytes { get; init; }

    /// <summary>How it is laid out.</summary>
    public WeightsFormat Format { get; }

    /// <summary>What is in it, in the file's order.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The text that was saved with it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What people should know of it.</summary>
    public IReadOnlyList<string> Notes { get; }
}
