using System.Collections.Generic;
using System.IO;
using System.Text;
using System;

namespace DeepLabDsl.Graph;

/// <summary>Reads a graph that an assembly carries.</summary>
public sealed class GraphReader
{
    /// <summary>The version of the layout, which a reader must know.</summary>
    internal const int Version = 2;

    private static readonly Suppression[] NoSuppressions = [];

    private readonly WeightPool _weights = new();
    private readonly List<Layer> _layers = [];
    private readonly byte[] _bytes;
    private string[] _strings = null!;
    private SourceSpan[] _spans = null!;
    private Node[] _nodes = null!;

    /// <summary>The channels of each node's result, which the weights behind it hang on.</summary>
    private Channels[] _channels = null!;

    private int _at;

    private GraphReader(byte[] bytes) => _bytes = bytes;

    /// <summary>Reads a graph.</summary>
    /// <param name="data">What <see cref="GraphWriter.Write"/> gave, no longer as base64.</param>
    /// <exception cref="InvalidDataException">Another version has written it.</exception>
    public static NetworkGraph Read(byte[] data)
    {
        var head = new GraphReader(data);
        if (head.Number() is var version && version != Version)
        {
            throw new InvalidDataException(
                $"The graph is of version {version}, and this library reads version {Version}: build the network with its generator.");
        }
        var length = head.Number();
        var packed = new byte[data.Length - head._at];
        Buffer.BlockCopy(data, head._at, packed, 0, packed.Length);
        return new GraphReader(Packing.Unpack(packed, length)).Graph();
    }

    private NetworkGraph Graph()
    {
        Tables();
        var (name, className, summary) = (String(), String(), String());
        var (classes, channels, height, width, stride) = (Number(), Number(), Number(), Number(), Number());
        var root = Scope(null, 0);
        _nodes = new Node[Number() + 1];
        _nodes[0] = new Node(new MapShape(channels, Side.Input(DeepLabDsl.Graph.Axis.Vertical),
            Side.Input(DeepLabDsl.Graph.Axis.Horizontal)));
        _channels = new Channels[_nodes.Length];
        _channels[0] = channels;
        // Steps and not places: those of units of one kind are the same, and pack well.
        var place = 0;
        for (var i = 1; i < _nodes.Length; i++)
            Node(i, _layers[place += Signed()]);
        place = 0;
        foreach (var layer in _layers)
            layer.Result = _nodes[place += Signed()];
        var outputs = new GraphOutput[Number()];
        for (var i = 0; i < outputs.Length; i++)
        {
            var (output, node, weight) = (String(), _nodes[Number()], Double());
            outputs[i] = new GraphOutput(output, node, weight < 0 ? null : weight, Flag(), Flag(), String(), Span());
        }
        return new NetworkGraph(name, className, summary, classes, height, width, stride, root, _nodes, outputs);
    }

    /// <summary>Reads one node. A loop over them all with this in it would be compiled twice, once while it runs.</summary>
    private void Node(int index, Layer layer)
    {
        var inputs = new Node[Number()];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = _nodes[index - Number()];
        layer.Node = _nodes[index] = new Node(_nodes, index, Operation(index, layer.Path, inputs), inputs, layer);
    }

    private void Tables()
    {
        _strings = new string[Number()];
        for (var i = 0; i < _strings.Length; i++)
        {
            var length = Number();
            _strings[i] = Text(length);
            _at += length;
        }
        _spans = new SourceSpan[Number()];
        for (var i = 0; i < _spans.Length; i++)
        {
            var (path, line, column) = (String(), Number(), Number());
            _spans[i] = new SourceSpan(path, 0, 0, line, column, line, column);
        }
    }

    /// <summary>
    /// Reads text, most of which is ASCII. The framework's decoder takes two milliseconds when it is first used in a process.
    /// </summary>
    private string Text(int length)
    {
        var text = new char[length];
        for (var i = 0; i < text.Length; i++)
        {
            var next = _bytes[_at + i];
            if (next >= 0x80)
                return Encoding.UTF8.GetString(_bytes, _at, length);
            text[i] = (char)next;
        }
        return new string(text);
    }

    private Scope Scope(Layer? layer, int unit)
    {
        var scope = new Scope(
            layer, unit, Flag() ? DeepLabDsl.Graph.Scope.PathOf(layer, unit) : String(), Number(), Suppressions());
        var layers = new Layer[Number()];
        for (var i = 0; i < layers.Length; i++)
            layers[i] = Layer(scope);
        scope.Layers = layers;
        return scope;
    }

    private Layer Layer(Scope scope)
    {
        var (id, key, member, kind, definition, flags) = (String(), String(), String(), (LayerKind)Number(), String(), Number());
        var layer = new Layer(
            scope, id, key, member, kind, definition, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0,
            (flags & 8) != 0 ? String() : null, Span(), Span(), Span(), Suppressions());
        _layers.Add(layer);
        var scopes = new Scope[Number()];
        for (var i = 0; i < scopes.Length; i++)
            scopes[i] = Scope(layer, i);
        layer.Scopes = scopes;
        return layer;
    }

    private IReadOnlyList<Suppression> Suppressions()
    {
        var count = Number();
        if (count == 0)
            return NoSuppressions;
        var suppressions = new Suppression[count];
        for (var i = 0; i < suppressions.Length; i++)
            suppressions[i] = new Suppression(String(), String(), Span());
        return suppressions;
    }

    /// <summary>
    /// Reads an operation. Each kind has a method of its own: to compile one is to load every type in it, and most networks are made of
    /// a few kinds.
    /// </summary>
    private Operation Operation(int index, string path, Node[] inputs)
    {
        var code = (OperationCode)Number();
        var input = _channels[index] = _channels[inputs[0].Index];
        return code switch
        {
            OperationCode.Convolution => Convolution(index, path, input),
            OperationCode.BatchNorm => BatchNorm(path, input),
            OperationCode.Activation => Activation(),
            OperationCode.MaxPool => MaxPool(),
            OperationCode.AveragePool => AveragePool(),
            OperationCode.GlobalAveragePool => GlobalAveragePool(),
            OperationCode.ResizeBy => ResizeBy(),
            OperationCode.ResizeTo => ResizeTo(),
            OperationCode.PixelShuffle => PixelShuffle(index, input),
            OperationCode.Add => Add(),
            OperationCode.Multiply => Multiply(),
            OperationCode.Maximum => Maximum(),
            OperationCode.Mean => Mean(),
            OperationCode.Concatenate => Concatenate(index, inputs),
            OperationCode.Dropout => Dropout(),
            OperationCode.MeanFieldCrf => MeanFieldCrf(path, input),
            _ => throw new InvalidDataException($"The graph has an operation of number {(int)code}, which this library does not know."),
        };
    }

    private Operation Convolution(int index, string path, Channels input)
    {
        var (channels, window) = (Channels(), Window());
        _channels[index] = channels;
        var isDepthwise = Flag();
        var groups = isDepthwise ? input : Channels();
        var hasBias = Flag();
        var std = Double();
        return DeepLabDsl.Graph.Convolution.Create(
            _weights, path, channels, input, window, groups, isDepthwise, hasBias,
            std < 0 ? Initializer.HeFanOut : new Initializer(InitializerKind.Normal, [std]));
    }

    private Operation BatchNorm(string path, Channels input) =>
        DeepLabDsl.Graph.BatchNorm.Create(_weights, path, input, Double(), Double(), Flag());

    private Operation Activation() => new Activation((ActivationKind)Number());

    private Operation MaxPool() => new MaxPool(Window());

    private Operation AveragePool() => new AveragePool(Window(), Flag());

    private static Operation GlobalAveragePool() => new GlobalAveragePool();

    private Operation ResizeBy() => new ResizeBy(Double(), Flag(), (ResizeGrid)Number());

    private Operation ResizeTo() => new ResizeTo(Flag());

    private Operation PixelShuffle(int index, Channels input)
    {
        var factor = Number();
        _channels[index] = input / (factor * factor);
        return new PixelShuffle(factor);
    }

    private static Operation Add() => new Add();

    private static Operation Multiply() => new Multiply();

    private static Operation Maximum() => new Maximum();

    private static Operation Mean() => new Mean();

    private Operation Concatenate(int index, Node[] inputs)
    {
        for (var i = 1; i < inputs.Length; i++)
            _channels[index] += _channels[inputs[i].Index];
        return new Concatenate();
    }

    private Operation Dropout() => new Dropout(Double());

    private Operation MeanFieldCrf(string path, Channels input)
    {
        var iterations = Number();
        var gaussian = (Double(), Double());
        var bilateral = (Double(), Double(), Double());
        return DeepLabDsl.Graph.MeanFieldCrf.Create(
            _weights, path, input, iterations, gaussian, bilateral, [Double(), Double(), Double()], [Double(), Double(), Double()]);
    }

    private Window Window()
    {
        var vertical = Axis();
        var horizontal = Flag() ? Axis() : vertical;
        return new Window(vertical, horizontal, Flag());
    }

    private WindowAxis Axis() => new(Number(), Number(), Number(), Number(), Number(), Flag());

    private Channels Channels() => new(Signed(), Signed());

    private int Signed() => Number() is var value && (value & 1) != 0 ? -(value + 1) / 2 : value / 2;

    private SourceSpan Span() => _spans[Number()];

    private string String() => _strings[Number()];

    private bool Flag() => _bytes[_at++] != 0;

    private double Double()
    {
        _at += sizeof(double);
        return BitConverter.ToDouble(_bytes, _at - sizeof(double));
    }

    private int Number()
    {
        var (value, shift) = (0u, 0);
        byte next;
        do
        {
            next = _bytes[_at++];
            value |= (uint)(next & 0x7f) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return (int)value;
    }
}
