using System;
using System.Collections.Generic;
using DeepLabDsl.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>An operation without weights on a map <c>[N, C, H, W]</c>, and its gradient by the map.</summary>
/// <param name="Group">What kind it is.</param>
/// <param name="What">What it does.</param>
/// <param name="Size">Height and width of the map.</param>
/// <param name="Operation">It.</param>
/// <param name="Terms">
/// The most values of the map that a result is a sum of; the root of their number where they are many. 1: no sum.
/// </param>
/// <param name="GradientTerms">The same of the gradient: the most gradients of results that it is a sum of.</param>
internal sealed record MapCase(
    string Group, string What, Extent Size, Func<Tensor, Tensor> Operation, double Terms, double GradientTerms) : NumberCase(Group)
{
    /// <summary>N.</summary>
    public int Batch { get; init; } = 2;

    /// <summary>C; no multiple of a vector's width.</summary>
    public int Channels { get; init; } = 19;

    /// <summary>
    /// How far, relative to the values, the factors of a sum may be off besides: where they are computed from coordinates in float32,
    /// which are as exact as their size allows.
    /// </summary>
    public double FactorError { get; init; }

    /// <inheritdoc/>
    public override string Name => $"{What}, batch {Batch}, {Channels} channels, {Size.Height}x{Size.Width}";

    /// <inheritdoc/>
    public override IEnumerable<Deviation> Run(Device device, Action<string> entering)
    {
        foreach (var type in CaseData.Types)
        {
            using var scope = NewDisposeScope();
            var data = new CaseData(7);
            var x = data.Draw(type, Batch, Channels, Size.Height, Size.Width);
            entering("reference in float64");
            var g = data.Draw(type, Operation(x).shape);
            var (y, dx) = Compute(x, g);
            foreach (var format in CaseData.Formats)
            {
                using var inner = NewDisposeScope();
                entering($"{format} {CaseData.NameOf(type)}");
                var actual = Compute(CaseData.Place(x, type, format, device), CaseData.Place(g, type, format, device));
                yield return CaseData.Compare("forward", format, type, actual.Y, y, Bound(Terms));
                yield return CaseData.Compare("input gradient", format, type, actual.Dx, dx, Bound(GradientTerms));
            }

            // Sums of a few values are kept in the type itself: each step rounds.
            Func<double, double> Bound(double terms) =>
                scale => (terms <= 1 ? 0 : terms * ErrorBound.Stored(type, scale)) + FactorError * scale;
        }
    }

    private (Tensor Y, Tensor Dx) Compute(Tensor x, Tensor g)
    {
        using var input = x.detach().requires_grad_();
        var y = Operation(input);
        return (y.detach(), autograd.grad([y], [input], [g])[0]);
    }
}
