using System;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Crf;

/// <summary>Mean field with the kernels as they are defined, every pair of pixels, in float64: slow and sure.</summary>
internal static class ExactCrf
{
    /// <summary>Probabilities <c>[classes, pixels]</c> and the divergence after each step.</summary>
    public static (double[] Probabilities, double[] Divergence) Infer(CrfOptions options, RgbImage image, float[] unary, int classes)
    {
        var pixels = image.Width * image.Height;
        var kernels = options.Terms.Select(t => Normalized(Kernel(t, image), t.Normalization)).ToArray();
        var scores = unary.Select(u => -(double)u).ToArray();
        var q = Softmax(scores, classes, pixels);
        var divergence = new double[options.Iterations + 1];
        for (var step = 0; step <= options.Iterations; step++)
        {
            var next = (double[])scores.Clone();
            for (var t = 0; t < kernels.Length; t++)
                AddMessages(next, q, kernels[t], options.Terms[t], classes, pixels);
            divergence[step] = Enumerable.Range(0, q.Length).Sum(i => q[i] * (Math.Log(Math.Max(q[i], 1e-20)) - next[i]));
            if (step < options.Iterations)
                q = Softmax(next, classes, pixels);
        }
        return (q, divergence);
    }

    /// <summary><c>exp(-|f_i - f_j|^2 / 2)</c> of every pair, a pixel with itself included.</summary>
    public static double[,] Kernel(PairwiseTerm term, RgbImage image)
    {
        var pixels = image.Width * image.Height;
        var features = Enumerable.Range(0, pixels).Select(i => Features(term, image, i)).ToArray();
        var kernel = new double[pixels, pixels];
        for (var i = 0; i < pixels; i++)
        {
            for (var j = 0; j < pixels; j++)
                kernel[i, j] = Math.Exp(-features[i].Zip(features[j], (a, b) => (a - b) * (a - b)).Sum() / 2);
        }
        return kernel;
    }

    private static double[] Features(PairwiseTerm term, RgbImage image, int pixel)
    {
        var (y, x) = Math.DivRem(pixel, image.Width);
        var color = image[x, y];
        return term switch
        {
            GaussianTerm g => [x / g.Sigma, y / g.Sigma],
            BilateralTerm b => [x / b.SigmaXY, y / b.SigmaXY, color.R / b.SigmaRgb, color.G / b.SigmaRgb, color.B / b.SigmaRgb],
            FeatureTerm f => Enumerable.Range(0, f.Count).Select(i => (double)f.Features[i * image.Width * image.Height + pixel]).ToArray(),
            _ => throw new ArgumentException("unknown term"),
        };
    }

    private static double[,] Normalized(double[,] kernel, CrfNormalization normalization)
    {
        var pixels = kernel.GetLength(0);
        var sums = Enumerable.Range(0, pixels).Select(i => Enumerable.Range(0, pixels).Sum(j => kernel[i, j])).ToArray();
        for (var i = 0; i < pixels; i++)
        {
            for (var j = 0; j < pixels; j++)
            {
                kernel[i, j] /= normalization switch
                {
                    CrfNormalization.Symmetric => Math.Sqrt(sums[i] * sums[j]),
                    CrfNormalization.After => sums[i],
                    CrfNormalization.Before => sums[j],
                    _ => 1,
                };
            }
        }
        return kernel;
    }

    private static void AddMessages(double[] scores, double[] q, double[,] kernel, PairwiseTerm term, int classes, int pixels)
    {
        var filtered = new double[classes];
        for (var i = 0; i < pixels; i++)
        {
            for (var c = 0; c < classes; c++)
                filtered[c] = Enumerable.Range(0, pixels).Sum(j => kernel[i, j] * q[c * pixels + j]);
            for (var c = 0; c < classes; c++)
            {
                var message = term.Compatibility is { } matrix
                    ? -Enumerable.Range(0, classes).Sum(o => matrix[c, o] * filtered[o])
                    : filtered[c];
                scores[c * pixels + i] += term.Weight * message;
            }
        }
    }

    private static double[] Softmax(double[] scores, int classes, int pixels)
    {
        var q = new double[scores.Length];
        for (var i = 0; i < pixels; i++)
        {
            var max = Enumerable.Range(0, classes).Max(c => scores[c * pixels + i]);
            var sum = Enumerable.Range(0, classes).Sum(c => Math.Exp(scores[c * pixels + i] - max));
            for (var c = 0; c < classes; c++)
                q[c * pixels + i] = Math.Exp(scores[c * pixels + i] - max) / sum;
        }
        return q;
    }
}
