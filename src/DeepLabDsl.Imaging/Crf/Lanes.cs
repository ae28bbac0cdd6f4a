using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DeepLabDsl.Crf;

/// <summary>
/// The channels of one pixel or vertex in registers. Code written once over this is compiled for each width, without loops over
/// channels.
/// </summary>
/// <typeparam name="TSelf">The width.</typeparam>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    /// <summary>The number of floats.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> floats side by side: a pixel's.</summary>
    static abstract TSelf Load(float* from);

    /// <summary>Reads a vertex' channels: eight at a time, <paramref name="block"/> floats from one eight to the next.</summary>
    static abstract TSelf Load(float* from, nint block);

    /// <summary>Writes <see cref="Count"/> floats side by side.</summary>
    void Store(float* to);

    /// <summary>Writes a vertex' channels.</summary>
    void Store(float* to, nint block);

    /// <summary>Each plus its other.</summary>
    TSelf Add(TSelf other);

    /// <summary>Each times a factor.</summary>
    TSelf Scale(float factor);

    /// <summary>Each plus its other times a factor.</summary>
    TSelf AddScaled(TSelf other, float factor);

    /// <summary>Each plus a vertex' times a factor.</summary>
    TSelf AddScaledFrom(float* from, nint block, float factor);

    /// <summary><c>exp</c> of each less the largest.</summary>
    TSelf ExpBelowMax();

    /// <summary>Each divided by the sum of all.</summary>
    TSelf Normalize();
}

/// <summary>One channel.</summary>
internal readonly unsafe struct Lanes1(float a) : ILanes<Lanes1>
{
    private readonly float _a = a;

    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Load(float* from) => new(*from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes1 Load(float* from, nint block) => Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => *to = _a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to, nint block) => Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes1 Add(Lanes1 other) => new(_a + other._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes1 Scale(float factor) => new(_a * factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes1 AddScaled(Lanes1 other, float factor) => new(_a + other._a * factor);

    public Lanes1 ExpBelowMax() => new(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes1 AddScaledFrom(float* from, nint block, float factor) => new(_a + *from * factor);

    public Lanes1 Normalize() => new(1);
}

/// <summary>Four channels.</summary>
internal readonly unsafe struct Lanes4(Vector128<float> a) : ILanes<Lanes4>
{
    private readonly Vector128<float> _a = a;

    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Load(float* from) => new(Vector128.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes4 Load(float* from, nint block) => Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => _a.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to, nint block) => Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes4 Add(Lanes4 other) => new(_a + other._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes4 Scale(float factor) => new(_a * factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes4 AddScaled(Lanes4 other, float factor) => new(Vector128.MultiplyAddEstimate(other._a, Vector128.Create(factor), _a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes4 ExpBelowMax() => new(FastMath.Exp(_a - FastMath.MaxOfAll(_a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes4 AddScaledFrom(float* from, nint block, float factor) =>
        new(Vector128.MultiplyAddEstimate(Vector128.Load(from), Vector128.Create(factor), _a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes4 Normalize() => new(_a * (Vector128<float>.One / FastMath.SumOfAll(_a)));
}

/// <summary>Eight channels.</summary>
internal readonly unsafe struct Lanes8(Vector256<float> a) : ILanes<Lanes8>
{
    private readonly Vector256<float> _a = a;

    public static int Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Load(float* from) => new(Vector256.Load(from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes8 Load(float* from, nint block) => Load(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to) => _a.Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to, nint block) => Store(to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes8 Add(Lanes8 other) => new(_a + other._a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes8 Scale(float factor) => new(_a * factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes8 AddScaled(Lanes8 other, float factor) => new(Vector256.MultiplyAddEstimate(other._a, Vector256.Create(factor), _a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes8 ExpBelowMax() => new(FastMath.Exp(_a - FastMath.MaxOfAll(_a)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes8 AddScaledFrom(float* from, nint block, float factor) =>
        new(Vector256.MultiplyAddEstimate(Vector256.Load(from), Vector256.Create(factor), _a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes8 Normalize() => new(_a * FastMath.InverseSum(_a));
}

/// <summary>Sixteen channels.</summary>
internal readonly unsafe struct Lanes16(Vector256<float> a, Vector256<float> b) : ILanes<Lanes16>
{
    private readonly Vector256<float> _a = a;
    private readonly Vector256<float> _b = b;

    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Load(float* from) => new(Vector256.Load(from), Vector256.Load(from + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes16 Load(float* from, nint block) => new(Vector256.Load(from), Vector256.Load(from + block));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to)
    {
        _a.Store(to);
        _b.Store(to + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to, nint block)
    {
        _a.Store(to);
        _b.Store(to + block);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes16 Add(Lanes16 other) => new(_a + other._a, _b + other._b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes16 Scale(float factor) => new(_a * factor, _b * factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes16 AddScaled(Lanes16 other, float factor)
    {
        var f = Vector256.Create(factor);
        return new(Vector256.MultiplyAddEstimate(other._a, f, _a), Vector256.MultiplyAddEstimate(other._b, f, _b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes16 ExpBelowMax()
    {
        var max = FastMath.MaxOfAll(Vector256.MaxNative(_a, _b));
        return new(FastMath.Exp(_a - max), FastMath.Exp(_b - max));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes16 AddScaledFrom(float* from, nint block, float factor)
    {
        var f = Vector256.Create(factor);
        return new(
            Vector256.MultiplyAddEstimate(Vector256.Load(from), f, _a), Vector256.MultiplyAddEstimate(Vector256.Load(from + block), f, _b));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes16 Normalize()
    {
        var factor = FastMath.InverseSum(_a + _b);
        return new(_a * factor, _b * factor);
    }
}

/// <summary>Twenty-four channels: the 19 of Cityscapes and the 21 of VOC.</summary>
internal readonly unsafe struct Lanes24(Vector256<float> a, Vector256<float> b, Vector256<float> c) : ILanes<Lanes24>
{
    private readonly Vector256<float> _a = a;
    private readonly Vector256<float> _b = b;
    private readonly Vector256<float> _c = c;

    public static int Count => 24;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes24 Load(float* from) => new(Vector256.Load(from), Vector256.Load(from + 8), Vector256.Load(from + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes24 Load(float* from, nint block) =>
        new(Vector256.Load(from), Vector256.Load(from + block), Vector256.Load(from + 2 * block));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to)
    {
        _a.Store(to);
        _b.Store(to + 8);
        _c.Store(to + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* to, nint block)
    {
        _a.Store(to);
        _b.Store(to + block);
        _c.Store(to + 2 * block);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes24 Add(Lanes24 other) => new(_a + other._a, _b + other._b, _c + other._c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes24 Scale(float factor) => new(_a * factor, _b * factor, _c * factor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes24 AddScaled(Lanes24 other, float factor)
    {
        var f = Vector256.Create(factor);
        return new(
            Vector256.MultiplyAddEstimate(other._a, f, _a), Vector256.MultiplyAddEstimate(other._b, f, _b),
            Vector256.MultiplyAddEstimate(other._c, f, _c));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes24 ExpBelowMax()
    {
        var max = FastMath.MaxOfAll(Vector256.MaxNative(Vector256.MaxNative(_a, _b), _c));
        return new(FastMath.Exp(_a - max), FastMath.Exp(_b - max), FastMath.Exp(_c - max));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes24 AddScaledFrom(float* from, nint block, float factor)
    {
        var f = Vector256.Create(factor);
        return new(
            Vector256.MultiplyAddEstimate(Vector256.Load(from), f, _a), Vector256.MultiplyAddEstimate(Vector256.Load(from + block), f, _b),
            Vector256.MultiplyAddEstimate(Vector256.Load(from + 2 * block), f, _c));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Lanes24 Normalize()
    {
        var factor = FastMath.InverseSum(_a + _b + _c);
        return new(_a * factor, _b * factor, _c * factor);
    }
}
