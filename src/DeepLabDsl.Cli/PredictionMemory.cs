using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Native;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>
/// Refuses an image that is too large to be predicted whole in the memory that is free, before it is tried: a system that runs out of
/// memory ends the process without a word, and with it the images that would have come after.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="classes">The number of classes.</param>
/// <param name="options">How it is predicted.</param>
/// <param name="device">Where; of a GPU's memory nothing is known here.</param>
internal sealed class PredictionMemory(NetworkDescriptor network, int classes, PredictionOptions options, Device device)
{
    // A module holds its maps until it returns, convolutions reorder theirs, and the heap has gaps: processes took 3.4 to 4.8 times the
    // maps that must be held, in three networks at 1025x1025 and 2049x2049.
    private const double Held = 4;

    // Of a convolution oneDNN keeps the kernel and the reorderings of its input, weights and result.
    private const int KernelsOfConvolution = 4;
    private const int MinimumKernels = 64;
    private const int MaximumKernels = 1024;

    private readonly Dictionary<(int, int), long> _bytes = [];

    /// <summary>Limits the kernels that are kept to those that an image's passes ask for again; before anything is computed.</summary>
    /// <param name="network">The network.</param>
    /// <param name="options">How it is predicted.</param>
    public static void LimitKernels(NetworkDescriptor network, PredictionOptions options) => NativeBackend.LimitKernels(Math.Clamp(
        KernelsOfConvolution * network.Graph.Nodes.Count(n => n.Operation is Convolution) * options.Scales.Count, MinimumKernels,
        MaximumKernels));

    /// <summary>Refuses an image that does not fit.</summary>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    /// <exception cref="UserException">It takes more than is free.</exception>
    public void Require(int height, int width)
    {
        // In windows a row of them is held, however large the image is.
        if (device.type != DeviceType.CPU || options.Window is not null || MemoryCheck.Free() is not { } free)
            return;
        if (!_bytes.TryGetValue((height, width), out var bytes))
            _bytes[(height, width)] = bytes = Bytes(height, width);
        if (bytes > free)
            throw new UserException(Message(height, width, bytes, free));
    }

    /// <summary>What is said of an image that does not fit.</summary>
    internal string Message(int height, int width, long bytes, long free)
    {
        var crop = network.Training.Crop;
        return string.Create(CultureInfo.InvariantCulture,
            $"{height}x{width} pixels take some {MemoryCheck.Giga(bytes)} GB at once, and {MemoryCheck.Giga(free)} GB are free; "
            + $"give --window {crop.Height}x{crop.Width} (or another size), "
            + $"{(options.Scales.Max() > 1 ? "smaller --scales, " : "")}or a smaller image");
    }

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
            return (long)(Held * run + MemoryCheck.Spread * kept);
        }
        catch (InputSizeException)
        {
            // What is too small for the network the prediction itself tells.
            return 0;
        }
    }
}
