using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>Draws operations of one input that fit a map.</summary>
internal sealed class OpDraw(Random random)
{
    /// <summary>Maps are kept small: what is drawn is to run quickly.</summary>
    private const int MaximumSide = 96;
    private const int SmallestToShrink = 12;

    private int _grids;

    /// <summary>Whether windows were drawn that a map of half the size might be too small for.</summary>
    public bool IsTight { get; private set; }

    public int NewGrid() => ++_grids;

    /// <summary>An operation.</summary>
    /// <param name="map">What it is fed with.</param>
    /// <param name="keepsGrid">Whether its result must be of the same size.</param>
    public DrawnLayer Draw(Map map, bool keepsGrid) => random.Next(keepsGrid ? 10 : 14) switch
    {
        0 or 1 or 2 => Convolution(map, keepsGrid, isDepthwise: false),
        3 => Convolution(map, keepsGrid, isDepthwise: true),
        4 or 5 => new DrawnLayer("norm", Norm(), map),
        6 or 7 => Activation(map),
        8 => new DrawnLayer(
            "drop", YamlTree.Map(("op", YamlTree.Of("dropout")), ("probability", YamlTree.Of(Pick(random, "0.1", "0.5", "0", "1 / 4")))),
            map),
        9 or 10 => Pool(map, keepsGrid),
        11 => new DrawnLayer("all", YamlTree.Of("global_avg_pool"), new Map(map.Channels, 1, 1, NewGrid())),
        12 when map.Channels % 4 == 0 && Math.Max(map.Height, map.Width) * 2 <= MaximumSide => new DrawnLayer("spread",
            YamlTree.Map(("op", YamlTree.Of("pixel_shuffle")), ("factor", Number(2))),
            new Map(map.Channels / 4, map.Height * 2, map.Width * 2, NewGrid())),
        _ => Resize(map) ?? Activation(map),
    };

    /// <summary>A convolution of kernel 1.</summary>
    public DrawnLayer Pointwise(Map map, int channels, string? expression = null) => new("conv", YamlTree.Map(
        ("op", YamlTree.Of("conv")), ("kernel", Number(1)), ("channels", expression is null ? Number(channels) : YamlTree.Of(expression))),
        map with { Channels = channels });

    public DrawnLayer Activation(Map map) =>
        new(
            "act", YamlTree.Of(random.Next(5) == 0 ? Pick(random, "activation", OpTable.None) : Pick(random, [.. OpTable.Activations])),
            map);

    /// <summary>A number, now and then as an expression.</summary>
    public YamlTree Number(int number)
    {
        var text = number.ToString(CultureInfo.InvariantCulture);
        return YamlTree.Of(random.Next(20) switch
        {
            0 => $"max(0, {text})",
            1 => $"[7, {text}][1]",
            2 => $"if($classes > 1, {text}, 1)",
            3 => $"{text} * 3 // 3",
            _ => text,
        });
    }

    private YamlTree Norm()
    {
        var op = Pick(random, "batch_norm", "norm");
        return random.Next(3) switch
        {
            0 => YamlTree.Map(("op", YamlTree.Of(op)), ("frozen", YamlTree.Of(Pick(random, "true", "false")))),
            1 => YamlTree.Map(("op", YamlTree.Of(op)), ("epsilon", YamlTree.Of("1e-3")), ("momentum", YamlTree.Of("0.01"))),
            _ => YamlTree.Of(op),
        };
    }

    private DrawnLayer Convolution(Map map, bool keepsGrid, bool isDepthwise)
    {
        var kernel = keepsGrid
            ? Pick(random, (1, 1), (3, 3), (3, 3), (1, 3), (5, 5))
            : Pick(random, (1, 1), (3, 3), (3, 3), (3, 1), (5, 5), (2, 2), (4, 3));
        var rate = Pick(random, (1, 1), (1, 1), (2, 2), (3, 3), (1, 2), (6, 6));
        var stride = keepsGrid || map.Side < SmallestToShrink ? (1, 1) : Pick(random, (1, 1), (1, 1), (2, 2), (1, 2), (3, 3));
        var entries = new List<(string, YamlTree)>
        {
            ("op", YamlTree.Of(isDepthwise ? "depthwise_conv" : "conv")), ("kernel", Pair(kernel)),
        };
        var channels = map.Channels;
        if (isDepthwise && random.Next(3) == 0)
        {
            var multiplier = random.Next(1, 4);
            channels *= multiplier;
            entries.Add(("multiplier", Number(multiplier)));
        }
        if (!isDepthwise)
        {
            var divisors = Enumerable.Range(1, map.Channels).Where(d => map.Channels % d == 0).ToList();
            var groups = random.Next(3) == 0 ? Pick(random, divisors) : 1;
            channels = groups * random.Next(1, Math.Max(2, 17 / groups));
            entries.Add(("channels", Number(channels)));
            if (groups > 1)
                entries.Add(("groups", Number(groups)));
        }
        if (stride != (1, 1))
            entries.Add(("stride", Pair(stride)));
        if (rate != (1, 1))
            entries.Add(("rate", Pair(rate)));
        if (random.Next(3) == 0)
            entries.Add(("bias", YamlTree.Of(Pick(random, "true", "false"))));
        if (random.Next(10) == 0)
            entries.Add(("init_std", YamlTree.Of("0.01")));
        var (height, width) = Pad(entries, map, kernel, stride, rate, keepsGrid);
        return new DrawnLayer(isDepthwise ? "deep" : "conv", YamlTree.Map(entries), Sized(map, height, width) with { Channels = channels });
    }

    /// <summary>Chooses a padding that fits, and says the size of the result.</summary>
    private (int Height, int Width) Pad(
        List<(string, YamlTree)> entries, Map map, (int V, int H) kernel, (int V, int H) stride, (int V, int H) rate, bool keepsGrid)
    {
        var (high, wide) = (rate.V * (kernel.V - 1), rate.H * (kernel.H - 1));
        if (!keepsGrid && map.Side >= SmallestToShrink && random.Next(3) == 0)
        {
            var padding = (V: random.Next(0, Math.Min(3, high / 2 + 1)), H: random.Next(0, Math.Min(3, wide / 2 + 1)));
            if (high - 2 * padding.V <= map.Height / 3 && wide - 2 * padding.H <= map.Width / 3)
            {
                IsTight = true;
                entries.Add(("padding", Pair(padding)));
                return ((map.Height + 2 * padding.V - high - 1) / stride.V + 1, (map.Width + 2 * padding.H - wide - 1) / stride.H + 1);
            }
        }
        if (high % 2 != 0 || wide % 2 != 0 || random.Next(4) == 0)
            entries.Add(("padding", YamlTree.Of(OpTable.TensorFlowPadding)));
        else if (random.Next(4) == 0)
            entries.Add(("padding", YamlTree.Of("same")));
        return ((map.Height - 1) / stride.V + 1, (map.Width - 1) / stride.H + 1);
    }

    private DrawnLayer Pool(Map map, bool keepsGrid)
    {
        var isMax = random.Next(2) == 0;
        var entries = new List<(string, YamlTree)> { ("op", YamlTree.Of(isMax ? "max_pool" : "avg_pool")) };
        if (!isMax && random.Next(2) == 0)
            entries.Add(("count_padding", YamlTree.Of(Pick(random, "true", "false"))));
        if (keepsGrid || map.Side < SmallestToShrink)
        {
            entries.Add(("kernel", Number(3)));
            entries.Add(("padding", YamlTree.Of(Pick(random, "same", OpTable.TensorFlowPadding, "1"))));
            return new DrawnLayer("pool", YamlTree.Map(entries), map);
        }
        IsTight = true;
        var (kernel, stride) = (random.Next(2, 5), random.Next(1, 4));
        var padding = random.Next(0, kernel / 2 + 1);
        var ceil = random.Next(2) == 0;
        entries.AddRange(
            [("kernel", Number(kernel)), ("stride", Number(stride)),
            ("padding", YamlTree.Of(padding.ToString(CultureInfo.InvariantCulture)))]);
        if (ceil)
            entries.Add(("ceil", YamlTree.Of("true")));
        return new DrawnLayer("pool", YamlTree.Map(entries), Sized(map, Extent(map.Height), Extent(map.Width)));

        int Extent(int size)
        {
            var span = size + 2 * padding - kernel;
            var count = (ceil ? (span + stride - 1) / stride : span / stride) + 1;
            return ceil && (count - 1) * stride >= size + padding ? count - 1 : count;
        }
    }

    private DrawnLayer? Resize(Map map)
    {
        var factor = Pick(random, 0.5, 0.75, 1.5, 2);
        var grid = Pick(random, "size", "factor", "corners");
        int Side(int pixels) => (int)(grid == "corners" ? Math.Floor((pixels - 1) * factor) + 1 : Math.Floor(pixels * factor));
        var (height, width) = (Side(map.Height), Side(map.Width));
        if (Math.Max(height, width) > MaximumSide || Math.Min(height, width) < 4)
            return null;
        return new DrawnLayer("resize", YamlTree.Map(
            ("op", YamlTree.Of("resize")), ("factor", YamlTree.Of(factor.ToString(CultureInfo.InvariantCulture))),
            ("align_corners", YamlTree.Of(grid == "corners" || (grid == "size" && random.Next(2) == 0) ? "true" : "false")),
            ("grid", YamlTree.Of(grid))),
            map with { Height = height, Width = width, Grid = NewGrid() });
    }

    private Map Sized(Map map, int height, int width) =>
        (height, width) == (map.Height, map.Width) ? map : map with { Height = height, Width = width, Grid = NewGrid() };

    private YamlTree Pair((int Vertical, int Horizontal) pair) =>
        pair.Vertical == pair.Horizontal && random.Next(4) > 0
            ? Number(pair.Vertical)
            : YamlTree.List(Number(pair.Vertical), Number(pair.Horizontal));
}
