using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>
/// Arithmetic of tensors with numbers that is safe beside the garbage collector.
/// <para>
/// TorchSharp 0.107 turns a number into a temporary <see cref="Scalar"/> (a plain <c>a.add(b)</c> too: its factor of 1) and
/// passes on the bare native pointer. Nothing keeps the scalar alive during the native call, so that a collection at that moment
/// lets the finalizer free what native code is about to read. What comes of it is an exception such as "alpha must not be a
/// floating point number", or a wrong number without a word; a training of some minutes meets it. These forms hold the scalar
/// until the call is over. All code that runs once a step or once a layer uses them.
/// </para>
/// </summary>
internal static class TensorArithmetic
{
    /// <summary>Never freed, so that nothing can be read too late.</summary>
    public static readonly Scalar One = 1L.ToScalar();

    /// <inheritdoc cref="One"/>
    public static readonly Scalar Zero = 0L.ToScalar();

    /// <summary><c>x += value</c>; for whole numbers.</summary>
    public static void AddInPlace(this Tensor x, long value)
    {
        using var number = value.ToScalar();
        x.add_(number, One);
    }

    /// <summary><c>x += factor * y</c>.</summary>
    public static void AddInPlace(this Tensor x, Tensor y, double factor)
    {
        using var number = factor.ToScalar();
        x.add_(y, number);
    }

    /// <summary><c>x *= factor</c>.</summary>
    public static void ScaleInPlace(this Tensor x, double factor)
    {
        using var number = factor.ToScalar();
        x.mul_(number);
    }

    /// <summary><c>x * factor</c>.</summary>
    public static Tensor Scale(this Tensor x, double factor)
    {
        using var number = factor.ToScalar();
        return x.mul(number);
    }

    /// <summary><c>x * factor</c>; whole numbers stay whole.</summary>
    public static Tensor Times(this Tensor x, long factor)
    {
        using var number = factor.ToScalar();
        return x.mul(number);
    }

    /// <summary>The number in a tensor of one element.</summary>
    public static double Number(this Tensor x)
    {
        using var number = x.ToScalar();
        return number.ToDouble();
    }
}
