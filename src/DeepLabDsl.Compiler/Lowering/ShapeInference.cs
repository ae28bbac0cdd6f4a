using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Shapes, receptive fields and counts of the primitives.</summary>
internal static class ShapeInference
{
    /// <summary>The operation with its result's shape; null, reported unless a fault upstream is the cause, where the inputs do not
    /// fit.</summary>
    public static Primitive? Infer(
        OpInfo op, IReadOnlyDictionary<string, Value> attributes, IReadOnlyDictionary<string, string> sources,
        Item item, SourceSpan span, DiagnosticBag diagnostics)
    {
        var shapes = item.Inputs.Select(i => i.Shape).ToList();
        if (shapes.Any(s => !s.IsKnown))
            return null;
        var input = shapes[0];
        var primitive = new Primitive { Op = op, Attributes = attributes, Sources = sources, Input = input, Output = input };
        return Compute(primitive, item, span, diagnostics) is { } inferred && IsPossible(inferred, span, diagnostics) ? inferred : null;
    }

    private static Primitive? Compute(Primitive primitive, Item item, SourceSpan span, DiagnosticBag diagnostics)
    {
        var (input, attributes) = (primitive.Input, primitive.Attributes);
        return primitive.Op.Kind switch
        {
            OpKind.Conv => Convolve(primitive, attributes["channels"], attributes["groups"], span, diagnostics),
            OpKind.DepthwiseConv => Convolve(primitive, Times(input.ChannelsValue, attributes["multiplier"], span), input.ChannelsValue,
                span, diagnostics),
            OpKind.BatchNorm => With(primitive, input, parameters: 2L * input.Channels),
            OpKind.MaxPool or OpKind.AvgPool => Window(primitive, span, diagnostics) is { } pooled ? With(primitive, pooled) : null,
            OpKind.GlobalAvgPool => With(primitive, input with { Height = 1, Width = 1, Field = double.PositiveInfinity }),
            OpKind.Resize => Resize(primitive, item, span, diagnostics),
            OpKind.PixelShuffle => Shuffle(primitive, span, diagnostics),
            OpKind.Add or OpKind.Max or OpKind.Mean => Elementwise(primitive, item, span, diagnostics),
            OpKind.Multiply => Multiply(primitive, item, span, diagnostics),
            OpKind.Crf => Crf(primitive, item, span, diagnostics),
            OpKind.Concat => Concat(primitive, item, span, diagnostics),
            _ => primitive,
        };
    }

    /// <summary>Whether the result is of a size that numbers and memory can hold; reported where not.</summary>
    private static bool IsPossible(Primitive p, SourceSpan span, DiagnosticBag diagnostics)
    {
        foreach (var (name, value) in new[] { ("channels", p.Output.Channels), ("height", p.Output.Height), ("width", p.Output.Width) })
        {
            if (value <= Limits.Side)
                continue;
            diagnostics.Report(Rules.OutOfRange, span, $"{name} of the result", $"at most {Limits.Side}",
                value == int.MaxValue ? "more" : value);
            return false;
        }
        return true;
    }

    /// <summary>Cells of padding above and to the left of the map at the spec's input size.</summary>
    public static (int Vertical, int Horizontal) Padding(Primitive primitive)
    {
        var padding = primitive.Attributes["padding"];
        if (!padding.IsWord)
            return primitive.Pair("padding");
        var (kernel, stride, rate) = (primitive.Pair("kernel"), primitive.Pair("stride"), Rate(primitive));
        return padding.Word == OpTable.TensorFlowPadding
            ? (TensorFlowPadding(primitive.Input.Height, kernel.Vertical, stride.Vertical, rate.Vertical) / 2,
                TensorFlowPadding(primitive.Input.Width, kernel.Horizontal, stride.Horizontal, rate.Horizontal) / 2)
            : (Same(rate.Vertical, kernel.Vertical), Same(rate.Horizontal, kernel.Horizontal));

        static int Same(int rate, int kernel) => ToInt((double)rate * (kernel - 1) / 2);
    }

    /// <summary>Whether the padding depends on the size of the map, so that it is known at run time alone.</summary>
    public static bool PadsAtRunTime(Primitive primitive) =>
        primitive.Attributes.TryGetValue("padding", out var padding) && padding.IsWord && padding.Word == OpTable.TensorFlowPadding;

    /// <summary>Cells of padding on both sides together that TensorFlow's SAME adds along an axis.</summary>
    private static int TensorFlowPadding(int size, int kernel, int stride, int rate) =>
        ToInt(Math.Max(0, (Ceiling(size, stride) - 1L) * stride + (kernel - 1L) * rate + 1 - size));

    private static int Ceiling(int size, int step) => (int)((size + step - 1L) / step);

    private static (int Vertical, int Horizontal) Rate(Primitive primitive) =>
        primitive.Attributes.ContainsKey("rate") ? primitive.Pair("rate") : (1, 1);

    private static Primitive With(Primitive p, Shape output, long parameters = 0, long multiplyAdds = 0, long paddedMultiplyAdds = 0) =>
        new()
        {
            Op = p.Op,
            Attributes = p.Attributes,
            Sources = p.Sources,
            Input = p.Input,
            Output = output,
            Parameters = parameters,
            MultiplyAdds = multiplyAdds,
            SpaceToBatchMultiplyAdds = paddedMultiplyAdds,
        };

    /// <summary>A product, which may hang on the number of classes by one of its factors.</summary>
    private static Value Times(Value a, Value b, SourceSpan span) => a.PerClass == 0 || b.PerClass == 0
        ? Value.OfClasses(a.Int * b.Int, a.PerClass * b.Int + b.PerClass * a.Int)
        : throw new ClassDependenceException("a product of it and itself is no multiple of it", span);

    /// <summary>Whether a number of channels is divided by another for the spec's number of classes.</summary>
    /// <exception cref="ClassDependenceException">It is, but not for every number.</exception>
    private static bool Divides(Value divisor, Value channels, SourceSpan span)
    {
        if (channels.Int % divisor.Int != 0)
            return false;
        var part = channels.Int / divisor.Int;
        return (divisor.PerClass == 0 ? channels.PerClass % divisor.Int == 0 : channels.PerClass == part * divisor.PerClass)
            ? true
            : throw new ClassDependenceException($"{divisor} does not divide the channels for whatever number of classes", span);
    }

    private static Primitive? Convolve(Primitive p, Value outChannels, Value outGroups, SourceSpan span, DiagnosticBag diagnostics)
    {
        foreach (var (side, count) in new[] { ("input", p.Input.ChannelsValue), ("output", outChannels) })
        {
            if (Divides(outGroups, count, span))
                continue;
            diagnostics.Report(Rules.Groups, span, $"{outGroups} groups", count, side);
            return null;
        }
        var (channels, groups) = (outChannels.Int, outGroups.Int);
        if (Window(p, span, diagnostics) is not { } output)
            return null;
        var kernel = p.Pair("kernel");
        if ((double)channels * (p.Input.Channels / groups) * kernel.Vertical * kernel.Horizontal > Limits.Weights)
        {
            diagnostics.Report(Rules.OutOfRange, span, "weights", $"at most {Limits.Weights} in one layer",
                $"{channels} x {p.Input.Channels / groups} x {kernel.Vertical} x {kernel.Horizontal}");
            return null;
        }
        var weights = channels * (p.Input.Channels / groups) * kernel.Vertical * kernel.Horizontal;
        var rate = p.Op.Kind == OpKind.Conv && kernel != (1, 1) ? p.Pair("rate") : (Vertical: 1, Horizontal: 1);
        return With(p, output with { Channels = ToInt(channels), PerClass = ToInt(outChannels.PerClass) },
            weights + (p.Attributes["bias"].Bool ? channels : 0),
            weights * output.Height * output.Width,
            weights * Ceiling(output.Height, rate.Vertical) * (long)rate.Vertical * Ceiling(output.Width,
                rate.Horizontal) * rate.Horizontal);
    }

    private static Shape? Window(Primitive p, SourceSpan span, DiagnosticBag diagnostics)
    {
        var (kernel, stride, rate) = (p.Pair("kernel"), p.Pair("stride"), Rate(p));
        var padsAtRunTime = PadsAtRunTime(p);
        if (!padsAtRunTime && p.Attributes["padding"].IsWord
            && ((long)rate.Vertical * (kernel.Vertical - 1) % 2 != 0 || (long)rate.Horizontal * (kernel.Horizontal - 1) % 2 != 0))
        {
            diagnostics.Report(Rules.OutOfRange, span, "padding", "given in numbers for a kernel of even size ('same' has no middle)",
                "'same'");
            return null;
        }
        var padding = Padding(p);
        var ceil = p.Attributes.TryGetValue("ceil", out var mode) && mode.Bool;
        if (!padsAtRunTime && p.Op.Kind != OpKind.Conv && p.Op.Kind != OpKind.DepthwiseConv
            && (padding.Vertical > kernel.Vertical / 2 || padding.Horizontal > kernel.Horizontal / 2))
        {
            diagnostics.Report(Rules.OutOfRange, span, "padding", "at most half of the kernel in a pooling", p.Attributes["padding"]);
            return null;
        }
        var height = padsAtRunTime
            ? Ceiling(p.Input.Height, stride.Vertical)
            : Extent(p.Input.Height, kernel.Vertical, stride.Vertical, rate.Vertical, padding.Vertical, ceil);
        var width = padsAtRunTime
            ? Ceiling(p.Input.Width, stride.Horizontal)
            : Extent(p.Input.Width, kernel.Horizontal, stride.Horizontal, rate.Horizontal, padding.Horizontal, ceil);
        if (height < 1 || width < 1)
        {
            diagnostics.Report(Rules.EmptyMap, span, p.Input.Size,
                $"a window of {kernel.Vertical}x{kernel.Horizontal} at rate {rate.Vertical}");
            return null;
        }
        return p.Input with
        {
            Height = height,
            Width = width,
            Jump = p.Input.Jump * stride.Vertical,
            Field = p.Input.Field + (kernel.Vertical - 1.0) * rate.Vertical * p.Input.Jump,
        };
    }

    private static int Extent(int size, int kernel, int stride, int rate, int padding, bool ceil)
    {
        var span = size + 2L * padding - (long)rate * (kernel - 1) - 1;
        if (span < 0)
            return 0;
        var count = (ceil ? (span + stride - 1) / stride : span / stride) + 1;
        // A window that would begin in the far padding is left out, as everywhere.
        return ToInt(ceil && (count - 1) * stride >= size + padding ? count - 1 : count);
    }

    /// <summary>A count as a whole number; what does not fit becomes the largest, which no map has.</summary>
    private static int ToInt(double count) => count >= int.MaxValue ? int.MaxValue : (int)count;

    private static Primitive? Resize(Primitive p, Item item, SourceSpan span, DiagnosticBag diagnostics)
    {
        var isTo = item.Inputs.Count == 2;
        if (isTo == p.Attributes.ContainsKey("factor"))
        {
            diagnostics.Report(Rules.ConflictingKeys, span,
                "A resize needs 'to' (a layer whose size is taken) or 'factor', one of the two");
            return null;
        }
        if (isTo && p.Attributes.TryGetValue("grid", out var given) && given.Word != "size")
        {
            diagnostics.Report(Rules.ConflictingKeys, span,
                $"'grid: {given}' says what a 'factor' means; with 'to' the size is the other layer's");
            return null;
        }
        if (isTo)
        {
            var target = item.Inputs[1].Shape;
            return With(p, p.Input with { Height = target.Height, Width = target.Width, Jump = target.Jump });
        }
        var factor = p.Attributes["factor"].Number;
        var grid = p.Attributes["grid"].Word;
        if (grid != "size" && (grid == "corners") != p.Attributes["align_corners"].Bool)
        {
            diagnostics.Report(Rules.ConflictingKeys, span, grid == "corners"
                ? "'grid: corners' is for a resize that aligns corners: say 'align_corners: true' too"
                : "'grid: factor' spaces half-pixel centres: it can't be with 'align_corners: true'");
            return null;
        }
        var (height, width) = (Resized(p.Input.Height, factor, grid), Resized(p.Input.Width, factor, grid));
        if (height < 1 || width < 1)
        {
            diagnostics.Report(Rules.EmptyMap, span, p.Input.Size, $"a resize by {p.Attributes["factor"]}");
            return null;
        }
        return With(p, p.Input with { Height = height, Width = width, Jump = p.Input.Jump / factor });
    }

    private static int Resized(int pixels, double factor, string grid) =>
        ToInt(grid == "corners" ? Math.Floor((pixels - 1) * factor) + 1 : Math.Floor(pixels * factor));

    private static Primitive? Shuffle(Primitive p, SourceSpan span, DiagnosticBag diagnostics)
    {
        var factor = (int)p.Attributes["factor"].Int;
        if (!Divides((long)factor * factor, p.Input.ChannelsValue, span))
        {
            diagnostics.Report(Rules.Groups, span, $"{factor}x{factor} pixels", p.Input.Channels, "input");
            return null;
        }
        return With(p, p.Input with
        {
            Channels = p.Input.Channels / (factor * factor),
            PerClass = p.Input.PerClass / (factor * factor),
            Height = p.Input.Height * factor,
            Width = p.Input.Width * factor,
            Jump = p.Input.Jump / factor,
        });
    }

    private static Primitive? Elementwise(Primitive p, Item item, SourceSpan span, DiagnosticBag diagnostics)
    {
        foreach (var port in item.Inputs.Skip(1))
        {
            if (port.Shape.Channels != p.Input.Channels)
            {
                diagnostics.Report(Rules.ChannelMismatch, span,
                    $"'{p.Op.Name}' takes maps of one depth, but {Describe(item.Inputs[0])} and {Describe(port)}; bring them to one with "
                        + "a convolution of kernel 1");
                return null;
            }
            CheckClasses(item.Inputs[0], port, p.Op, span);
            if (!SameSize(p.Input, port.Shape))
                return MismatchedSize(p, item.Inputs[0], port, span, diagnostics);
        }
        return With(p, Joined(p.Input, item));
    }

    private static Primitive? Multiply(Primitive p, Item item, SourceSpan span, DiagnosticBag diagnostics)
    {
        var (a, b) = (item.Inputs[0], item.Inputs[1]);
        if (a.Shape.Channels != b.Shape.Channels)
        {
            diagnostics.Report(Rules.ChannelMismatch, span, $"'multiply' takes maps of one depth, but {Describe(a)} and {Describe(b)}");
            return null;
        }
        CheckClasses(a, b, p.Op, span);
        var isGate = b.Shape is { Height: 1, Width: 1 };
        if (!isGate && a.Shape is { Height: 1, Width: 1 })
            return With(p, Joined(b.Shape, item));
        return isGate || SameSize(a.Shape, b.Shape) ? With(p, Joined(a.Shape, item)) : MismatchedSize(p, a, b, span, diagnostics);
    }

    /// <summary>
    /// Every pixel sees the whole image. Of its work the compatibility of labels counts, a convolution of kernel 1 at each step;
    /// filtering does not, as resizing does not.
    /// </summary>
    private static Primitive? Crf(Primitive p, Item item, SourceSpan span, DiagnosticBag diagnostics)
    {
        if (item.Inputs.Count < 2)
        {
            diagnostics.Report(Rules.MissingKey, span, "Operation 'crf'", "image", "the name of the picture, such as input");
            return null;
        }
        var image = item.Inputs[1];
        if (image.Shape.Channels != 3)
        {
            diagnostics.Report(Rules.ChannelMismatch, span, $"'crf' takes the colours of a picture of 3 channels, but {Describe(image)}");
            return null;
        }
        if (!SameSize(p.Input, image.Shape))
            return MismatchedSize(p, item.Inputs[0], image, span, diagnostics);
        foreach (var sigma in new[] { "gaussian_sigma", "bilateral_sigma_xy", "bilateral_sigma_rgb" })
        {
            if (p.Attributes[sigma].Number > 0)
                continue;
            diagnostics.Report(Rules.OutOfRange, span, sigma, "above 0", p.Attributes[sigma]);
            return null;
        }
        long classes = p.Input.Channels;
        return With(p, p.Input with { Field = double.PositiveInfinity },
            2 * classes + classes * classes,
            p.Attributes["iterations"].Int * classes * classes * p.Input.Height * p.Input.Width);
    }

    private static Primitive? Concat(Primitive p, Item item, SourceSpan span, DiagnosticBag diagnostics)
    {
        if (item.Inputs.FirstOrDefault(i => !SameSize(i.Shape, p.Input)) is { } other)
            return MismatchedSize(p, item.Inputs[0], other, span, diagnostics);
        return With(p, Joined(p.Input, item) with
        {
            Channels = ToInt(item.Inputs.Sum(i => (long)i.Shape.Channels)),
            PerClass = ToInt(item.Inputs.Sum(i => (long)i.Shape.PerClass)),
        });
    }

    private static Primitive? MismatchedSize(Primitive p, Port a, Port b, SourceSpan span, DiagnosticBag diagnostics)
    {
        diagnostics.Report(Rules.SizeMismatch, span,
            $"'{p.Op.Name}' takes maps of one size, but '{a.Name}' is {a.Shape.Size} and '{b.Name}' {b.Shape.Size} (for the input size of "
                + "the spec); bring one to the other with 'op: resize, to: …'");
        return null;
    }

    /// <summary>Maps of one depth are so for whatever number of classes.</summary>
    private static void CheckClasses(Port a, Port b, OpInfo op, SourceSpan span)
    {
        if (a.Shape.PerClass != b.Shape.PerClass)
            throw new ClassDependenceException($"'{op.Name}' takes maps of one depth, and '{a.Name}' and '{b.Name}' are of one for this "
                + "number of classes alone", span);
    }

    private static string Describe(Port port) => $"'{port.Name}' has {port.Shape.Channels} channels";

    private static bool SameSize(Shape a, Shape b) => a.Height == b.Height && a.Width == b.Width;

    private static Shape Joined(Shape shape, Item item) => shape with { Field = item.Inputs.Max(i => i.Shape.Field) };
}
