using System;
using System.Collections.Generic;
using DeepLabDsl.Graph;
using DeepLabDsl.Onnx.Proto;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>
/// Writes bilinear resizes. Half-pixel centres are ONNX's <c>half_pixel</c>: <c>pytorch_half_pixel</c> takes the first pixel,
/// and not the middle, for a side of one (ONNX Runtime 1.31).
/// </summary>
internal sealed class ResizeWriter
{
    private readonly OnnxGraphBuilder _builder;
    private readonly SideWriter _sides;
    private readonly Whole _images;

    /// <param name="builder">The graph.</param>
    /// <param name="sides">Writes the sides.</param>
    /// <param name="images">N.</param>
    public ResizeWriter(OnnxGraphBuilder builder, SideWriter sides, Whole images) => (_builder, _sides, _images) = (builder, sides, images);

    /// <summary>Resizes to a number of rows and columns.</summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="x">The map.</param>
    /// <param name="channels">Its channels.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    /// <param name="alignCorners">Whether corner pixels keep their place.</param>
    /// <param name="isFiltered">
    /// Whether a reduction averages over what a pixel covers, as image libraries and PyTorch's <c>antialias</c> do.
    /// </param>
    public string ToSize(string name, string x, long channels, Whole height, Whole width, bool alignCorners, bool isFiltered = false)
    {
        var sizes = _sides.Join(name + "/sizes", _images, channels, height, width);
        var attributes = new List<AttributeProto>(Mode(alignCorners));
        if (isFiltered)
        {
            attributes.Add(Attributes.Of("antialias", 1));
            // Else pixels at the border are repeated outwards, which no image library does.
            attributes.Add(Attributes.Of("exclude_outside", 1));
        }
        return _builder.Add("Resize", name, [x, "", "", sizes], [.. attributes]);
    }

    /// <summary>Resizes by a factor to pixels that are exactly its inverse apart (<see cref="ResizeGrid.Factor"/>).</summary>
    /// <param name="name">The name of the result.</param>
    /// <param name="x">The map.</param>
    /// <param name="source">The node of the map.</param>
    /// <param name="result">The node of the result.</param>
    /// <param name="factor">The factor.</param>
    public string ByFactor(string name, string x, Node source, Node result, double factor)
    {
        var (height, width) = (_sides.Write(source.Shape.Height), _sides.Write(source.Shape.Width));
        var (rows, columns) = (_sides.Write(result.Shape.Height), _sides.Write(result.Shape.Width));
        // A runtime finds the size by the factor in 32 bits. Of one that is not less than the factor it is never too small.
        var single = (float)factor;
        var isExact = single == factor && IsShort(single);
        var raised = single < factor ? MathF.BitIncrement(single) : single;
        var resized = isExact ? name : _builder.Unique(name + "/resized");
        var scales = _builder.Constant(ElementType.Float, [1, 1, raised, raised], [4]);
        _builder.Add("Resize", resized, [x, "", scales], [.. Mode(alignCorners: false)]);
        if (isExact)
            return name;
        // Where it is too large by rounding, the last row or column is left out.
        if (height.Number is { } h && width.Number is { } w && (long)(raised * h) == rows.Number && (long)(raised * w) == columns.Number)
            return Rename(resized, name);
        return _builder.Add("Slice", name, [resized, _builder.Constant(0, 0), _sides.Join(name + "/sizes", rows, columns),
            _builder.Constant(2, 3)]);
    }

    private string Rename(string from, string to)
    {
        var node = _builder.Graph.Node[^1];
        if (node.Output[0] != from)
            throw new InvalidOperationException($"'{from}' is not the last value.");
        node.Output[0] = node.Name = to;
        return to;
    }

    private static AttributeProto[] Mode(bool alignCorners) =>
        [Attributes.Of("mode", "linear"), Attributes.Of("coordinate_transformation_mode", alignCorners ? "align_corners" : "half_pixel")];

    /// <summary>Whether products with numbers of pixels have no rounding in 32 bits: few digits of two.</summary>
    private static bool IsShort(float factor)
    {
        var bits = BitConverter.SingleToInt32Bits(factor) & 0x7fffff;
        return (bits & 0x7fff) == 0;
    }
}
