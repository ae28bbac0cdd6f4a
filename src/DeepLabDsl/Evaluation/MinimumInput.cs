using System;
using System.Linq;
using System.Runtime.InteropServices;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using static TorchSharp.torch;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// Runs networks on images that may be too small for them: layers without padding take pixels off each side, strides and resizes
/// divide it, and what is left may be nothing. The minimum size is asked of the network itself.
/// </summary>
internal static class MinimumInput
{
    // A side that every network of sense takes.
    private const int Maximum = 2048;

    /// <summary>Runs a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">What goes in, <c>[N, C, H, W]</c>.</param>
    /// <param name="name">What it is, for the message.</param>
    /// <exception cref="UnusableDataException">The input is too small.</exception>
    public static SegmentationOutput Run(SegmentationNetwork network, Tensor input, string name)
    {
        var (height, width) = (input.shape[^2], input.shape[^1]);
        if (input.shape[0] < 1)
            throw new UnusableDataException($"{name}: it holds no images; {network.Descriptor.Name} takes one or more.");
        RequirePixels(network, height, width, name);
        try
        {
            return network.call(input);
        }
        catch (Exception e)
            when (e is ExternalException or ArgumentException && Find(network) is { } minimum && Math.Min(height, width) < minimum)
        {
            throw TooSmall(network, height, width, name, e);
        }
    }

    /// <summary>Refuses an input without pixels.</summary>
    public static void RequirePixels(SegmentationNetwork network, long height, long width, string name)
    {
        if (height < 1 || width < 1)
            throw TooSmall(network, height, width, name, null);
    }

    private static UnusableDataException TooSmall(SegmentationNetwork network, long height, long width, string name, Exception? inner) =>
        new(
        $"{name}: {height}x{width} pixels (height x width) are too few"
        + (Find(network) is { } side ? $": {network.Descriptor.Name} takes {side}x{side} at least." : "."),
        inner);

    /// <summary>The minimum side of a square input; null where none up to a large one is taken.</summary>
    private static int? Find(SegmentationNetwork network)
    {
        var bound = 64;
        while (!Takes(network, bound))
        {
            if ((bound *= 2) > Maximum)
                return null;
        }
        var (low, high) = (0, bound);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (Takes(network, middle))
                high = middle;
            else
                low = middle;
        }
        return high;
    }

    private static bool Takes(SegmentationNetwork network, int side)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        // In training a probe would leave its mark in running statistics.
        using var mode = new EvaluationMode(network);
        try
        {
            var like = network.parameters().FirstOrDefault();
            network.call(zeros(1, network.Descriptor.InputChannels, side, side, dtype: like?.dtype, device: like?.device));
            return true;
        }
        catch (Exception e) when (e is ExternalException or ArgumentException)
        {
            return false;
        }
    }
}
