using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Weights.Formats;
using DeepLabDsl.Weights.Names;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights;

/// <summary>
/// A file of weights in any of the formats of <see cref="WeightsFormat"/>, recognised by its content. Opening reads and
/// checks names, types and shapes; the numbers stay on the disk.
/// </summary>
public sealed class WeightsFile
{
    private static readonly (string Extension, WeightsFormat Format)[] Extensions =
    [
        (".safetensors", WeightsFormat.SafeTensors), (".pth", WeightsFormat.PyTorch), (".pt", WeightsFormat.PyTorch),
        (".dat", WeightsFormat.TorchSharp), (".caffemodel", WeightsFormat.Caffe),
    ];

    private readonly WeightsContent _content;

    internal WeightsFile(WeightsContent content) => _content = content;

    /// <summary>The file.</summary>
    public string Path => _content.Path;

    /// <summary>How it is laid out.</summary>
    public WeightsFormat Format => _content.Format;

    /// <summary>The same in words.</summary>
    public string FormatName => Format switch
    {
        WeightsFormat.SafeTensors => "safetensors",
        WeightsFormat.PyTorch => "PyTorch (zip archive)",
        WeightsFormat.PyTorchLegacy => "PyTorch (before 1.6)",
        WeightsFormat.TorchSharp => "TorchSharp",
        WeightsFormat.TensorFlowCheckpoint => "TensorFlow (checkpoint)",
        WeightsFormat.TensorFlowGraph => "TensorFlow (frozen graph)",
        WeightsFormat.TensorFlowLite => "TensorFlow Lite",
        WeightsFormat.Keras => "Keras (HDF5)",
        _ => "Caffe",
    };

    /// <summary>What is in it, in the file's order.</summary>
    public IReadOnlyList<StoredTensor> Tensors => _content.Tensors;

    /// <summary>The text that was saved with it.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _content.Metadata;

    /// <summary>What a reader should know: which part of a checkpoint the tensors are, what was left aside.</summary>
    public IReadOnlyList<string> Notes => _content.Notes;

    /// <summary>Bytes of what holds the numbers: the file, or the files beside an index.</summary>
    internal long Bytes => _content.Bytes ?? new System.IO.FileInfo(Path).Length;

    /// <summary>Whether there is a file of that name, or a TensorFlow checkpoint whose files' names begin so.</summary>
    /// <param name="path">The file, or <c>model.ckpt</c> where <c>model.ckpt.index</c> is.</param>
    public static bool Exists(string path) => System.IO.File.Exists(FormatReader.Locate(path));

    /// <summary>Opens a file of any format, told by its content.</summary>
    /// <param name="path">The file; of a TensorFlow checkpoint its index, or what its files' names begin with.</param>
    /// <param name="entry">
    /// For a PyTorch checkpoint, which of its entries holds the tensors (<c>ema</c>, <c>models.student</c>); null: the one
    /// that is named as state dicts usually are, or the only one.
    /// </param>
    /// <exception cref="WeightsException">The file can't be read, is damaged, asks for code, or is of no known format.</exception>
    public static WeightsFile Open(string path, string? entry = null) => new(FormatReader.Open(path, entry));

    /// <summary>The format that a file's name asks for.</summary>
    /// <param name="path">The file, not written yet.</param>
    /// <exception cref="WeightsException">The extension is none of a format.</exception>
    public static WeightsFormat FormatOf(string path)
    {
        var found = Extensions.Where(e => path.EndsWith(e.Extension, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count > 0
            ? found[0].Format
            : throw new WeightsException(
                $"{path}: its name does not say in which format to write it; "
                + $"end it in {string.Join(", ", Extensions.Select(e => e.Extension))}.");
    }

    /// <summary>Saves a module's parameters and buffers, whole or not at all, in the format that the file's name asks for.</summary>
    /// <param name="module">The module.</param>
    /// <param name="path">The file.</param>
    /// <param name="metadata">Text to keep with the weights; TorchSharp's and Caffe's formats keep none.</param>
    /// <exception cref="UnusableDataException">The file can't be written.</exception>
    /// <exception cref="WeightsException">The file's name asks for no known format.</exception>
    public static void Save(nn.Module module, string path, IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, [.. ModuleState.Of(module).Select(e => new TensorToWrite(e.Name, e.Tensor))], metadata);

    /// <summary>Loads weights.</summary>
    /// <param name="module">The module; left as it is unless keys, shapes and kinds of all tensors agree.</param>
    /// <param name="path">The file, of any format.</param>
    /// <exception cref="WeightsException">The file can't be read, or is of another network: the message lists all that differs.</exception>
    public static void Load(nn.Module module, string path) => Load(module, Open(path));

    /// <summary>Loads weights from a file that is open already.</summary>
    /// <param name="module">The module; left as it is unless everything fits, or <paramref name="partial"/> is set.</param>
    /// <param name="file">The file.</param>
    /// <param name="names">The publisher's names; used where the file has them rather than the module's own.</param>
    /// <param name="partial">Load what fits, and leave the rest of the module as it is.</param>
    /// <returns>What was loaded, and what differs.</returns>
    /// <exception cref="WeightsException">
    /// The file is of another network: the message lists all that differs. With <paramref name="partial"/>, nothing fits.
    /// </exception>
    public static WeightsMatch Load(nn.Module module, WeightsFile file, NameMap? names = null, bool partial = false)
    {
        var match = WeightsMatch.Compare(module, file, names, adapt: partial);
        match.Require(partial);
        match.Apply();
        return match;
    }

    /// <summary>Writes tensors, whole or not at all, in the format that the file's name asks for.</summary>
    internal static void Write(string path, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        switch (FormatOf(path))
        {
            case WeightsFormat.SafeTensors:
                SafeTensors.Write(path, tensors, metadata);
                break;
            case WeightsFormat.PyTorch:
                PyTorchArchive.Write(path, tensors, metadata);
                break;
            case WeightsFormat.TorchSharp:
                TorchSharpWeights.Write(path, tensors);
                break;
            default:
                CaffeModel.Write(path, tensors, metadata);
                break;
        }
    }
}
