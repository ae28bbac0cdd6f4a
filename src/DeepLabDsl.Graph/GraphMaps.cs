using System;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Graph;

/// <summary>A map at one size of the input.</summary>
/// <param name="Channels">Its channels.</param>
/// <param name="Height">Its rows.</param>
/// <param name="Width">Its columns.</param>
/// <param name="Jump">Distance in input pixels between neighbours of the map.</param>
/// <param name="Field">Side in input pixels of what one value has seen; infinite behind a global pooling.</param>
public readonly record struct Map(int Channels, int Height, int Width, double Jump, double Field)
{
    /// <summary>Height and width: <c>33x65</c>.</summary>
    public string Size => string.Format(CultureInfo.InvariantCulture, "{0}x{1}", Height, Width);

    /// <summary>How many values one image has.</summary>
    public long Values => (long)Channels * Height * Width;

    /// <inheritdoc/>
    public override string ToString() => string.Format(CultureInfo.InvariantCulture, "[N, {0}, {1}, {2}]", Channels, Height, Width);
}

/// <summary>The network can't take an input of that size.</summary>
/// <param name="message">Which layer can't, and why.</param>
public sealed class InputSizeException(string message) : DeepLabDslException(message);

/// <summary>Every map of a network for one number of classes and one size of the input, and what is counted of them.</summary>
public sealed class GraphMaps
{
    private readonly Map[] _maps;

    /// <summary>Finds the maps for an input.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="height">Rows of the input.</param>
    /// <param name="width">Columns of the input.</param>
    /// <exception cref="InputSizeException">An operation can't run on maps of that size.</exception>
    public GraphMaps(NetworkGraph graph, int classes, int height, int width)
    {
        (Classes, Height, Width) = (classes, height, width);
        _maps = new Map[graph.Nodes.Count];
        _maps[0] = new Map(graph.InputChannels, height, width, 1, 1);
        foreach (var node in graph.Nodes.Skip(1))
        {
            var map = Of(node);
            if (map.Height < 1 || map.Width < 1)
            {
                throw new InputSizeException(
                    $"'{node.Path}': a {this[node.Inputs[0]].Size} map leaves nothing of it, for an input of {height}x{width}");
            }
            _maps[node.Index] = map;
        }
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>Rows of the input.</summary>
    public int Height { get; }

    /// <summary>Columns of the input.</summary>
    public int Width { get; }

    /// <summary>The result of a node.</summary>
    public Map this[Node node] => _maps[node.Index];

    /// <summary>Multiply-accumulates of one image: those of convolutions, and of a CRF's compatibilities.</summary>
    public long MultiplyAdds(Node node) => node.Operation switch
    {
        Convolution c => c.Kernel.Count(Classes) * this[node].Height * this[node].Width,
        MeanFieldCrf crf => (long)crf.Iterations * this[node].Channels * this[node].Values,
        _ => 0,
    };

    /// <summary>
    /// The same as TensorFlow counts a dense atrous convolution, which runs on the map cut into rate^2 maps (space to batch):
    /// with the map's sides rounded up to multiples of the rate.
    /// </summary>
    public long SpaceToBatchMultiplyAdds(Node node)
    {
        if (node.Operation is not Convolution { IsDepthwise: false, Window.IsPoint: false } c)
            return MultiplyAdds(node);
        var (vertical, horizontal) = (c.Window.Vertical.Rate, c.Window.Horizontal.Rate);
        return c.Kernel.Count(Classes) * RoundUp(this[node].Height, vertical) * RoundUp(this[node].Width, horizontal);
    }

    /// <summary>
    /// Bytes of the float32 maps that are held at once for one image where each is freed once nobody reads it any more: the maximum over
    /// the network. Norms and activations overwrite what they are given where nobody else reads it.
    /// </summary>
    /// <param name="graph">The network of the maps.</param>
    public long InferenceBytes(NetworkGraph graph)
    {
        var lastReads = GraphPasses.LastReads(graph);
        long held = 0, maximum = 0;
        foreach (var node in graph.Nodes)
        {
            var freed = lastReads[node.Index].Where(n => n != node).Sum(n => this[n].Values);
            var made = this[node].Values;
            var isInPlace = node.Operation is BatchNorm or Activation && freed >= made;
            maximum = Math.Max(maximum, held + (isInPlace ? 0 : made));
            held += made - freed - (lastReads[node.Index].Contains(node) ? made : 0);
        }
        return maximum * sizeof(float);
    }

    private static long RoundUp(int size, int step) => (size + step - 1L) / step * step;

    private Map Of(Node node)
    {
        var x = this[node.Inputs[0]];
        switch (node.Operation)
        {
            case Convolution c:
                return Through(x, c.Window) with { Channels = c.Kernel.Shape[0].At(Classes) };
            case MaxPool p:
                return Through(x, p.Window);
            case AveragePool p:
                return Through(x, p.Window);
            case GlobalAveragePool:
                return x with { Height = 1, Width = 1, Field = double.PositiveInfinity };
            case ResizeTo:
                var to = this[node.Inputs[1]];
                return x with { Height = to.Height, Width = to.Width, Jump = to.Jump };
            case ResizeBy r:
                return x with
                {
                    Height = (int)ScaledSide.Apply(x.Height, r.Factor, r.Grid),
                    Width = (int)ScaledSide.Apply(x.Width, r.Factor, r.Grid),
                    Jump = x.Jump / r.Factor,
                };
            case PixelShuffle s:
                return new Map(x.Channels / (s.Factor * s.Factor), x.Height * s.Factor, x.Width * s.Factor, x.Jump / s.Factor, x.Field);
            case MeanFieldCrf:
                Check(node, x, this[node.Inputs[1]]);
                return x with { Field = double.PositiveInfinity };
            case Multiply:
                return Joined(node, Product(node, x, this[node.Inputs[1]]));
            case Concatenate:
                return Joined(node, Alike(node, x)) with { Channels = node.Inputs.Sum(i => this[i].Channels) };
            default:
                return Joined(node, Alike(node, x));
        }
    }

    private Map Product(Node node, Map x, Map y)
    {
        if (y is { Height: 1, Width: 1 })
            return x;
        if (x is { Height: 1, Width: 1 })
            return y;
        Check(node, x, y);
        return x;
    }

    private Map Alike(Node node, Map x)
    {
        foreach (var other in node.Inputs.Skip(1))
            Check(node, x, this[other]);
        return x;
    }

    private Map Joined(Node node, Map map) => node.Inputs.Count == 1 ? map : map with { Field = node.Inputs.Max(i => this[i].Field) };

    private void Check(Node node, Map a, Map b)
    {
        if ((a.Height, a.Width) != (b.Height, b.Width))
        {
            throw new InputSizeException(
                $"'{node.Path}' takes maps of one size, and is given {a.Size} and {b.Size}, for an input of {Height}x{Width}");
        }
    }

    private static Map Through(Map x, Window window) => x with
    {
        Height = (int)window.Vertical.Count(x.Height, window.IsCeil),
        Width = (int)window.Horizontal.Count(x.Width, window.IsCeil),
        Jump = x.Jump * window.Vertical.Stride,
        Field = x.Field + (window.Vertical.Kernel - 1.0) * window.Vertical.Rate * x.Jump,
    };
}
