using System;
using System.Collections.Generic;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.SelfChecks;

/// <summary>The reference itself: libtorch's float64 convolution beside plain loops. Other cases stand on it.</summary>
internal sealed record ReferenceCase() : NumberCase("reference")
{
    private const int Batch = 2, In = 5, Out = 7, Height = 13, Width = 11, Kernel = 3, Rate = 2;

    /// <inheritdoc/>
    public override string Name => "float64 convolution beside plain loops";

    /// <inheritdoc/>
    public override IEnumerable<Deviation> Run(Device device, Action<string> entering)
    {
        entering("float64");
        using var scope = NewDisposeScope();
        var data = new CaseData(1);
        var (x, w) = (data.Draw(ScalarType.Float32, Batch, In, Height, Width), data.Draw(ScalarType.Float32, Out, In, Kernel, Kernel));
        var y = functional.conv2d(x, w, null, [1, 1], [Rate, Rate], [Rate, Rate]);
        var (a, b) = (x.data<double>().ToArray(), w.data<double>().ToArray());
        var loops = new double[Batch * Out * Height * Width];
        for (var i = 0; i < loops.Length; i++)
            loops[i] = At(a, b, i / (Out * Height * Width), i / (Height * Width) % Out, i / Width % Height, i % Width);
        // Both sum in float64: 2^-53 a term.
        yield return CaseData.Compare(
            "forward", CaseData.Formats[0], ScalarType.Float64, y, tensor(loops, y.shape),
            _ => In * Kernel * Kernel * Math.Pow(2, -53) * In * Kernel * Kernel);
    }

    private static double At(double[] x, double[] w, int n, int o, int row, int column)
    {
        var sum = 0.0;
        for (var c = 0; c < In; c++)
        {
            for (var tap = 0; tap < Kernel * Kernel; tap++)
            {
                var (i, j) = (row + (tap / Kernel - 1) * Rate, column + (tap % Kernel - 1) * Rate);
                if (i is >= 0 and < Height && j is >= 0 and < Width)
                    sum += x[((n * In + c) * Height + i) * Width + j] * w[(o * In + c) * Kernel * Kernel + tap];
            }
        }
        return sum;
    }
}
