using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.Modules;

/// <summary>What generated modules are built from: the primitives of the language that TorchSharp words otherwise.</summary>
public static partial class Layers
{
    /// <summary>
    /// A convolution <c>[N, in, H, W]</c> to <c>[N, out, H', W']</c>, atrous where the rate is above 1. Its weights are drawn
    /// as He et al. do for ReLU (normal, by fan-out; arXiv 1502.01852), its bias is zero.
    /// </summary>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the result.</param>
    /// <param name="kernel">Height and width of the window in taps.</param>
    /// <param name="stride">Step of the window in pixels.</param>
    /// <param name="rate">Distance between taps in pixels: the atrous rate.</param>
    /// <param name="padding">Zeros on each side; null: <see cref="WindowPadding.Same"/>.</param>
    /// <param name="groups">Groups of channels that see only each other; as many as channels: depthwise.</param>
    /// <param name="bias">Whether a learned number is added to each channel.</param>
    /// <param name="initStd">Draws the weights with this standard deviation instead.</param>
    public static Conv2d Conv2d(
        int inChannels, int outChannels, Extent kernel, Extent? stride = null, Extent? rate = null, WindowPadding? padding = null,
        int groups = 1, bool bias = false, double? initStd = null)
    {
        var (step, atrous) = (stride ?? 1, rate ?? 1);
        var (isAtRunTime, border) = (padding?.IsTensorFlow == true, (padding ?? WindowPadding.Same).Of(kernel, atrous));
        var conv = nn.Conv2d(
            inChannels, outChannels, (kernel.Height, kernel.Width), (step.Height, step.Width), (border.Height, border.Width),
            (atrous.Height, atrous.Width), PaddingModes.Zeros, groups, bias);
        if (initStd is { } std)
            init.normal_(conv.weight, 0, std);
        else
            init.kaiming_normal_(conv.weight, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
        if (conv.bias is { } offset)
            init.zeros_(offset);
        if (isAtRunTime)
            conv.register_forward_pre_hook((_, input) => PadSame(input, conv));
        return conv;
    }

    /// <summary>Batch normalisation over N, H and W of <c>[N, C, H, W]</c> with learned scale (1) and shift (0).</summary>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">Share of the new batch in the running statistics.</param>
    public static BatchNorm2d BatchNorm2d(int channels, double epsilon = 1e-5, double momentum = 0.1) => new(channels, epsilon, momentum);

    /// <summary>Bilinear resize of <c>[N, C, h, w]</c> to the height and width of another map.</summary>
    /// <param name="x">The map.</param>
    /// <param name="to">The map whose size is taken.</param>
    /// <param name="alignCorners">Whether corner pixels keep their place; else pixels are half-pixel centred.</param>
    public static Tensor Resize(Tensor x, Tensor to, bool alignCorners = false)
    {
        var (height, width) = (to.shape[^2], to.shape[^1]);
        if (x.shape[^2] == height && x.shape[^1] == width)
            return x.alias();
        // One value a channel is the same everywhere: no need to interpolate.
        return x.shape[^2] == 1 && x.shape[^1] == 1
            ? x.expand(x.shape[0], x.shape[1], height, width)
            : functional.interpolate(x, [height, width], mode: InterpolationMode.Bilinear, align_corners: alignCorners);
    }

    /// <summary>Bilinear resize of <c>[N, C, h, w]</c> by a factor.</summary>
    /// <param name="x">The map.</param>
    /// <param name="factor">The factor of height and width.</param>
    /// <param name="alignCorners">Whether corner pixels keep their place; else pixels are half-pixel centred.</param>
    /// <param name="grid">How many pixels the factor makes of a side and how far apart they are.</param>
    public static Tensor Resize(Tensor x, double factor, bool alignCorners = false, ResizeGrid grid = ResizeGrid.Size)
    {
        if (grid == ResizeGrid.Factor)
            return functional.interpolate(x, scale_factor: [factor, factor], mode: InterpolationMode.Bilinear, align_corners: alignCorners);
        return functional.interpolate(
            x, [Side(x.shape[^2]), Side(x.shape[^1])], mode: InterpolationMode.Bilinear, align_corners: alignCorners);

        long Side(long pixels) => (long)(grid == ResizeGrid.Corners ? Math.Floor((pixels - 1) * factor) + 1 : Math.Floor(pixels * factor));
    }

    /// <summary>
    /// The same map <c>[N, C, H, W]</c> with the channels of a pixel side by side in memory, which convolutions keep and run
    /// faster on (depthwise ones most of all). TorchSharp has no memory formats; a permuted copy is one.
    /// </summary>
    /// <param name="x">The map.</param>
    public static Tensor ChannelsLast(Tensor x)
    {
        using var rows = x.permute(0, 2, 3, 1);
        using var packed = rows.contiguous();
        return packed.permute(0, 3, 1, 2);
    }

    /// <summary>The largest value of each window.</summary>
    /// <param name="x">A map <c>[N, C, H, W]</c>.</param>
    /// <param name="kernel">Height and width of the window in taps.</param>
    /// <param name="stride">Step of the window in pixels; null: 1.</param>
    /// <param name="rate">Distance between taps in pixels; null: 1.</param>
    /// <param name="padding">Cells of minus infinity on each side; null: none.</param>
    /// <param name="ceil">Whether a window that begins inside the map but ends outside counts.</param>
    public static Tensor MaxPool(
        Tensor x, Extent kernel, Extent? stride = null, Extent? rate = null, WindowPadding? padding = null, bool ceil = false)
    {
        // Windows of TensorFlow's SAME never reach beyond what they pad: there is nothing to round up.
        if (padding?.IsTensorFlow == true)
            return MaxPoolSame(x, kernel, stride, rate);
        var (step, atrous) = (stride ?? 1, rate ?? 1);
        var border = (padding ?? 0).Of(kernel, atrous);
        return functional.max_pool2d(
            x, (kernel.Height, kernel.Width), (step.Height, step.Width), (border.Height, border.Width), (atrous.Height, atrous.Width),
                ceil);
    }

    /// <summary>The mean of each window.</summary>
    /// <param name="x">A map <c>[N, C, H, W]</c>.</param>
    /// <param name="kernel">Height and width of the window in taps.</param>
    /// <param name="stride">Step of the window in pixels; null: 1.</param>
    /// <param name="padding">Zeros on each side; null: none.</param>
    /// <param name="ceil">Whether a window that begins inside the map but ends outside counts.</param>
    /// <param name="countPadding">Whether padded zeros count in the mean.</param>
    public static Tensor AvgPool(
        Tensor x, Extent kernel, Extent? stride = null, WindowPadding? padding = null, bool ceil = false, bool countPadding = true)
    {
        if (padding?.IsTensorFlow == true)
            return AvgPoolSame(x, kernel, stride, countPadding);
        var step = stride ?? 1;
        var border = (padding ?? 0).Of(kernel, 1);
        return functional.avg_pool2d(
            x, (kernel.Height, kernel.Width), (step.Height, step.Width), (border.Height, border.Width), ceil, countPadding);
    }

    /// <summary>
    /// The map with the border that TensorFlow's SAME gives a convolution: as many zeros as its windows need to leave
    /// <c>ceil(size / stride)</c> values, half of them above and to the left, an odd one below and to the right. With a
    /// stride that differs from a border of <c>rate * (kernel - 1) / 2</c> where the size is even.
    /// </summary>
    /// <param name="x">A map <c>[N, C, H, W]</c>.</param>
    /// <param name="conv">The convolution that it goes into, which pads nothing itself.</param>
    /// <returns>The padded map, or <paramref name="x"/> itself where nothing is needed.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="conv"/> is null.</exception>
    public static Tensor PadSame(Tensor x, Conv2d conv)
    {
        ArgumentNullException.ThrowIfNull(conv);
        return PadSame(x, Sides(conv.kernel_size), Sides(conv.stride), Sides(conv.dilation), 0);

        static Extent Sides(IReadOnlyList<long> sides) => new((int)sides[0], (int)sides[1]);
    }

    /// <summary><see cref="MaxPool"/> with the border of TensorFlow's SAME, which no maximum is found in.</summary>
    /// <inheritdoc cref="MaxPool"/>
    public static Tensor MaxPoolSame(Tensor x, Extent kernel, Extent? stride = null, Extent? rate = null) => MaxPool(
        PadSame(x, kernel, stride ?? 1, rate ?? 1, double.NegativeInfinity), kernel, stride, rate);

    /// <summary><see cref="AvgPool"/> with the border of TensorFlow's SAME.</summary>
    /// <inheritdoc cref="AvgPool"/>
    public static Tensor AvgPoolSame(Tensor x, Extent kernel, Extent? stride = null, bool countPadding = true)
    {
        var padded = PadSame(x, kernel, stride ?? 1, 1, 0);
        var mean = AvgPool(padded, kernel, stride);
        if (countPadding || ReferenceEquals(padded, x))
            return mean;
        var inside = PadSame(ones_like(x[TensorIndex.Slice(0, 1), TensorIndex.Slice(0, 1)]), kernel, stride ?? 1, 1, 0);
        return mean.div(AvgPool(inside, kernel, stride));
    }

    private static Tensor PadSame(Tensor x, Extent kernel, Extent stride, Extent rate, double value)
    {
        var height = Border(x.shape[^2], kernel.Height, stride.Height, rate.Height);
        var width = Border(x.shape[^1], kernel.Width, stride.Width, rate.Width);
        return height == 0 && width == 0
            ? x
            : functional.pad(x, [width / 2, width - width / 2, height / 2, height - height / 2], PaddingModes.Constant, value);

        static long Border(long size, long kernel, long stride, long rate) =>
            Math.Max(0, ((size + stride - 1) / stride - 1) * stride + (kernel - 1) * rate + 1 - size);
    }

    /// <summary>A module built a number of times.</summary>
    /// <param name="count">How many.</param>
    /// <param name="build">Builds one.</param>
    public static IEnumerable<T> Repeat<T>(int count, Func<T> build) => Enumerable.Range(0, count).Select(_ => build());

    /// <summary>Registers a module under a key with dots, by containers in between that hold nothing else.</summary>
    /// <param name="owner">The module that owns it.</param>
    /// <param name="key">The state-dict key, such as <c>convs.0</c>.</param>
    /// <param name="module">The module; null: there is none, and nothing is registered.</param>
    public static void Register(Module owner, string key, Module? module)
    {
        ArgumentNullException.ThrowIfNull(owner);
        if (module is null)
            return;
        var parts = key.Split('.');
        foreach (var part in parts[..^1])
        {
            if (owner.named_children().FirstOrDefault(c => c.name == part).module is not { } container)
            {
                container = new Container(part);
                owner.register_module(part, container);
            }
            owner = container;
        }
        owner.register_module(parts[^1], module);
    }

    /// <summary>The sum of two maps <c>[N, C, H, W]</c>.</summary>
    /// <param name="x">One map.</param>
    /// <param name="y">The other, of the same shape or one that broadcasts to it.</param>
    public static Tensor Add(Tensor x, Tensor y)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.add(y, TensorArithmetic.One);
    }

    /// <summary>The mean of maps of one shape, element by element.</summary>
    /// <param name="maps">The maps.</param>
    public static Tensor Mean(params Tensor[] maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        return maps.Aggregate(Add).Scale(1.0 / maps.Length);
    }

    private sealed class Container(string name) : Module(name);
}
