using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Onnx.Proto;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>
/// Writes networks as ONNX models, from their graphs and not from a run: every size of the input and every number of images is
/// exported at once, and what a network does not say by itself (how it pads, which pixels a resize reads) is written as the
/// operators of ONNX Runtime compute it.
/// </summary>
public sealed class OnnxExporter
{
    /// <summary>The name of the model's input.</summary>
    public const string InputName = "image";

    /// <summary>The output that networks are evaluated by.</summary>
    public const string LogitsName = "logits";

    // Of one message of Google's protocol buffers, and a little for what is no weight.
    private const long LargestFile = int.MaxValue;
    private const long SmallParts = 16 << 20;

    private readonly NetworkGraph _graph;
    private readonly IReadOnlyList<GraphOutput> _outputs;
    private readonly int _classes;
    private readonly OnnxExportOptions _options;
    private readonly OnnxGraphBuilder _builder = new();
    private readonly Dictionary<Node, string> _values = [];
    private readonly SideWriter _sides;
    private readonly ResizeWriter _resizes;
    private readonly WeightWriter _weights;

    private OnnxExporter(NetworkGraph graph, int classes, WeightReader weights, OnnxExportOptions options)
    {
        if (options.WithoutCrf)
            graph = GraphPasses.DropCrf(graph);
        graph = GraphPasses.DropIdentities(GraphPasses.DropUnused(graph));
        _graph = options.FoldBatchNorms ? GraphPasses.DropUnused(GraphPasses.FoldBatchNorms(graph)) : graph;
        _outputs = Chosen(_graph, options);
        (_classes, _options) = (classes, options);
        _builder.Reserve(InputName);
        foreach (var output in _outputs)
            _builder.Reserve(NameOf(output));
        _sides = new SideWriter(_builder, InputSide);
        _resizes = new ResizeWriter(_builder, _sides, Images());
        _weights = new WeightWriter(_builder, weights, classes, options.Weights == OnnxWeights.Float16);
    }

    /// <summary>Writes a network as an ONNX model.</summary>
    /// <param name="graph">The network's graph, as its spec was compiled.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="weights">Gives the values of its weights.</param>
    /// <param name="options">Sizes, outputs, what is done inside the model; null: the logits of images of any size and number.</param>
    /// <exception cref="OnnxExportException">It can't be written, or not as asked.</exception>
    public static OnnxModel Export(NetworkGraph graph, int classes, WeightReader weights, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        options ??= new OnnxExportOptions();
        Check(graph, classes, options);
        return new OnnxExporter(graph, classes, weights, options).Run();
    }

    private static void Check(NetworkGraph graph, int classes, OnnxExportOptions options)
    {
        foreach (var (what, count) in new[] { ("images", options.Batch), ("rows", options.Height), ("columns", options.Width) })
        {
            if (count is < 1)
                throw new OnnxExportException($"the model can't take {count} {what}; there must be at least one, or any number");
        }
        if (options.Result == OnnxResult.Labels && classes > byte.MaxValue)
            throw new OnnxExportException(
                $"labels are bytes, of which 255 is void, and there are {classes} classes; export probabilities or logits");
        if (options.Pictures is { } pictures)
        {
            if (pictures.Mean.Count != graph.InputChannels || pictures.Std.Count != graph.InputChannels)
            {
                throw new OnnxExportException(
                    $"the network takes {graph.InputChannels} channels, and mean and std are of {pictures.Mean.Count} and "
                        + $"{pictures.Std.Count}");
            }
            if (pictures.Std.Any(d => !(d > 0)))
                throw new OnnxExportException("a deviation must be above 0");
            if (pictures.Size is { } size && (size.Height < 1 || size.Width < 1))
                throw new OnnxExportException($"pictures can't be resized to {size.Height}x{size.Width}");
        }
        if (NetworkSize(options) is ({ } height, { } width))
        {
            try
            {
                _ = new GraphMaps(graph, classes, height, width);
            }
            catch (InputSizeException e)
            {
                throw new OnnxExportException(e.Message);
            }
        }
        var bytes = graph.Weights.Where(w => w.Role != WeightRole.BatchCount).Sum(w => w.Count(classes)) * (
            options.Weights == OnnxWeights.Float16 ? 2 : 4);
        if (bytes + SmallParts > LargestFile)
        {
            throw new OnnxExportException(string.Create(CultureInfo.InvariantCulture,
                $"{graph.Name} has {bytes / 1e9:0.0} GB of weights, and one ONNX file holds 2.1 GB; weights in files beside it are not "
                + $"written. ")
                + (options.Weights == OnnxWeights.Float16 ? "Export a smaller network"
                    : "Export with float16 weights, or a smaller network"));
        }
    }

    private static IReadOnlyList<GraphOutput> Chosen(NetworkGraph graph, OnnxExportOptions options)
    {
        var names = options.Outputs ?? [LogitsName];
        foreach (var name in names)
        {
            if (graph.Outputs.All(o => o.Name != name))
                throw new OnnxExportException(
                    $"{graph.Name} has no output '{name}'; its outputs are {string.Join(", ", graph.Outputs.Select(o => o.Name))}");
        }
        return [.. graph.Outputs.Where(o => names.Contains(o.Name))];
    }

    private static (int? Height, int? Width) NetworkSize(OnnxExportOptions options) =>
        options.Pictures?.Size is { } size ? (size.Height, size.Width) : (options.Height, options.Width);

    private OnnxModel Run()
    {
        _values.Add(_graph.Input, Input());
        var writer = new OperationWriter(_builder, _sides, _resizes, _weights, _classes);
        var live = Live();
        foreach (var node in _graph.Nodes.Skip(1).Where(live.Contains))
        {
            var name = _outputs.Where(o => o.Node == node && IsPlain(o)).Select(o => o.Name).FirstOrDefault();
            _values.Add(node, writer.Write(node, () => name ?? _builder.Unique(node.Path), [.. node.Inputs.Select(i => _values[i])]));
        }
        foreach (var output in _outputs)
            _builder.Graph.Output.Add(Output(output));
        _builder.Graph.Name = _graph.Name;
        var model = new ModelProto
        {
            IrVersion = (long)Proto.Version.IrVersion,
            ProducerName = "DeepLabDsl",
            ProducerVersion = OnnxModelInfo.OwnVersion,
            Graph = _builder.Graph,
            DocString = _graph.Summary,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxExportOptions.Opset });
        foreach (var (key, value) in _options.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return new OnnxModel(model);
    }

    private HashSet<Node> Live()
    {
        var live = new HashSet<Node>();
        var open = new Stack<Node>(_outputs.Select(o => o.Node));
        while (open.TryPop(out var node))
        {
            if (!live.Add(node))
                continue;
            foreach (var input in node.Inputs)
                open.Push(input);
        }
        return live;
    }

    private bool IsLogits(GraphOutput output) => output.Name == LogitsName;

    /// <summary>Whether an output is what the network gives, with nothing behind it.</summary>
    private bool IsPlain(GraphOutput output) => !IsLogits(output) || (_options.Result == OnnxResult.Logits
        && _options.Pictures?.Size is null);

    private string NameOf(GraphOutput output) => !IsLogits(output) ? output.Name : _options.Result switch
    {
        OnnxResult.Probabilities => "probabilities",
        OnnxResult.Labels => "labels",
        _ => output.Name,
    };

    private Whole Images() => _options.Batch is { } count ? count : ShapeOf("N", 0);

    private Whole InputSide(Axis axis)
    {
        var (height, width) = NetworkSize(_options);
        return (axis == Axis.Vertical ? height : width) is { } pixels ? pixels : PictureSide(axis);
    }

    /// <summary>A side of what the model takes.</summary>
    private Whole PictureSide(Axis axis)
    {
        var isVertical = axis == Axis.Vertical;
        return (isVertical ? _options.Height : _options.Width) is { } pixels
            ? pixels
            : ShapeOf(isVertical ? "H" : "W", (isVertical ? 2 : 3) - (_options.Pictures is null ? 0 : 1));
    }

    private Whole ShapeOf(string name, int axis) =>
        new(null, _builder.AddNew("Shape", "size/" + name, [InputName], Attributes.Of("start", axis), Attributes.Of("end", axis + 1)));

    private string Input()
    {
        var (count, height, width) = (Free(_options.Batch, "N"), Free(_options.Height, "H"), Free(_options.Width, "W"));
        var channels = Dimension.Of(_graph.InputChannels);
        if (_options.Pictures is not { } pictures)
        {
            _builder.Graph.Input.Add(OnnxGraphBuilder.Value(InputName, ElementType.Float, [count, channels, height, width]));
            return InputName;
        }
        _builder.Graph.Input.Add(OnnxGraphBuilder.Value(InputName, ElementType.Uint8, [count, height, width, channels]));
        var planes = _builder.AddNew("Transpose", InputName + "/planes", [InputName], Attributes.Of("perm", [0, 3, 1, 2]));
        var x = _builder.AddNew("Cast", InputName + "/float", [planes], Attributes.Of("to", (long)ElementType.Float));
        // As numbers with a fraction: resizes of bytes cut it off (ONNX Runtime 1.31), half a grey level on average.
        if (pictures.Size is { } size)
            x = _resizes.ToSize(_builder.Unique(InputName + "/resized"), x, _graph.InputChannels, size.Height, size.Width,
                alignCorners: false, isFiltered: true);
        long[] shape = [1, _graph.InputChannels, 1, 1];
        var factor = _builder.Constant(ElementType.Float, [.. pictures.Std.Select(d => (float)(1 / (255 * d)))], shape);
        var offset = _builder.Constant(ElementType.Float, [.. pictures.Mean.Zip(pictures.Std, (m, d) => (float)(-m / d))], shape);
        return _builder.AddNew("Add", InputName + "/normalized", [_builder.AddNew("Mul", InputName + "/scaled", [x, factor]), offset]);
    }

    private static Dimension Free(int? count, string name) => count is { } number ? Dimension.Of(number) : Dimension.Named(name);

    private ValueInfoProto Output(GraphOutput output)
    {
        var (name, value) = (NameOf(output), _values[output.Node]);
        var shape = output.Node.Shape;
        var (height, width) = (SideOf(shape.Height), SideOf(shape.Width));
        var channels = Dimension.Of(shape.Channels.At(_classes));
        var count = Free(_options.Batch, "N");
        if (IsPlain(output))
        {
            if (value != name)
                _builder.Add("Identity", name, [value]);
            return OnnxGraphBuilder.Value(name, ElementType.Float, [count, channels, height, width]);
        }
        if (_options.Pictures?.Size is not null)
        {
            var isLast = _options.Result == OnnxResult.Logits;
            value = _resizes.ToSize(
                isLast ? name : _builder.Unique(output.Name + "/enlarged"), value, shape.Channels.At(_classes),
                PictureSide(Axis.Vertical), PictureSide(Axis.Horizontal), output.AlignsCorners);
            (height, width) = (Free(_options.Height, "H"), Free(_options.Width, "W"));
        }
        switch (_options.Result)
        {
            case OnnxResult.Probabilities:
                ClassScores.Probabilities(_builder, name, value);
                return OnnxGraphBuilder.Value(name, ElementType.Float, [count, channels, height, width]);
            case OnnxResult.Labels:
                ClassScores.Labels(_builder, name, value);
                return OnnxGraphBuilder.Value(name, ElementType.Uint8, [count, height, width]);
            default:
                return OnnxGraphBuilder.Value(name, ElementType.Float, [count, channels, height, width]);
        }
    }

    private Dimension SideOf(Side side) => _sides.Write(side).Number is { } pixels ? Dimension.Of(pixels)
        : Dimension.Named(side.ToString()!);
}
