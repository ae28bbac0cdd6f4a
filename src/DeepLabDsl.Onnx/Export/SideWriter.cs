using System;
using System.Collections.Generic;
using DeepLabDsl.Graph;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>A whole number that is known when the file is written, or else computed when it runs.</summary>
/// <param name="Number">The number; null: it is computed.</param>
/// <param name="Name">The value of one element, int64, that holds it where it is computed.</param>
internal readonly record struct Whole(long? Number, string Name)
{
    public static implicit operator Whole(long number) => new(number, "");

    public bool Is(long number) => Number == number;
}

/// <summary>
/// Writes the formulas by which sides of maps follow from the input's. They read the shape of the model's input and of nothing
/// else: to ask a map inside of the network for its shape would bring it out of the layout that the runtime keeps it in.
/// </summary>
internal sealed class SideWriter
{
    private readonly OnnxGraphBuilder _builder;
    private readonly Func<Axis, Whole> _input;
    private readonly Dictionary<Side, Whole> _sides = [];
    private readonly Dictionary<(string, Whole, Whole), Whole> _results = [];

    /// <param name="builder">The graph.</param>
    /// <param name="input">The sides of the network's input.</param>
    public SideWriter(OnnxGraphBuilder builder, Func<Axis, Whole> input) => (_builder, _input) = (builder, input);

    /// <summary>A side.</summary>
    public Whole Write(Side side)
    {
        if (!_sides.TryGetValue(side, out var known))
            _sides.Add(side, known = Make(side));
        return known;
    }

    /// <summary>The numbers one after the other, as one value.</summary>
    public string Join(string wanted, params IReadOnlyList<Whole> numbers)
    {
        var fixedNumbers = new List<long>();
        foreach (var number in numbers)
        {
            if (number.Number is { } value)
                fixedNumbers.Add(value);
        }
        if (fixedNumbers.Count == numbers.Count)
            return _builder.Constant([.. fixedNumbers]);
        var names = new List<string>();
        foreach (var number in numbers)
            names.Add(Name(number));
        return _builder.AddNew("Concat", wanted, names, Attributes.Of("axis", 0));
    }

    public Whole Add(Whole a, Whole b) => b.Is(0) ? a : a.Is(0) ? b : Apply("Add", a, b, (x, y) => x + y);

    public Whole Subtract(Whole a, Whole b) => b.Is(0) ? a : Apply("Sub", a, b, (x, y) => x - y);

    public Whole Multiply(Whole a, Whole b) => b.Is(1) ? a : Apply("Mul", a, b, (x, y) => x * y);

    /// <summary>Rounded down; neither is below 0 where an input is large enough.</summary>
    public Whole Divide(Whole a, Whole b) => b.Is(1) ? a : Apply("Div", a, b, (x, y) => x / y);

    /// <summary>Rounded up.</summary>
    public Whole DivideUp(Whole a, long b) => Divide(Add(a, b - 1), b);

    public Whole Larger(Whole a, Whole b) => Apply("Max", a, b, Math.Max);

    public Whole Smaller(Whole a, Whole b) => Apply("Min", a, b, Math.Min);

    /// <summary>The name of a value that holds the number.</summary>
    public string Name(Whole number) => number.Number is { } value ? _builder.Constant(value) : number.Name;

    private Whole Make(Side side)
    {
        switch (side)
        {
            case ConstantSide c:
                return c.Pixels;
            case InputSide i:
                return _input(i.Axis);
            case SumSide s:
                return s.Pixels >= 0 ? Add(Write(s.Side), s.Pixels) : Subtract(Write(s.Side), -s.Pixels);
            case ProductSide p:
                return Multiply(Write(p.Side), p.Factor);
            case QuotientSide q:
                return Divide(Write(q.Side), q.Divisor);
            case ScaledSide s:
                return Scale(Write(s.Side), s.Factor, s.Grid);
            case CeilingSide c:
                return Count(Write(c.Side), c.Window);
            default:
                throw new NotSupportedException($"{side.GetType().Name} can't be written.");
        }
    }

    /// <summary>The windows of <c>ceil</c>: those of which the last may reach beyond the padding, but none that begins in it.</summary>
    public Whole Count(Whole size, WindowAxis axis) => size.Number is { } pixels
        ? axis.Count(pixels, ceil: true)
        : Smaller(
            Add(DivideUp(Subtract(Add(size, axis.Before + axis.After), axis.Reach + 1), axis.Stride), 1),
            DivideUp(Add(size, axis.Before), axis.Stride));

    private Whole Scale(Whole size, double factor, ResizeGrid grid)
    {
        if (size.Number is { } pixels)
            return Side.Of(pixels).Scaled(factor, grid).At(0, 0);
        // In 64 bits, as the network does; a cast leaves the fraction out.
        var isCorners = grid == ResizeGrid.Corners;
        var number = _builder.AddNew("Cast", "size/double", [Name(isCorners ? Subtract(size, 1) : size)],
            Attributes.Of("to", (long)ElementType.Double));
        var product = _builder.AddNew("Mul", "size/scaled", [number, _builder.Double(factor)]);
        var whole = new Whole(null, _builder.AddNew("Cast", "size/whole", [product], Attributes.Of("to", (long)ElementType.Int64)));
        return isCorners ? Add(whole, 1) : whole;
    }

    private Whole Apply(string type, Whole a, Whole b, Func<long, long, long> compute)
    {
        if (a.Number is { } x && b.Number is { } y)
            return compute(x, y);
        if (!_results.TryGetValue((type, a, b), out var known))
            _results.Add((type, a, b), known = new Whole(null, _builder.AddNew(type, $"size/{type.ToLowerInvariant()}",
                [Name(a), Name(b)])));
        return known;
    }
}
