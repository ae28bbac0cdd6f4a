using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>The form of a dense CRF.</summary>
internal enum CrfForm
{
    /// <summary><see cref="DenseCrf"/>: of the CPU alone.</summary>
    Cpu,

    /// <summary><see cref="TensorCrf"/>.</summary>
    Tensors,

    /// <summary><see cref="CrfLayer"/>, with its gradients.</summary>
    Layer,
}

/// <summary>A dense CRF in one of its forms, beside a mean field in float64 over the matrices of <see cref="LatticeReference"/>.</summary>
/// <param name="Form">The form.</param>
/// <param name="Classes">The number of classes.</param>
internal sealed record CrfCase(CrfForm Form, int Classes) : NumberCase("crf")
{
    private const int Width = 20, Height = 14, Iterations = 5;

    /// <summary>
    /// A coordinate of the lattice is some 40 here, off by as many roundoffs; weights in its simplices are off by as much, five of them a
    /// pixel in a lattice of five dimensions. An iteration multiplies that by the kernels' weights, 8 together, and the softmax passes on
    /// a quarter of it at most (the greatest slope of a probability).
    /// </summary>
    private static readonly double Tolerance = 40 * 5 * Iterations * (8 / 4.0) * ErrorBound.Roundoff(ScalarType.Float32);

    /// <inheritdoc/>
    public override string Name =>
        $"{Form switch { CrfForm.Cpu => "CPU form", CrfForm.Tensors => "tensor form", _ => "layer" }}, {Classes} classes, {Height}x{Width}";

    /// <inheritdoc/>
    public override IEnumerable<Deviation> Run(Device device, Action<string> entering)
    {
        using var scope = NewDisposeScope();
        var data = new CaseData(11);
        var image = Picture();
        var options = CrfOptions.GaussianAndBilateral(2, 3, 8, 20, 5, Iterations);
        var unary = data.Draw(ScalarType.Float32, 1, Classes, Height, Width).mul(tensor(3.0));
        var g = data.Draw(ScalarType.Float32, unary.shape);
        entering("reference in float64");
        var logits = unary.neg().detach().requires_grad_();
        var weights = tensor(options.Terms.SelectMany(t => Enumerable.Repeat(t.Weight, Classes)).ToArray(), [2, Classes]).requires_grad_();
        var scores = Reference(logits, weights, image, options);
        var format = CaseData.Formats[0];
        if (Form != CrfForm.Layer)
        {
            entering("float32");
            var small = unary.to(ScalarType.Float32);
            Tensor q;
            if (Form == CrfForm.Cpu)
            {
                using var crf = new DenseCrf(options);
                q = tensor(crf.Infer(image, small.data<float>().ToArray(), Classes).Probabilities, unary.shape);
            }
            else
            {
                q = TensorCrf.Infer(CrfRefiner.Pixels(image, device), small.to(device), options);
            }
            yield return CaseData.Compare("probabilities", format, ScalarType.Float32, q, scores.detach().softmax(1), _ => Tolerance);
            yield break;
        }
        var reference = autograd.grad([scores], [logits, weights], [g]);
        entering("float32");
        using var layer = new CrfLayer(Classes, options, [0, 0, 0], [1, 1, 1]);
        layer.to(device);
        using var input = CrfRefiner.Pixels(image, device).to(ScalarType.Float32).div(tensor(255f, device: device));
        using var own = logits.detach().to(ScalarType.Float32).to(device).requires_grad_();
        var actual = layer.forward(own, input);
        var gradients = autograd.grad([actual], [own, layer.KernelWeights], [g.to(ScalarType.Float32).to(device)]);
        yield return CaseData.Compare("forward", format, ScalarType.Float32, actual.detach(), scores.detach(), s => Tolerance * s);
        yield return CaseData.Compare("input gradient", format, ScalarType.Float32, gradients[0], reference[0], s => Tolerance * s);
        yield return CaseData.Compare("weight gradient", format, ScalarType.Float32, gradients[1], reference[1], s => Tolerance * s);
    }

    /// <summary>Two areas with a soft edge and some noise, so that colours differ from pixel to pixel.</summary>
    private static RgbImage Picture()
    {
        var random = new Random(5);
        var pixels = new byte[Width * Height * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i / 3 % Width, i / 3 / Width);
            pixels[i] = (byte)(60 + 110 / (1 + Math.Exp(Width / 2 + y / 2 - x - 3)) + 20 * (i % 3) + random.Next(12));
        }
        return new RgbImage(Width, Height, pixels);
    }

    private Tensor Reference(Tensor logits, Tensor weights, RgbImage image, CrfOptions options)
    {
        var pixels = Width * Height;
        var kernels = options.Terms
            .Select(t => tensor(
                LatticeReference.Matrix([.. Enumerable.Range(0, pixels).Select(i => Features(t, image, i))]), [pixels, pixels])).ToList();
        var unary = TensorCrf.ToRows(logits);
        var compatibility = ones([Classes, Classes], ScalarType.Float64).sub(eye(Classes, dtype: ScalarType.Float64));
        var scores = unary;
        for (var step = 0; step < Iterations; step++)
        {
            var q = scores.softmax(1);
            var message = Layers.Add(kernels[0].matmul(q).mul(weights[0]), kernels[1].matmul(q).mul(weights[1]));
            scores = unary.sub(message.matmul(compatibility));
        }
        return TensorCrf.ToPlanes(scores, 1, Height, Width);
    }

    private static double[] Features(PairwiseTerm term, RgbImage image, int pixel)
    {
        var (y, x) = Math.DivRem(pixel, Width);
        var color = image[x, y];
        return term is GaussianTerm g
            ? [x / g.Sigma, y / g.Sigma]
            : ((BilateralTerm)term) is var b
                ? [x / b.SigmaXY, y / b.SigmaXY, color.R / b.SigmaRgb, color.G / b.SigmaRgb, color.B / b.SigmaRgb]
                : [];
    }
}
