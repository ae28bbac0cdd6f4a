using System;
using System.Globalization;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace DeepLabDsl.Native;

/// <summary>Where the taps of a convolution are, on both axes: height, then width.</summary>
/// <param name="Padding">Zeros on each side.</param>
/// <param name="Stride">Step of the window in pixels.</param>
/// <param name="Rate">Distance between taps in pixels: the atrous rate.</param>
/// <param name="Groups">Groups of channels that see only each other.</param>
public sealed record FusedWindow((long Vertical, long Horizontal) Padding, (long Vertical, long Horizontal) Stride,
    (long Vertical, long Horizontal) Rate, long Groups);

/// <summary>What a convolution does to each value before it is written.</summary>
public enum FusedActivation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>min(max(x + 3, 0), 6) / 6.</summary>
    HardSigmoid,

    /// <summary>x * hard_sigmoid(x).</summary>
    HardSwish,
}

/// <summary>
/// Convolutions on the CPU that take a kernel which was brought into oneDNN's layout once, and that add a map and apply an activation
/// before a value is written. TorchSharp has no names for them; they are functions of libtorch's C interface for compiled models
/// (<c>aoti_torch_cpu_mkldnn__convolution_pointwise</c>), which take the tensors that TorchSharp holds. Maps have their channels last.
/// </summary>
public static unsafe class FusedConvolution
{
    private const string PlainName = "aoti_torch_cpu_mkldnn__convolution_pointwise";
    private const string SumName = "aoti_torch_cpu_mkldnn__convolution_pointwise_binary";
    private const string SumInPlaceName = "aoti_torch_cpu_mkldnn__convolution_pointwise_binary_";

    private static readonly System.Threading.Lock Gate = new();

    // Names are handed to native code: they are made once and never freed.
    private static readonly byte* Add = Text("add");
    private static readonly byte*[] Activations =
        [Text("none"), Text("relu"), Text("hardtanh"), Text("sigmoid"), Text("hardsigmoid"), Text("hardswish")];

    private static readonly Lazy<Functions?> Found = new(Find);

    /// <summary>Whether the libtorch that is loaded has them: builds for x86-64 with oneDNN do.</summary>
    public static bool IsAvailable => Found.Value is not null;

    /// <summary>A kernel in the layout that oneDNN computes with.</summary>
    /// <param name="kernel"><c>[out, in / groups, kernel height, kernel width]</c>, float32 or bfloat16.</param>
    /// <param name="window">Where its taps are.</param>
    /// <param name="inputShape">The shape of the maps that it will mostly see; others are computed too.</param>
    /// <returns>A new tensor that only <see cref="Run"/> can read.</returns>
    public static Tensor Pack(Tensor kernel, FusedWindow window, long[] inputShape)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(window);
        // TorchScript reaches operations that neither TorchSharp nor the C interface names.
        var script = string.Create(CultureInfo.InvariantCulture, $"""
            def pack(kernel: Tensor) -> Tensor:
                return torch.mkldnn_reorder_conv2d_weight(
                    kernel.to_mkldnn(), [{window.Padding.Vertical}, {window.Padding.Horizontal}],
                    [{window.Stride.Vertical}, {window.Stride.Horizontal}], [{window.Rate.Vertical}, {window.Rate.Horizontal}],
                    {window.Groups}, [{string.Join(", ", inputShape)}])

            """);
        lock (Gate)
        {
            using var unit = jit.compile(script);
            return (Tensor)unit.invoke("pack", kernel)!;
        }
    }

    /// <summary>Convolves.</summary>
    /// <param name="x">A map <c>[N, C, H, W]</c>; it is copied where its channels are not last.</param>
    /// <param name="kernel">A packed kernel.</param>
    /// <param name="bias"><c>[out]</c>, of the map's type; null: none.</param>
    /// <param name="window">Where the taps are.</param>
    /// <param name="activation">What is done to each value.</param>
    public static Tensor Run(Tensor x, Tensor kernel, Tensor? bias, FusedWindow window, FusedActivation activation)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(window);
        var functions = Functions.Required(Found.Value);
        var geometry = stackalloc long[] { window.Padding.Vertical, window.Padding.Horizontal, window.Stride.Vertical,
            window.Stride.Horizontal, window.Rate.Vertical, window.Rate.Horizontal };
        double low = 0, high = 6;
        var limits = stackalloc double*[] { &low, &high };
        nint offset = bias?.Handle ?? 0, result;
        var code = functions.Plain(
            x.Handle, kernel.Handle, bias is null ? null : &offset, geometry, 2, geometry + 2, 2, geometry + 4, 2, window.Groups,
            Activations[(int)activation], limits, activation == FusedActivation.Relu6 ? 2 : 0, null, &result);
        GC.KeepAlive(x);
        GC.KeepAlive(kernel);
        GC.KeepAlive(bias);
        return Result(code, result);
    }

    /// <summary>Convolves, adds another map, and applies max(x, 0) to the sum where that is asked for.</summary>
    /// <param name="x">A map <c>[N, C, H, W]</c>.</param>
    /// <param name="other">The other map, of the result's shape, channels last.</param>
    /// <param name="kernel">A packed kernel.</param>
    /// <param name="bias"><c>[out]</c>; null: none.</param>
    /// <param name="window">Where the taps are.</param>
    /// <param name="isRectified">Whether the sum is rectified.</param>
    /// <param name="isInPlace">Whether the result takes the place of the other map.</param>
    public static Tensor RunSum(
        Tensor x, Tensor other, Tensor kernel, Tensor? bias, FusedWindow window, bool isRectified, bool isInPlace)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(window);
        var functions = Functions.Required(Found.Value);
        var geometry = stackalloc long[] { window.Padding.Vertical, window.Padding.Horizontal, window.Stride.Vertical,
            window.Stride.Horizontal, window.Rate.Vertical, window.Rate.Horizontal };
        double one = 1;
        var relu = Activations[(int)FusedActivation.Relu];
        nint offset = bias?.Handle ?? 0, result;
        var code = isInPlace
            ? functions.SumInPlace(
                other.Handle, x.Handle, kernel.Handle, bias is null ? null : &offset, geometry, 2, geometry + 2, 2, geometry + 4, 2,
                window.Groups, Add, &one, isRectified ? &relu : null, null, 0, null, &result)
            : functions.Sum(
                x.Handle, other.Handle, kernel.Handle, bias is null ? null : &offset, geometry, 2, geometry + 2, 2, geometry + 4, 2,
                window.Groups, Add, &one, isRectified ? &relu : null, null, 0, null, &result);
        GC.KeepAlive(x);
        GC.KeepAlive(other);
        GC.KeepAlive(kernel);
        GC.KeepAlive(bias);
        return Result(code, result);
    }

    private static Tensor Result(int code, nint result) => code == 0
        ? Tensor.UnsafeCreateTensor(result)
        : throw new ExternalException("oneDNN has refused a convolution; libtorch has written why to the error stream.");

    private static byte* Text(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);

    private static Functions? Find()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !NativeBackend.TryGetExport(PlainName, out var plain) || !NativeBackend.TryGetExport(SumName, out var sum)
            || !NativeBackend.TryGetExport(SumInPlaceName, out var sumInPlace))
            return null;
        return new Functions
        {
            Plain = (delegate* unmanaged<nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**,
                nint*, int>)plain,
            Sum = (delegate* unmanaged<nint, nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double*, byte**,
                double**, long, byte**, nint*, int>)sum,
            SumInPlace = (delegate* unmanaged<nint, nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double*,
                byte**, double**, long, byte**, nint*, int>)sumInPlace,
        };
    }

    private sealed class Functions
    {
        public delegate* unmanaged<nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**, nint*,
            int> Plain;
        public delegate* unmanaged<nint, nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double*, byte**, double**,
            long, byte**, nint*, int> Sum;
        public delegate* unmanaged<nint, nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double*, byte**, double**,
            long, byte**, nint*, int> SumInPlace;

        public static Functions Required(Functions? found) =>
            found ?? throw new NotSupportedException("The libtorch that is loaded has no fused convolutions.");
    }
}
