using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Onnx.Proto;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>
/// Writes what moves a window over a map. ONNX has one form of padding for all of it, runtimes have not: ONNX Runtime 1.31 pads
/// pools by the window without its rate, and refuses an atrous convolution whose padding it should find itself. So padding is
/// an attribute where that is computed right, and else a node of its own, of numbers or of formulas.
/// </summary>
internal sealed class WindowWriter
{
    private readonly OnnxGraphBuilder _builder;
    private readonly SideWriter _sides;

    public WindowWriter(OnnxGraphBuilder builder, SideWriter sides) => (_builder, _sides) = (builder, sides);

    /// <summary>A convolution.</summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="x">The map.</param>
    /// <param name="source">The node of the map, whose sides count.</param>
    /// <param name="window">The window.</param>
    /// <param name="weights">Kernel, and bias where there is one.</param>
    /// <param name="groups">Groups of channels.</param>
    public string Convolution(string name, string x, Node source, Window window, IReadOnlyList<string> weights, long groups)
    {
        var border = Border.Of(_sides, source, window);
        var attributes = Common(window, withRate: true);
        attributes.Add(Attributes.Of("group", groups));
        if (border.Numbers is { } pads)
            attributes.Add(Attributes.Of("pads", pads));
        else if (!window.IsAtrous)
            attributes.Add(Attributes.Of("auto_pad", "SAME_UPPER"));
        else
            x = Pad(name, x, border, 0);
        return _builder.Add("Conv", name, [x, .. weights], [.. attributes]);
    }

    /// <summary>The largest value of each window; padding never is.</summary>
    /// <inheritdoc cref="Convolution"/>
    public string MaxPool(string name, string x, Node source, Window window)
    {
        var border = Border.Of(_sides, source, window);
        var attributes = Common(window, withRate: true);
        if (!window.IsAtrous && border.FitsPool(window) is { } pads)
            attributes.Add(Attributes.Of("pads", pads));
        else if (!window.IsAtrous && window.IsSame)
            attributes.Add(Attributes.Of("auto_pad", "SAME_UPPER"));
        else
            x = Pad(name, x, border, float.NegativeInfinity);
        return _builder.Add("MaxPool", name, [x], [.. attributes]);
    }

    /// <summary>The mean of each window. What lies beyond the padding, where the last window of <c>ceil</c> ends, never counts.</summary>
    /// <inheritdoc cref="Convolution"/>
    public string AveragePool(string name, string x, Node source, Window window, bool countsPadding)
    {
        var border = Border.Of(_sides, source, window);
        var attributes = Common(window, withRate: false);
        var countsAll = countsPadding && (!window.IsCeil || window.IsSame);
        if (countsAll || !countsPadding || border.IsNone)
        {
            attributes.Add(Attributes.Of("count_include_pad", countsAll ? 1 : 0));
            var pads = border.FitsPool(window);
            if (pads is not null || window.IsSame)
            {
                attributes.Add(pads is null ? Attributes.Of("auto_pad", "SAME_UPPER") : Attributes.Of("pads", pads));
                return _builder.Add("AveragePool", name, [x], [.. attributes]);
            }
            if (countsAll)
                return _builder.Add("AveragePool", name, [Pad(name, x, border, 0)], [.. attributes]);
        }
        // The mean of padded zeros, and the part of each window that counts.
        var own = Common(window, withRate: false);
        var sum = _builder.AddNew("AveragePool", name + "/sum", [Pad(name, x, border, 0)], [.. own]);
        var (height, width) = (_sides.Write(source.Shape.Height), _sides.Write(source.Shape.Width));
        var one = Tensors.Of<float>("", ElementType.Float, [1], [1]);
        var inside = _builder.AddNew("ConstantOfShape", name + "/inside", [_sides.Join(name + "/shape", 1, 1, height, width)],
            Attributes.Of("value", one));
        if (countsPadding)
        {
            var padding = Border.WithoutCeil(_sides, source, window);
            inside = Pad(name + "/inside", inside, padding, 1);
            inside = Pad(name + "/inside", inside, border.Without(_sides, padding), 0);
        }
        else
        {
            inside = Pad(name + "/inside", inside, border, 0);
        }
        var share = _builder.AddNew("AveragePool", name + "/share", [inside], [.. own]);
        return _builder.Add("Div", name, [sum, share]);
    }

    private string Pad(string name, string x, Border border, float value)
    {
        if (border.IsNone)
            return x;
        var pads = _sides.Join(name + "/pads", 0, 0, border.Top, border.Left, 0, 0, border.Bottom, border.Right);
        return _builder.AddNew("Pad", name + "/padded", [x, pads, _builder.Scalar(value)], Attributes.Of("mode", "constant"));
    }

    private static List<AttributeProto> Common(Window window, bool withRate)
    {
        var attributes = new List<AttributeProto>
        {
            Attributes.Of("kernel_shape", [window.Vertical.Kernel, window.Horizontal.Kernel]),
            Attributes.Of("strides", [window.Vertical.Stride, window.Horizontal.Stride]),
        };
        if (withRate)
            attributes.Add(Attributes.Of("dilations", [window.Vertical.Rate, window.Horizontal.Rate]));
        return attributes;
    }

    /// <summary>The cells that a map is padded with on each side.</summary>
    private sealed record Border(Whole Top, Whole Left, Whole Bottom, Whole Right)
    {
        /// <summary>All four, where they are numbers, in ONNX's order; null: one is computed when the model runs.</summary>
        public IReadOnlyList<long>? Numbers => Top.Number is { } top && Left.Number is { } left && Bottom.Number is { } bottom
            && Right.Number is { } right
            ? [top, left, bottom, right]
            : null;

        public bool IsNone => Numbers is { } numbers && numbers.All(n => n == 0);

        public static Border Of(SideWriter sides, Node source, Window window)
        {
            var (top, bottom) = Of(sides, sides.Write(source.Shape.Height), window.Vertical, window.IsCeil);
            var (left, right) = Of(sides, sides.Write(source.Shape.Width), window.Horizontal, window.IsCeil);
            return new Border(top, left, bottom, right);
        }

        /// <summary>Without what the last window of <c>ceil</c> reaches beyond it.</summary>
        public static Border WithoutCeil(SideWriter sides, Node source, Window window) => Of(sides, source, window with { IsCeil = false });

        /// <summary>The numbers, where a pool may have them as its attribute: fewer cells than the window, its rate left out.</summary>
        public IReadOnlyList<long>? FitsPool(Window window) => Numbers is [var top, var left, var bottom, var right] numbers
            && top < window.Vertical.Kernel && bottom < window.Vertical.Kernel && left < window.Horizontal.Kernel
                && right < window.Horizontal.Kernel
            ? numbers
            : null;

        public Border Without(SideWriter sides, Border inner) => new(
            sides.Subtract(Top, inner.Top), sides.Subtract(Left, inner.Left), sides.Subtract(Bottom, inner.Bottom),
            sides.Subtract(Right, inner.Right));

        private static (Whole Before, Whole After) Of(SideWriter sides, Whole size, WindowAxis axis, bool isCeil)
        {
            if (size.Number is { } pixels)
            {
                var (before, after) = axis.Border(pixels);
                return isCeil && !axis.IsSame
                    ? (before, Math.Max(after, (axis.Count(pixels, ceil: true) - 1) * axis.Stride + axis.Reach + 1 - pixels - before))
                    : (before, after);
            }
            if (axis.IsSame)
            {
                // Neither at stride 1 nor for one tap does it hang on the size.
                if (axis.Stride == 1 || axis.Reach == 0)
                    return (axis.Reach / 2, axis.Reach - axis.Reach / 2);
                var reach = sides.Add(sides.Multiply(sides.Subtract(sides.DivideUp(size, axis.Stride), 1), axis.Stride), axis.Reach + 1);
                var whole = sides.Larger(sides.Subtract(reach, size), 0);
                var before = sides.Divide(whole, 2);
                return (before, sides.Subtract(whole, before));
            }
            if (!isCeil || axis.Stride == 1)
                return (axis.Before, axis.After);
            // So far as a window may reach, unless one could begin in the padding then, which is none.
            if (axis.After < axis.Reach - axis.Stride + 2)
                return (axis.Before, axis.After + axis.Stride - 1);
            var count = sides.Count(size, axis);
            var end = sides.Add(sides.Multiply(sides.Subtract(count, 1), axis.Stride), axis.Reach + 1 - axis.Before);
            return (axis.Before, sides.Larger(sides.Subtract(end, size), axis.After));
        }
    }
}
