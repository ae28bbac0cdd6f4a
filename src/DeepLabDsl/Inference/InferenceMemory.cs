using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.IO;
using DeepLabDsl.Native;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Inference;

/// <summary>
/// Tells of an image that it is too large to be predicted whole in the memory that is free, before it is tried: a system that runs out
/// of memory ends the process without a word, and with it all that would have come after.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="classes">The number of classes.</param>
/// <param name="options">How it is predicted.</param>
/// <param name="device">Where; of a GPU's memory nothing is known here.</param>
internal sealed class InferenceMemory(NetworkDescriptor network, int classes, PredictionOptions options, Device device)
{
    // A module holds its maps until it returns, convolutions reorder theirs, and the heap has gaps: processes took 3.4 to 4.8 times the
    // maps that must be held, in three networks at 1025x1025 and 2049x2049.
    private const double Held = 4;

    // Of a convolution oneDNN keeps the kernel and the reorderings of its input, weights and result.
    private const int KernelsOfConvolution = 4;
    private const int MinimumKernels = 64;
    private const int MaximumKernels = 1024;

    // Of images from anyone there are as many sizes as images.
    private const int MaximumSizes = 4096;

    private readonly ConcurrentDictionary<(int, int), long> _bytes = [];

    /// <summary>Limits the kernels that are kept to those that an image's passes ask for again; before anything is computed.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">How it is predicted.</param>
    public static void LimitKernels(NetworkDescriptor network, PredictionOptions options) => NativeBackend.LimitKernels(Math.Clamp(
        KernelsOfConvolution * network.Graph.Nodes.Count(n => n.Operation is Convolution) * options.Scales.Count, MinimumKernels,
        MaximumKernels));

    /// <summary>What an image takes and what is free, where it takes more.</summary>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <returns>Null: it fits, or nobody can tell.</returns>
    public (long Bytes, long Free)? Shortage(int height, int width)
    {
        // In windows a row of them is held, however large the image is.
        if (device.type != DeviceType.CPU || options.Window is not null || FreeMemory.Bytes() is not { } free)
            return null;
        if (_bytes.Count >= MaximumSizes)
            _bytes.Clear();
        var bytes = _bytes.GetOrAdd((height, width), size => Bytes(size.Item1, size.Item2));
        return bytes > free ? (bytes, free) : null;
    }

    /// <summary>What is said of an image that does not fit, up to the way out.</summary>
    public static string Describe(int height, int width, (long Bytes, long Free) shortage) => string.Create(CultureInfo.InvariantCulture,
        $"{height}x{width} pixels take some {FreeMemory.Giga(shortage.Bytes)} GB at once, and {FreeMemory.Giga(shortage.Free)} GB are "
        + $"free");

    /// <summary>Bytes that the maps of an image take at most.</summary>
    internal long Bytes(int height, int width)
    {
        try
        {
            long sizes = 0, run = 0;
            foreach (var scale in options.Scales)
            {
                var (rows, columns) = ((int)(height * scale), (int)(width * scale));
                run = Math.Max(run, new GraphMaps(network.Graph, classes, rows, columns).InferenceBytes(network.Graph));
                sizes += (options.Flip ? 2L : 1L) * classes * rows * columns * sizeof(float);
            }
            // One pass alone takes the place of the largest score at once; several are kept until they are added up, with their sum and the
            // one that is being added.
            var kept = options is { Scales: [1.0], Flip: false } ? 0 : sizes + 2L * classes * height * width * sizeof(float);
            return (long)(Held * run + FreeMemory.Spread * kept);
        }
        catch (InputSizeException)
        {
            // What is too small for the network the prediction itself tells.
            return 0;
        }
    }
}
