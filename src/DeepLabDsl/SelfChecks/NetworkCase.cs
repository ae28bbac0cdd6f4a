using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>A network of the zoo end to end, with random weights: its logits, and the gradient by its input through all of it.</summary>
/// <param name="Family">What it stands for.</param>
/// <param name="Network">Its name.</param>
/// <param name="Size">Height and width of the input.</param>
internal sealed record NetworkCase(string Family, string Network, Extent Size) : NumberCase("network")
{
    private const int Classes = 5;

    /// <summary>
    /// Of the gradient, root mean square by root mean square. It has steps where logits have none: a ReLU whose input rounding takes
    /// across zero passes a gradient in one arithmetic and none in the other. There are a few among a million; a wrong kernel changes
    /// all.
    /// </summary>
    private const double GradientTolerance = 0.01;

    /// <summary>
    /// Relative to the largest value. Roundings of layers are independent and add up as the root of their number: 100 layers, each
    /// off by the
    /// <c>6 √n</c> roundoffs of sums of n = 500 terms, of which the next keeps the relative size.
    /// </summary>
    private static readonly double Tolerance = Math.Sqrt(100) * 6 * Math.Sqrt(500) * ErrorBound.Roundoff(ScalarType.Float32);

    /// <inheritdoc/>
    public override string Name => $"{Family}: {Network}, {Size.Height}x{Size.Width}";

    /// <inheritdoc/>
    public override IEnumerable<Deviation> Run(Device device, Action<string> entering)
    {
        using var scope = NewDisposeScope();
        entering("weights");
        using var draws = new SeededDraws(17, CPU);
        using var network = Zoo.NetworkCatalog.All.First(n => n.Name == Network).Create(Classes);
        network.eval();
        var data = new CaseData(13);
        var x = data.Draw(ScalarType.Float32, 1, 3, Size.Height, Size.Width);
        var g = data.Draw(ScalarType.Float32, 1, Classes, Size.Height, Size.Width);
        var results = new List<(string Format, Tensor Logits, Tensor Gradient)>();
        network.to(device);
        foreach (var format in CaseData.Formats)
        {
            entering($"{format} float32");
            var (logits, gradient) = Compute(
                network, CaseData.Place(x, ScalarType.Float32, format, device), g.to(ScalarType.Float32).to(device));
            results.Add((format, logits, gradient));
        }
        entering("reference in float64");
        network.to(CPU);
        network.to(ScalarType.Float64);
        var reference = Compute(network, x, g);
        foreach (var (format, logits, gradient) in results)
        {
            yield return CaseData.Compare("logits", format, ScalarType.Float32, logits, reference.Logits, s => Tolerance * s);
            var (off, size) = (Rms(gradient.to(ScalarType.Float64).cpu().sub(reference.Gradient)), Rms(reference.Gradient));
            yield return new Deviation(
                "input gradient, root mean square", format, CaseData.NameOf(ScalarType.Float32), off, GradientTolerance * size, size);
        }
    }

    private static double Rms(Tensor x)
    {
        using var scope = NewDisposeScope();
        return x.square().mean().sqrt().item<double>();
    }

    private static (Tensor Logits, Tensor Gradient) Compute(SegmentationNetwork network, Tensor x, Tensor g)
    {
        using var input = x.detach().requires_grad_();
        using var output = network.call(input);
        return (output.Logits.detach().clone(), autograd.grad([output.Logits], [input], [g])[0]);
    }
}
