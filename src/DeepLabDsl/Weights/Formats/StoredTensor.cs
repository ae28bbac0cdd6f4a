using System;
using System.Collections.Generic;
using System.IO;
using DeepLabDsl.Errors;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights.Formats;

/// <summary>A tensor in a weights file; its numbers stay on the disk until they are asked for.</summary>
public sealed class StoredTensor
{
    private readonly string _path;
    private readonly Func<Tensor> _load;

    internal StoredTensor(string path, string name, ElementType type, IReadOnlyList<long> shape, Func<Tensor> load)
    {
        _path = path;
        Name = name;
        Element = type;
        Shape = shape;
        _load = load;
    }

    /// <summary>Its key.</summary>
    public string Name { get; }

    /// <summary>Its element type.</summary>
    public ScalarType Type => Element.Type;

    /// <summary>Its shape.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Its element type as PyTorch and NumPy call it, such as <c>float32</c>.</summary>
    public string TypeName => Element.Name;

    /// <summary>How many numbers it has.</summary>
    public long Elements => ElementType.Count(Shape)!.Value;

    /// <summary>How many bytes they take.</summary>
    public long Bytes => Elements * Element.Size;

    internal ElementType Element { get; }

    /// <summary>Reads it.</summary>
    /// <returns>A new tensor on the CPU, contiguous, of the file's element type.</returns>
    /// <exception cref="WeightsException">The file can't be read any more, or is damaged.</exception>
    public Tensor Load()
    {
        try
        {
            return _load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new WeightsException($"{_path}: '{Name}' can't be read: {e.Message}", e);
        }
    }

    /// <summary>The number one, for a divisor.</summary>
    internal static StoredTensor One(string path, string name) => new(path, name, ElementType.Of(ScalarType.Float32), [1], () => ones(1));

    /// <summary>This tensor under another key.</summary>
    internal StoredTensor Named(string name) => new(_path, name, Element, Shape, _load);

    /// <summary>This tensor in another layout.</summary>
    internal StoredTensor With(IReadOnlyList<long> shape, Func<Tensor, Tensor> change) => new(_path, Name, Element, shape, () =>
    {
        using var scope = NewDisposeScope();
        return change(_load()).MoveToOuterDisposeScope();
    });

    /// <summary>A tensor whose bytes lie one after the other in a file.</summary>
    internal static StoredTensor InFile(string path, string name, ElementType type, IReadOnlyList<long> shape, long offset) =>
        new(path, name, type, shape, () =>
        {
            var tensor = empty([.. shape], dtype: type.Type);
            try
            {
                using var stream = File.OpenRead(path);
                stream.Position = offset;
                stream.ReadExactly(tensor.bytes);
                return tensor;
            }
            catch
            {
                tensor.Dispose();
                throw;
            }
        });
}
