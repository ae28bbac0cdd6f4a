using System;
using System.Linq;
using System.Runtime.InteropServices;
using DeepLabDsl.Errors;
using DeepLabDsl.Graph;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using static TorchSharp.torch;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// Runs networks on images that may be too small for them: layers without padding take pixels off each side, strides and resizes
/// divide it, and what is left may be nothing. The minimum size is asked of the network itself.
/// </summary>
/// <param name="network">The network's name.</param>
/// <param name="takes">Whether it takes a square input of some side.</param>
internal sealed class MinimumInput(string network, Func<int, bool> takes)
{
    // A side that every network of sense takes.
    private const int Maximum = 2048;

    /// <summary>The network's name.</summary>
    public string Network => network;

    /// <summary>The minimum of a module, which is tried.</summary>
    public static MinimumInput Of(SegmentationNetwork network) => new(network.Descriptor.Name, side => Takes(network, side));

    /// <summary>The minimum of a network's form for inference, which knows the sizes of its maps.</summary>
    public static MinimumInput Of(InferenceNetwork form) => new(form.Descriptor.Name, side => form.Takes(side, side));

    /// <summary>Runs a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">What goes in, <c>[N, C, H, W]</c>.</param>
    /// <param name="name">What it is, for the message.</param>
    /// <exception cref="UnusableDataException">The input is too small.</exception>
    public static SegmentationOutput Run(SegmentationNetwork network, Tensor input, string name) =>
        Of(network).Run(input, name, network.call);

    /// <summary>Runs a network.</summary>
    /// <param name="input">What goes in, <c>[N, C, H, W]</c>.</param>
    /// <param name="name">What it is, for the message.</param>
    /// <param name="run">The network.</param>
    /// <exception cref="UnusableDataException">The input is too small, or of a size that the network can't take.</exception>
    public T Run<T>(Tensor input, string name, Func<Tensor, T> run)
    {
        var (height, width) = (input.shape[^2], input.shape[^1]);
        if (input.shape[0] < 1)
            throw new UnusableDataException($"{name}: it holds no images; {network} takes one or more.");
        RequirePixels(height, width, name);
        try
        {
            return run(input);
        }
        catch (Exception e)
            when (e is ExternalException or InputSizeException or ArgumentException && Find() is { } minimum
                && Math.Min(height, width) < minimum)
        {
            throw TooSmall(height, width, name, e);
        }
        catch (InputSizeException e)
        {
            throw new UnusableDataException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>Refuses an input without pixels.</summary>
    public void RequirePixels(long height, long width, string name)
    {
        if (height < 1 || width < 1)
            throw TooSmall(height, width, name, null);
    }

    private UnusableDataException TooSmall(long height, long width, string name, Exception? inner) =>
        new(
        $"{name}: {height}x{width} pixels (height x width) are too few"
        + (Find() is { } side ? $": {network} takes {side}x{side} at least." : "."),
        inner);

    /// <summary>The minimum side of a square input; null where none up to a large one is taken.</summary>
    private int? Find()
    {
        var bound = 64;
        while (!takes(bound))
        {
            if ((bound *= 2) > Maximum)
                return null;
        }
        var (low, high) = (0, bound);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (takes(middle))
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
