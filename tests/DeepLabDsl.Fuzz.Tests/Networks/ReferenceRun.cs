using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.Fuzz;

/// <summary>
/// The compiler's graph run node by node, with a generated module's weights and plain operations that overwrite nothing: each
/// node has the shape that the compiler states, and the module's outputs are those of the graph.
/// </summary>
internal sealed class ReferenceRun
{
    private readonly FlatGraph _graph;
    private readonly Dictionary<string, Tensor> _state;
    private readonly Dictionary<FlatNode, Tensor> _values = [];

    public ReferenceRun(LoweredNetwork network, nn.Module module)
    {
        _graph = new FlatGraph(network);
        _state = ModuleState.Of(module).ToDictionary(e => e.Name, e => e.Tensor);
    }

    /// <summary>What differs.</summary>
    public IEnumerable<string> Compare(Tensor image, SegmentationOutput output)
    {
        foreach (var node in _graph.Nodes)
        {
            var value = _values[node] = node.Primitive is null ? image : Apply(node);
            var (stated, seen) = ($"{node.Shape.Channels}x{node.Shape.Height}x{node.Shape.Width}", string.Join("x", value.shape.Skip(1)));
            if (stated != seen)
                yield return $"{node.Path} ({node.Primitive?.Op.Name}): {stated} is stated, {seen} seen";
        }
        foreach (var (node, (name, tensor)) in _graph.Outputs.Zip(output.Named))
        {
            var expected = _values[node];
            if (!expected.shape.SequenceEqual(tensor.shape))
                yield return $"{name}: {string.Join("x", expected.shape)} in the graph, {string.Join("x", tensor.shape)} of the module";
            else if ((expected - tensor).abs().max().ToDouble() is var apart && !(apart <= 1e-4 * Math.Max(1, expected.abs().max().ToDouble())))
                yield return $"{name}: values are {apart:0.0e0} apart";
        }
    }

    private Tensor Apply(FlatNode node)
    {
        var p = node.Primitive!;
        var inputs = node.Inputs.Select(i => _values[i]).ToList();
        var x = inputs[0];
        switch (p.Op.Name)
        {
            case "conv" or "depthwise_conv":
                var groups = p.Op.Name == "conv" ? p.Attributes["groups"].Int : x.shape[1];
                return functional.conv2d(Pad(x, p, 0), Weight(node, "weight"), _state.GetValueOrDefault(Key(node, "bias")),
                    strides: Pair(p, "stride"), padding: [0, 0], dilation: Pair(p, "rate"), groups: groups);
            case "batch_norm":
                var scale = Weight(node, "weight") / (Weight(node, "running_var") + p.Attributes["epsilon"].Number).sqrt();
                return (x - Weight(node, "running_mean").view(1, -1, 1, 1)) * scale.view(1, -1, 1, 1) + Weight(node, "bias").view(1, -1, 1, 1);
            case "relu":
                return x.clamp_min(0);
            case "relu6":
                return x.clamp(0, 6);
            case "sigmoid":
                return 1 / (1 + (-x).exp());
            case "hard_sigmoid":
                return (x + 3).clamp(0, 6) / 6;
            case "hard_swish":
                return x * (x + 3).clamp(0, 6) / 6;
            case "max_pool":
                return functional.max_pool2d(Pad(x, p, double.NegativeInfinity), Pair(p, "kernel"), Pair(p, "stride"), dilation: Pair(p, "rate"));
            case "avg_pool":
                var counts = p.Attributes["count_padding"].Bool ? PaddedWindow(x, p) : functional.avg_pool2d(Pad(ones_like(x), p, 0), Pair(p, "kernel"), Pair(p, "stride"));
                return functional.avg_pool2d(Pad(x, p, 0), Pair(p, "kernel"), Pair(p, "stride")) / counts;
            case "global_avg_pool":
                return x.mean([2, 3], keepdim: true);
            case "resize":
                return Resize(x, p, inputs.Count > 1 ? inputs[1] : null);
            case "pixel_shuffle":
                var f = p.Attributes["factor"].Int;
                return x.reshape(x.shape[0], x.shape[1] / f / f, f, f, x.shape[2], x.shape[3]).permute(0, 1, 4, 2, 5, 3)
                    .reshape(x.shape[0], x.shape[1] / f / f, x.shape[2] * f, x.shape[3] * f);
            case "add":
                return inputs.Aggregate((a, b) => a + b);
            case "multiply":
                return x * inputs[1];
            case "max":
                return stack(inputs).max(0).values;
            case "mean":
                return stack(inputs).mean([0]);
            case "concat":
                return cat(inputs, 1);
            case "dropout":
                return x;
            default:
                throw new InvalidOperationException(p.Op.Name);
        }
    }

    /// <summary>The map with the border that the operation's windows see; those of <c>ceil</c> may reach beyond it.</summary>
    private static Tensor Pad(Tensor x, Primitive p, double value)
    {
        var (vertical, horizontal) = (Border(p, 0, x.shape[2]), Border(p, 1, x.shape[3]));
        return functional.pad(x, [horizontal.Before, horizontal.After, vertical.Before, vertical.After], PaddingModes.Constant, value);
    }

    private static (long Before, long After) Border(Primitive p, int axis, long size)
    {
        var (kernel, stride) = (Pair(p, "kernel")[axis], Pair(p, "stride")[axis]);
        var rate = p.Attributes.ContainsKey("rate") ? Pair(p, "rate")[axis] : 1;
        var reach = rate * (kernel - 1);
        if (p.Attributes["padding"] is { IsWord: true, Word: "tensorflow" })
        {
            var whole = Math.Max(0, ((size + stride - 1) / stride - 1) * stride + reach + 1 - size);
            return (whole / 2, whole - whole / 2);
        }
        var padding = p.Attributes["padding"].IsWord ? reach / 2 : Pair(p, "padding")[axis];
        var more = 0L;
        if (p.Attributes.TryGetValue("ceil", out var ceil) && ceil.Bool && (size + 2 * padding - reach - 1) % stride is > 0 and var rest)
        {
            // One window more, unless it would begin in the far border.
            var begin = size + 2 * padding - reach - 1 - rest + stride;
            more = begin < size + padding ? stride - rest : 0;
        }
        return (padding, padding + more);
    }

    /// <summary>What a mean over windows is divided by where padded zeros count but not what lies beyond them.</summary>
    private static Tensor PaddedWindow(Tensor x, Primitive p)
    {
        var (vertical, horizontal) = (Border(p, 0, x.shape[2]), Border(p, 1, x.shape[3]));
        var inside = ones(1, 1, x.shape[2] + 2 * vertical.Before, x.shape[3] + 2 * horizontal.Before);
        var isTensorFlow = p.Attributes["padding"] is { IsWord: true, Word: "tensorflow" };
        var beyond = functional.pad(inside,
            [0, horizontal.After - horizontal.Before, 0, vertical.After - vertical.Before], PaddingModes.Constant, isTensorFlow ? 1 : 0);
        return functional.avg_pool2d(beyond, Pair(p, "kernel"), Pair(p, "stride"));
    }

    private static Tensor Resize(Tensor x, Primitive p, Tensor? to)
    {
        var align = p.Attributes["align_corners"].Bool;
        if (to is not null)
            return functional.interpolate(x, [to.shape[2], to.shape[3]], mode: InterpolationMode.Bilinear, align_corners: align);
        var (factor, grid) = (p.Attributes["factor"].Number, p.Attributes["grid"].Word);
        if (grid == "factor")
            return functional.interpolate(x, scale_factor: [factor, factor], mode: InterpolationMode.Bilinear, align_corners: align);
        long Side(long size) => grid == "corners" ? (long)Math.Floor((size - 1) * factor) + 1 : (long)Math.Floor(size * factor);
        return functional.interpolate(x, [Side(x.shape[2]), Side(x.shape[3])], mode: InterpolationMode.Bilinear, align_corners: align);
    }

    private Tensor Weight(FlatNode node, string name) => _state[Key(node, name)];

    private static string Key(FlatNode node, string name) => $"{node.Path}.{name}";

    private static long[] Pair(Primitive p, string name) => [p.Pair(name).Vertical, p.Pair(name).Horizontal];
}
