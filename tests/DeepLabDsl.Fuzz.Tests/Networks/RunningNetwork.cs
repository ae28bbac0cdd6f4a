using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Graph;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Fuzz;

/// <summary>Runs a generated module and holds it against what the compiler says of the network.</summary>
internal sealed class RunningNetwork
{
    private const int Batch = 2;

    private readonly NetworkCompilation _compilation;
    private readonly NetworkDescriptor _descriptor;
    private readonly List<string> _faults = [];
    private readonly Dictionary<string, List<long[]>> _shapes = [];
    private readonly HashSet<string> _lists = [];
    private long _multiplyAdds;
    private bool _isWatching = true;

    private RunningNetwork(NetworkCompilation compilation, NetworkDescriptor descriptor)
    {
        _compilation = compilation;
        _descriptor = descriptor;
    }

    /// <summary>What of the compiler's statements is not so.</summary>
    public static IReadOnlyList<string> Compare(NetworkCompilation compilation, NetworkDescriptor descriptor)
    {
        using var scope = NewDisposeScope();
        var run = new RunningNetwork(compilation, descriptor);
        try
        {
            run.Run();
        }
        catch (Exception e)
        {
            run._faults.Add(e.ToString());
        }
        return run._faults;
    }

    private void Run()
    {
        var report = _compilation.Report!;
        using var network = _descriptor.Create(_descriptor.DefaultClasses);
        var parameters = network.parameters().Sum(p => p.numel());
        Equal("parameters", report.Parameters, parameters);
        Equal("stated parameters", _descriptor.Parameters, parameters);
        var image = rand(Batch, report.InputChannels, report.ReferenceHeight, report.ReferenceWidth);
        Scatter(network);
        network.eval();
        Watch(network);
        using (no_grad())
        {
            var output = network.call(image);
            _isWatching = false;
            Equal("multiply-adds", report.MultiplyAdds, _multiplyAdds);
            Equal("stated multiply-adds", _descriptor.MultiplyAdds, _multiplyAdds);
            CompareShapes(output);
            // As the assembly carries it: written and read.
            _faults.AddRange(GraphComparison.Compare(network.Graph, network, image));
            Equal("carried graph", Text(_compilation.Graph!), Text(network.Graph));
            _faults.AddRange(ExportComparison.Compare(network, image));
            CompareForm(network, image);
            network.train();
            _faults.AddRange(GraphComparison.CompareInTraining(network.Graph, network, image));
        }
        // Gradients, in which an overwritten value would show, and another number of classes.
        network.train();
        network.call(image).Supervised.Select(s => s.Logits.square().mean()).Aggregate((a, b) => a + b).backward();
        using var other = _descriptor.Create(_descriptor.DefaultClasses + 3);
        other.eval();
        using var unrecorded = no_grad();
        Equal("logits of other classes", Text([Batch, _descriptor.DefaultClasses + 3, report.ReferenceHeight, report.ReferenceWidth]),
            Text(other.call(image).Logits.shape));
    }

    /// <summary>The form for inference gives every output of the module.</summary>
    private void CompareForm(SegmentationNetwork network, Tensor image)
    {
        using var form = network.ForInference(outputs: [.. network.Graph.Outputs.Select(o => o.Name)]);
        foreach (var ((name, expected), (_, seen)) in network.call(image).Named.Zip(form.Run(image)))
        {
            Equal($"shape of {name} for inference", Text(expected.shape), Text(seen.shape));
            var (apart, size) = ((expected - seen).abs().max().item<float>(), expected.abs().max().item<float>());
            // Rounding of sums in another order.
            if (!(apart <= 1e-4 * size))
                _faults.Add($"'{name}' for inference: {apart} apart of {size}");
        }
    }

    /// <summary>Statistics, scales and shifts that are not 0 and 1, so that each counts.</summary>
    private static void Scatter(nn.Module network)
    {
        using var unrecorded = no_grad();
        foreach (var entry in ModuleState.Of(network).Where(e => e.Tensor.dim() == 1))
            entry.Tensor.copy_(rand_like(entry.Tensor) + 0.5);
    }

    /// <summary>Notes each module's results, and counts what each convolution really does.</summary>
    private void Watch(nn.Module network)
    {
        foreach (var (path, module) in network.named_modules())
        {
            if (module.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ModuleList<>))
                _lists.Add(path);
            if (module is not nn.Module<Tensor, Tensor> layer)
                continue;
            layer.register_forward_hook((_, _, result) =>
            {
                if (!_isWatching)
                    return result;
                if (!_shapes.TryGetValue(path, out var seen))
                    _shapes.Add(path, seen = []);
                seen.Add(result.shape);
                if (module is Conv2d conv)
                    _multiplyAdds += conv.weight.numel() * result.shape[2] * result.shape[3];
                return result;
            });
        }
    }

    private void CompareShapes(SegmentationOutput output)
    {
        var network = _compilation.Network!;
        foreach (var ((definition, port), (name, tensor)) in network.Outputs.Zip(output.Named))
        {
            Equal("output", definition.Name, name);
            Equal($"shape of {name}", Text(port.Shape), Text(tensor.shape));
        }
        var layers = network.Root.Primitives().Where(p => p.Primitive.Op.Kind is OpKind.Conv or OpKind.DepthwiseConv or OpKind.BatchNorm)
            .Select(p => (p.Path, Shape: p.Primitive.Output));
        var blocks = network.Root.Postorder().Where(m => m.Path.Length > 0 && m.Outputs.Count == 1 && m.Inputs.Count == 1)
            .Select(m => (m.Path, m.Outputs[0].Shape));
        // A run at another scale is of the same modules; its results are among those seen.
        var isScaled = network.Root.Items.Any(i => i.Scale is not null);
        foreach (var (path, shape) in layers.Concat(blocks).Where(l => !isScaled || _shapes.ContainsKey(l.Path)))
        {
            // Branches that are a list are run one by one; their joint result has no module.
            if (_lists.Contains(path))
                continue;
            if (!_shapes.TryGetValue(path, out var seen))
                _faults.Add($"no module {path} has run");
            else if (seen.All(s => Text(s) != Text(shape)))
                _faults.Add($"{path}: {Text(shape)} is stated, {string.Join(", ", seen.Select(Text))} seen");
        }
    }

    private static string Text(NetworkGraph graph) => string.Join("\n", graph.Nodes);

    private void Equal<T>(string what, T stated, T seen)
    {
        if (!EqualityComparer<T>.Default.Equals(stated, seen))
            _faults.Add($"{what}: {stated} is stated, {seen} seen");
    }

    private static string Text(Shape shape) => Text([Batch, shape.Channels, shape.Height, shape.Width]);

    private static string Text(long[] shape) => string.Join("x", shape);
}
