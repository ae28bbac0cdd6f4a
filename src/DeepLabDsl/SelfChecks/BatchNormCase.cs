using System;
using System.Collections.Generic;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>Batch norm of <c>[N, C, H, W]</c>: result, running statistics, and the gradients by input, scale and shift.</summary>
/// <param name="Channels">C.</param>
/// <param name="Size">Height and width.</param>
/// <param name="Training">Whether it normalises by the batch's own statistics.</param>
internal sealed record BatchNormCase(int Channels, Extent Size, bool Training) : NumberCase("batch norm")
{
    /// <summary>N.</summary>
    public int Batch { get; init; } = 3;

    /// <inheritdoc/>
    public override string Name =>
        $"{(Training ? "in training" : "by running statistics")}, batch {Batch}, {Channels} channels, {Size.Height}x{Size.Width}";

    /// <inheritdoc/>
    public override IEnumerable<Deviation> Run(Device device, Action<string> entering)
    {
        foreach (var type in CaseData.Types)
        {
            using var scope = NewDisposeScope();
            var data = new CaseData(3);
            var x = data.Draw(type, Batch, Channels, Size.Height, Size.Width);
            var g = data.Draw(type, x.shape);
            var (scale, shift) = (data.Draw(ScalarType.Float32, Channels), data.Draw(ScalarType.Float32, Channels));
            entering("reference in float64");
            var reference = Compute(x, g, scale, shift, ScalarType.Float64);
            foreach (var format in CaseData.Formats)
            {
                using var inner = NewDisposeScope();
                entering($"{format} {CaseData.NameOf(type)}");
                // Scale, shift and statistics are float32 whatever the map is, as in a training.
                var actual = Compute(
                    CaseData.Place(x, type, format, device), CaseData.Place(g, type, format, device), scale.to(device), shift.to(device),
                    ScalarType.Float32);
                var terms = (double)Batch * Size.Height * Size.Width;
                // Deviations of 1/√3 divide: what a mean is off by grows as much.
                var statistics = ErrorBound.Sum(terms, 1, ScalarType.Float32, 0) / terms * 3;
                yield return CaseData.Compare(
                    "forward", format, type, actual.Y, reference.Y, s => statistics * s + 4 * ErrorBound.Stored(type, s));
                yield return CaseData.Compare(
                    "input gradient", format, type, actual.Dx, reference.Dx, s => statistics * s + 4 * ErrorBound.Stored(type, s));
                yield return CaseData.Compare(
                    "scale gradient", format, type, actual.DScale, reference.DScale,
                    _ => ErrorBound.Sum(terms, 2 * CaseData.MeanProduct, ScalarType.Float32, terms));
                yield return CaseData.Compare(
                    "shift gradient", format, type, actual.DShift, reference.DShift,
                    _ => ErrorBound.Sum(terms, 0.5, ScalarType.Float32, terms));
                yield return CaseData.Compare(
                    "running mean", format, type, actual.Mean, reference.Mean, s => statistics + ErrorBound.Stored(ScalarType.Float32, s));
                yield return CaseData.Compare(
                    "running variance", format, type, actual.Variance, reference.Variance,
                    s => statistics + 4 * ErrorBound.Stored(ScalarType.Float32, s));
            }
        }
    }

    private Result Compute(Tensor x, Tensor g, Tensor scale, Tensor shift, ScalarType statistics)
    {
        using var norm = new BatchNorm2d(Channels);
        norm.to(x.device);
        norm.to(statistics);
        norm.train(Training);
        using (no_grad())
        {
            norm.weight!.copy_(scale);
            norm.bias!.copy_(shift);
        }
        using var input = x.detach().requires_grad_();
        var y = norm.forward(input);
        var gradients = autograd.grad([y], [input, norm.weight!, norm.bias!], [g]);
        return new Result(y.detach(), gradients[0], gradients[1], gradients[2], norm.running_mean!.clone(), norm.running_var!.clone());
    }

    private sealed record Result(Tensor Y, Tensor Dx, Tensor DScale, Tensor DShift, Tensor Mean, Tensor Variance);
}
