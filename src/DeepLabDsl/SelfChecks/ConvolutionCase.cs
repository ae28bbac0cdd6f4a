using System;
using System.Collections.Generic;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.SelfChecks;

/// <summary>A convolution <c>[N, in, H, W]</c>, its gradient by the input and its gradient by the weights.</summary>
/// <param name="In">Channels of the input.</param>
/// <param name="Out">Channels of the result.</param>
/// <param name="Size">Height and width of the input.</param>
internal sealed record ConvolutionCase(int In, int Out, Extent Size) : NumberCase("convolution")
{
    /// <summary>The unit roundoff of TF32, to which cuDNN rounds float32 factors unless it is told not to.</summary>
    private const double TensorFloat32 = 1.0 / 2048;

    /// <summary>N.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>The types that it is checked in.</summary>
    public IReadOnlyList<ScalarType> Types { get; init; } = CaseData.Types;

    /// <summary>The memory formats that it is checked in.</summary>
    public IReadOnlyList<string> Formats { get; init; } = CaseData.Formats;

    /// <summary>Taps of a side.</summary>
    public int Kernel { get; init; } = 1;

    /// <summary>Step of the window in pixels.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Distance between taps in pixels.</summary>
    public int Rate { get; init; } = 1;

    /// <summary>Groups of channels.</summary>
    public int Groups { get; init; } = 1;

    /// <inheritdoc/>
    public override string Name =>
        $"{Kernel}x{Kernel}{(Rate > 1 ? $" rate {Rate}" : "")}{(Stride > 1 ? $" stride {Stride}" : "")}"
        + $"{(Groups == 1 ? "" : Groups == In ? " depthwise" : $" in {Groups} groups")}, batch {Batch}, {In} to {Out} channels, "
        + $"{Size.Height}x{Size.Width}";

    /// <inheritdoc/>
    public override IEnumerable<Deviation> Run(Device device, Action<string> entering)
    {
        foreach (var type in Types)
        {
            // A training on the CPU computes depthwise convolutions in float32, whatever the rest is in: libtorch 2.10 has no fast
            // bfloat16 kernels for their gradients, and the weights' gradient of atrous ones, channels-last, is left uninitialised.
            if (type == ScalarType.BFloat16 && Groups == In && Groups > 1 && device.type == DeviceType.CPU)
                continue;
            using var scope = NewDisposeScope();
            var data = new CaseData(Kernel + 10 * Rate + 1000 * In + 100_000 * Out);
            var (x, w) = (data.Draw(type, Batch, In, Size.Height, Size.Width), data.Draw(type, Out, In / Groups, Kernel, Kernel));
            // libtorch computes float64 without oneDNN: columns of the input times weights, by BLAS.
            using var shape = Forward(x, w);
            var g = data.Draw(type, shape.shape);
            entering("reference in float64");
            var reference = Compute(x, w, g);
            var (height, width) = (g.shape[2], g.shape[3]);
            var factors = device.type == DeviceType.CUDA && type == ScalarType.Float32 && backends.cudnn.allow_tf32 ? TensorFloat32 : 0;
            foreach (var format in Formats)
            {
                using var inner = NewDisposeScope();
                entering($"{format} {CaseData.NameOf(type)}");
                var (y, dx, dw) = Compute(
                    CaseData.Place(x, type, format, device), CaseData.Place(w, type, CaseData.Formats[0], device),
                    CaseData.Place(g, type, format, device));
                yield return CaseData.Compare("forward", format, type, y, reference.Y, Bound((long)In / Groups * Kernel * Kernel));
                yield return CaseData.Compare(
                    "input gradient", format, type, dx, reference.Dx, Bound((long)Out / Groups * Kernel * Kernel, Kernel * Kernel));
                yield return CaseData.Compare("weight gradient", format, type, dw, reference.Dw, Bound(Batch * height * width, Batch));
            }

            // Where the processor has no bfloat16 kernels, libtorch adds the taps of an input's gradient and the images of a
            // weight's in bfloat16 itself: each of these partial sums is rounded once more, by the root of their number in all.
            Func<double, double> Bound(long terms, int partialSums = 1) => scale =>
                ErrorBound.Sum(terms, CaseData.MeanProduct, type, scale, factors)
                + (type == ScalarType.BFloat16 ? Math.Sqrt(partialSums) * ErrorBound.Stored(type, scale) : 0);
        }
    }

    private (Tensor Y, Tensor Dx, Tensor Dw) Compute(Tensor x, Tensor w, Tensor g)
    {
        using var input = x.detach().requires_grad_();
        using var weight = w.detach().requires_grad_();
        var y = Forward(input, weight);
        var gradients = autograd.grad([y], [input, weight], [g]);
        return (y.detach(), gradients[0], gradients[1]);
    }

    private Tensor Forward(Tensor x, Tensor w)
    {
        var padding = Rate * (Kernel - 1) / 2;
        return functional.conv2d(x, w, null, [Stride, Stride], [padding, padding], [Rate, Rate], Groups);
    }
}
