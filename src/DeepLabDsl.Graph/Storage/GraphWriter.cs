using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace DeepLabDsl.Graph;

/// <summary>Writes a graph as text that an assembly can carry: the same for the same graph, on every machine.</summary>
public sealed class GraphWriter
{
    private readonly MemoryStream _bytes = new();
    private readonly Dictionary<string, int> _strings = [];
    private readonly Dictionary<SourceSpan, int> _spans = [];
    private readonly Dictionary<Layer, int> _layers = [];
    private readonly Func<string, string> _nameOf;

    private GraphWriter(Func<string, string> nameOf) => _nameOf = nameOf;

    /// <summary>Writes a graph that no pass has changed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="nameOf">The name of a spec file by the path that places hold; paths differ from machine to machine.</param>
    /// <returns>Base64.</returns>
    public static string Write(NetworkGraph graph, Func<string, string> nameOf)
    {
        var writer = new GraphWriter(nameOf);
        writer.Graph(graph);
        var body = writer._bytes.ToArray();
        writer._bytes.SetLength(0);
        writer.Number(writer._strings.Count);
        foreach (var text in writer._strings.OrderBy(s => s.Value).Select(s => s.Key))
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            writer.Number(utf8.Length);
            writer._bytes.Write(utf8, 0, utf8.Length);
        }
        writer.Number(writer._spans.Count);
        foreach (var span in writer._spans.OrderBy(s => s.Value).Select(s => s.Key))
        {
            // The names of files are strings already.
            writer.Number(writer._strings[span.Path]);
            writer.Number(span.Line);
            writer.Number(span.Column);
        }
        writer._bytes.Write(body, 0, body.Length);
        var data = writer._bytes.ToArray();
        var packed = Packing.Pack(data);
        writer._bytes.SetLength(0);
        writer.Number(GraphReader.Version);
        writer.Number(data.Length);
        writer._bytes.Write(packed, 0, packed.Length);
        return Convert.ToBase64String(writer._bytes.ToArray());
    }

    private void Graph(NetworkGraph graph)
    {
        String(graph.Name);
        String(graph.ClassName);
        String(graph.Summary);
        Number(graph.Classes);
        Number(graph.InputChannels);
        Number(graph.ReferenceHeight);
        Number(graph.ReferenceWidth);
        Number(graph.OutputStride);
        Scope(graph.Root);
        Number(graph.Nodes.Count - 1);
        var place = 0;
        foreach (var node in graph.Nodes.Skip(1))
        {
            Step(ref place, _layers[node.Layer!]);
            Numbers(node.Inputs.Select(i => node.Index - i.Index));
            Operation(node.Operation, node.Inputs[0].Shape.Channels);
        }
        place = 0;
        foreach (var layer in _layers.OrderBy(l => l.Value).Select(l => l.Key))
            Step(ref place, layer.Result.Index);
        Number(graph.Outputs.Count);
        foreach (var output in graph.Outputs)
        {
            String(output.Name);
            Number(output.Node.Index);
            Double(output.LossWeight ?? -1);
            Flag(output.IsLossAtOutput);
            Flag(output.AlignsCorners);
            String(output.Source);
            Span(output.Span);
        }
    }

    private void Scope(Scope scope)
    {
        var isUsual = scope.Path == DeepLabDsl.Graph.Scope.PathOf(scope.Layer, scope.Unit);
        Flag(isUsual);
        if (!isUsual)
            String(scope.Path);
        Number(scope.InputCount);
        Suppressions(scope.Suppressions);
        Number(scope.Layers.Count);
        foreach (var layer in scope.Layers)
            Layer(layer);
    }

    private void Layer(Layer layer)
    {
        _layers.Add(layer, _layers.Count);
        String(layer.Id);
        String(layer.Key);
        String(layer.Member);
        Number((int)layer.Kind);
        String(layer.Definition);
        Number((layer.IsStage ? 1 : 0) | (layer.IsOutput ? 2 : 0) | (layer.IsList ? 4 : 0) | (layer.Scale is null ? 0 : 8));
        if (layer.Scale is not null)
            String(layer.Scale);
        Span(layer.Span);
        Span(layer.RateSpan);
        Span(layer.StrideSpan);
        Suppressions(layer.Suppressions);
        Number(layer.Scopes.Count);
        foreach (var scope in layer.Scopes)
            Scope(scope);
    }

    private void Suppressions(IReadOnlyList<Suppression> suppressions)
    {
        Number(suppressions.Count);
        foreach (var suppression in suppressions)
        {
            String(suppression.Rule);
            String(suppression.Reason);
            Span(suppression.Span);
        }
    }

    private void Operation(Operation operation, Channels input)
    {
        Number((int)OperationCodes.Of(operation));
        switch (operation)
        {
            case Convolution c:
                Channels(c.Kernel.Shape[0]);
                Window(c.Window);
                Flag(c.IsDepthwise);
                if (!c.IsDepthwise)
                    Channels(c.Groups);
                Flag(c.Bias is not null);
                Double(c.Kernel.Initializer.Kind == InitializerKind.Normal ? c.Kernel.Initializer.Values[0] : -1);
                break;
            case BatchNorm b:
                Double(b.Epsilon);
                Double(b.Momentum);
                Flag(b.IsFrozen);
                break;
            case Activation a:
                Number((int)a.Kind);
                break;
            case MaxPool p:
                Window(p.Window);
                break;
            case AveragePool p:
                Window(p.Window);
                Flag(p.CountsPadding);
                break;
            case ResizeBy r:
                Double(r.Factor);
                Flag(r.AlignCorners);
                Number((int)r.Grid);
                break;
            case ResizeTo r:
                Flag(r.AlignCorners);
                break;
            case PixelShuffle s:
                Number(s.Factor);
                break;
            case Dropout d:
                Double(d.Probability);
                break;
            case MeanFieldCrf crf:
                Number(crf.Iterations);
                foreach (var value in new[] { crf.GaussianSigma, crf.GaussianWeight, crf.BilateralSigmaXY, crf.BilateralSigmaRgb,
                    crf.BilateralWeight })
                    Double(value);
                foreach (var value in crf.ColorMean.Concat(crf.ColorStd))
                    Double(value);
                break;
        }
    }

    private void Window(Window window)
    {
        Axis(window.Vertical);
        Flag(window.Vertical != window.Horizontal);
        if (window.Vertical != window.Horizontal)
            Axis(window.Horizontal);
        Flag(window.IsCeil);
    }

    private void Axis(WindowAxis axis)
    {
        foreach (var number in new[] { axis.Kernel, axis.Stride, axis.Rate, axis.Before, axis.After })
            Number(number);
        Flag(axis.IsSame);
    }

    private void Channels(Channels channels)
    {
        Signed(channels.Constant);
        Signed(channels.PerClass);
    }

    /// <summary>How far a place is from the one before.</summary>
    private void Step(ref int place, int next)
    {
        Signed(next - place);
        place = next;
    }

    private void Signed(int value) => Number(value < 0 ? -2 * value - 1 : 2 * value);

    /// <summary>Where it begins, no more: offsets hang on the line ends that a file happens to have.</summary>
    private void Span(SourceSpan full)
    {
        var span = new SourceSpan(_nameOf(full.Path ?? ""), 0, 0, full.Line, full.Column, full.Line, full.Column);
        if (!_spans.TryGetValue(span, out var index))
        {
            _spans.Add(span, index = _spans.Count);
            Index(span.Path);
        }
        Number(index);
    }

    private void String(string text) => Number(Index(text));

    private int Index(string text)
    {
        if (!_strings.TryGetValue(text, out var index))
            _strings.Add(text, index = _strings.Count);
        return index;
    }

    private void Numbers(IEnumerable<int> numbers)
    {
        var all = numbers.ToList();
        Number(all.Count);
        foreach (var number in all)
            Number(number);
    }

    private void Flag(bool value) => _bytes.WriteByte(value ? (byte)1 : (byte)0);

    private void Double(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        for (var i = 0; i < sizeof(long); i++)
            _bytes.WriteByte((byte)(bits >> (8 * i)));
    }

    /// <summary>A number of 0 or more, seven bits a byte.</summary>
    private void Number(int value)
    {
        var rest = (uint)value;
        for (; rest >= 0x80; rest >>= 7)
            _bytes.WriteByte((byte)(rest | 0x80));
        _bytes.WriteByte((byte)rest);
    }
}
