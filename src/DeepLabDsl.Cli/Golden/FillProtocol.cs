using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Weights.Names;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Golden;

/// <summary>
/// Fills weights and inputs from their names alone, so that implementations in any language can be compared on the same
/// numbers without exchanging them: FNV-1a of the name and the element's index through an integer mixer, and per kind of
/// tensor a range that keeps activations finite. Bit-exact on every platform.
/// </summary>
internal static class FillProtocol
{
    /// <summary>Fills every parameter and buffer of a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="names">
    /// The publisher's names, so that the module equals the publisher's one filled under its own names; null: the module's
    /// own. A tensor that the publisher does not have is filled under its own name.
    /// </param>
    public static void Fill(nn.Module module, NameMap? names = null)
    {
        using var unrecorded = no_grad();
        var state = ModuleState.Of(module);
        var translation = names?.Apply(state.Select(e => e.Name));
        foreach (var (key, tensor) in state)
        {
            using var scope = NewDisposeScope();
            var name = translation?.ToTheirs(key) ?? key;
            if (Leaf(name) == "num_batches_tracked")
            {
                tensor.zero_();
                continue;
            }
            var layout = translation?[key].Layout ?? TensorLayout.Same;
            if (!layout.Fits((int)tensor.dim()))
            {
                throw new WeightsException(
                    $"{names!.Path}: '{key}' [{string.Join(", ", tensor.shape)}] has not the axes that its rule speaks of.");
            }
            var shape = layout.ShapeOfTheirs(tensor.shape).ToArray();
            tensor.copy_(layout.ToOurs(Make(Values(name, shape), shape), tensor.shape));
        }
    }

    /// <summary>The input of a shape.</summary>
    /// <param name="shape"><c>[N, C, H, W]</c>.</param>
    /// <returns>A new float32 tensor on the CPU, uniform in -2 to 2.</returns>
    public static Tensor Input(params long[] shape) => Make(Values("input", shape), shape);

    /// <summary>The values of a tensor, in row-major order.</summary>
    /// <param name="name">Its state-dict key, or <c>input</c>.</param>
    /// <param name="shape">Its shape.</param>
    public static float[] Values(string name, IReadOnlyList<long> shape)
    {
        var values = new float[shape.Aggregate(1L, (product, extent) => checked(product * extent))];
        var hash = Hash(name);
        var range = RangeOf(name, shape);
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)range(Uniform(hash, (uint)i));
        return values;
    }

    private static Func<double, double> RangeOf(string name, IReadOnlyList<long> shape)
    {
        if (name == "input")
            return u => (2.0 * u - 1.0) * 2.0;
        switch (Leaf(name))
        {
            // TensorFlow lays kernels out as height, width, in, out, depthwise ones as height, width, channel, multiplier.
            case "weights" when shape.Count == 4:
                return Spread(shape.Take(3));
            case "depthwise_weights" when shape.Count == 4:
                return Spread(shape.Take(2));
            case "running_mean":
                return u => (u - 0.5) * 0.2;
            case "running_var":
                return u => 0.5 + u;
            case "weight" when shape.Count == 1:
                return u => 0.5 + u;
            case "bias" when shape.Count == 1:
                return u => (u - 0.5) * 0.2;
            case var _ when shape.Count >= 2:
                return Spread(shape.Skip(1));
            default:
                throw new ArgumentException($"The fill protocol has no rule for '{name}' with {shape.Count} dimensions.", nameof(name));
        }
    }

    /// <summary>Uniform around 0, so that sums over so many inputs keep their inputs' spread.</summary>
    private static Func<double, double> Spread(IEnumerable<long> inputs)
    {
        var scale = Math.Sqrt(3.0 / inputs.Aggregate(1L, (product, extent) => product * extent));
        return u => (2.0 * u - 1.0) * scale;
    }

    /// <summary>The last word of a name: what PyTorch calls it, where TensorFlow calls it otherwise.</summary>
    private static string Leaf(string name) => name[(name.AsSpan().LastIndexOfAny('.', '/') + 1)..] switch
    {
        "gamma" => "weight",
        "beta" or "biases" => "bias",
        "moving_mean" => "running_mean",
        "moving_variance" => "running_var",
        var leaf => leaf,
    };

    private static uint Hash(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = unchecked((hash ^ b) * 16777619u);
        return hash;
    }

    private static double Uniform(uint hash, uint index)
    {
        unchecked
        {
            var z = hash + index * 0x9E3779B9u;
            z = (z ^ (z >> 16)) * 0x21F0AAADu;
            z = (z ^ (z >> 15)) * 0x735A2D97u;
            z ^= z >> 15;
            return (z >> 8) / 16777216.0;
        }
    }

    private static Tensor Make(float[] values, long[] shape) => tensor(values, shape);
}
