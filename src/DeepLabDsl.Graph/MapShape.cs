namespace DeepLabDsl.Graph;

/// <summary>The shape <c>[N, C, H, W]</c> of a map, for any number of classes and any size of the input.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H, a formula of the input's height (and width, where it never is).</param>
/// <param name="Width">W.</param>
public sealed record MapShape(Channels Channels, Side Height, Side Width)
{
    /// <summary>The formula: <c>[N, 256, floor((H - 1) / 2) + 1, …]</c>.</summary>
    public override string ToString() => $"[N, {Channels}, {Height}, {Width}]";

    /// <summary>The shape of an operation's result.</summary>
    internal static MapShape Of(Operation operation, System.Collections.Generic.IReadOnlyList<Node> inputs)
    {
        var x = inputs[0].Shape;
        switch (operation)
        {
            case Convolution c:
                return Of(x, c.Window, c.Kernel.Shape[0]);
            case MaxPool p:
                return Of(x, p.Window, x.Channels);
            case AveragePool p:
                return Of(x, p.Window, x.Channels);
            case GlobalAveragePool:
                return new MapShape(x.Channels, Side.Of(1), Side.Of(1));
            case ResizeBy r:
                return new MapShape(x.Channels, x.Height.Scaled(r.Factor, r.Grid), x.Width.Scaled(r.Factor, r.Grid));
            case ResizeTo:
                return new MapShape(x.Channels, inputs[1].Shape.Height, inputs[1].Shape.Width);
            case PixelShuffle s:
                return new MapShape(x.Channels / (s.Factor * s.Factor), x.Height.Times(s.Factor), x.Width.Times(s.Factor));
            case Multiply when IsPoint(x):
                return inputs[1].Shape;
            case Concatenate:
                var channels = x.Channels;
                for (var i = 1; i < inputs.Count; i++)
                    channels += inputs[i].Shape.Channels;
                return x with { Channels = channels };
            default:
                return x;
        }
    }

    /// <summary>Whether it is of one pixel whatever the input's size.</summary>
    internal static bool IsPoint(MapShape shape) => shape is { Height: ConstantSide { Pixels: 1 }, Width: ConstantSide { Pixels: 1 } };

    private static MapShape Of(MapShape x, Window window, Channels channels) =>
        new(channels, window.Vertical.Count(x.Height, window.IsCeil), window.Horizontal.Count(x.Width, window.IsCeil));
}
