using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Imaging;

/// <summary>One class of a segmentation task.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Color">What it is drawn with.</param>
public sealed record SegmentationClass(string Name, Rgb Color);

/// <summary>The classes of a segmentation task in the order of their indices, and its void.</summary>
public sealed class ClassSet
{
    private readonly SegmentationClass[] _classes;
    private readonly Dictionary<string, int> _indices;

    /// <summary>Starts a set.</summary>
    /// <param name="name">The task's or dataset's name.</param>
    /// <param name="classes">The classes: the first has index 0. 1 to 255 of them, of distinct names.</param>
    /// <param name="voidIndex">The label in files of pixels that are neither trained on nor scored; no class has it.</param>
    /// <param name="voidColor">What void is drawn with.</param>
    /// <exception cref="ArgumentException">There are no or too many classes, two have one name, or void is a class.</exception>
    public ClassSet(
        string name, IEnumerable<SegmentationClass> classes, byte voidIndex = LabelMap.Void, Rgb voidColor = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(classes);
        _classes = [.. classes];
        if (_classes.Length is 0 or > 255)
            throw new ArgumentException($"{name}: there are 1 to 255 classes, not {_classes.Length}.", nameof(classes));
        _indices = new Dictionary<string, int>(_classes.Length, StringComparer.Ordinal);
        for (var i = 0; i < _classes.Length; i++)
        {
            if (!_indices.TryAdd(_classes[i].Name, i))
                throw new ArgumentException($"{name}: two classes are called '{_classes[i].Name}'.", nameof(classes));
        }
        if (voidIndex < _classes.Length)
        {
            throw new ArgumentException(
                $"{name}: void {voidIndex} is the index of class '{_classes[voidIndex].Name}'; " +
                $"take one from {_classes.Length} to 255.", nameof(voidIndex));
        }
        Name = name;
        VoidIndex = voidIndex;
        VoidColor = voidColor;
    }

    /// <summary>The task's or dataset's name.</summary>
    public string Name { get; }

    /// <summary>The classes in the order of their indices.</summary>
    public IReadOnlyList<SegmentationClass> Classes => _classes;

    /// <summary>The number of classes; void is not one of them.</summary>
    public int Count => _classes.Length;

    /// <summary>The label of void in the dataset's files; in loaded samples it is <see cref="LabelMap.Void"/>.</summary>
    public byte VoidIndex { get; }

    /// <summary>What void is drawn with.</summary>
    public Rgb VoidColor { get; }

    /// <summary>The names of the classes in the order of their indices.</summary>
    public IEnumerable<string> Names => _classes.Select(c => c.Name);

    /// <summary>The class with an index.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="IndexOutOfRangeException">No class has the index.</exception>
    public SegmentationClass this[int index] => _classes[index];

    /// <summary>The index of the class with a name.</summary>
    /// <param name="name">The name, in its exact case.</param>
    /// <returns>The index, or -1 where no class has the name.</returns>
    public int IndexOf(string name) => _indices.GetValueOrDefault(name, -1);

    /// <summary>What a label is drawn with.</summary>
    /// <param name="label">Any label.</param>
    /// <returns>The class's colour, or void's where the label is no class.</returns>
    public Rgb ColorOf(int label) => (uint)label < (uint)_classes.Length ? _classes[label].Color : VoidColor;

    /// <summary>What a label is called.</summary>
    /// <param name="label">Any label.</param>
    /// <returns>The class's name, or <c>void</c> where the label is no class.</returns>
    public string NameOf(int label) => (uint)label < (uint)_classes.Length ? _classes[label].Name : "void";
}
