using System;
using System.Collections.Generic;
using System.Linq;
using static TorchSharp.torch;

namespace DeepLabDsl.Modules;

/// <summary>
/// Batch normalisation by the statistics of a batch that is spread over several processes, each with a part of it. Forward, the count,
/// sum and sum of squares of each channel are added up in 64 bits; backward, the two sums that the gradient of the input needs.
/// Gradients of scale and shift are of this part: they are added up with those of all parameters.
/// </summary>
internal sealed class SynchronizedNorm : autograd.SingleTensorFunction<SynchronizedNorm>
{
    private const string SumKey = "sum";
    private const string CountKey = "count";

    /// <inheritdoc/>
    public override string Name => nameof(SynchronizedNorm);

    /// <summary>Normalises.</summary>
    /// <param name="context">Keeps what the backward pass needs.</param>
    /// <param name="arguments">The map <c>[N, C, H, W]</c>, scale and shift <c>[C]</c>, and a <see cref="Request"/>.</param>
    public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
    {
        var (input, weight, bias) = ((Tensor)arguments[0], (Tensor)arguments[1], (Tensor)arguments[2]);
        var request = (Request)arguments[3];
        var channels = (int)input.shape[1];
        var (variances, means) = input.to(ScalarType.Float32).var_mean([0L, 2, 3], unbiased: false, keepdim: false);
        var (ownVariance, ownMean) = (variances.data<float>().ToArray(), means.data<float>().ToArray());
        double own = input.shape[0] * input.shape[2] * input.shape[3];
        var sums = new double[2 * channels + 1];
        sums[2 * channels] = own;
        for (var c = 0; c < channels; c++)
        {
            double mean = ownMean[c];
            sums[c] = own * mean;
            sums[channels + c] = own * (ownVariance[c] + mean * mean);
        }
        request.Sum(sums);
        var count = sums[2 * channels];
        request.Mean = new float[channels];
        request.Variance = new float[channels];
        request.Count = count;
        var inverse = new float[channels];
        for (var c = 0; c < channels; c++)
        {
            var mean = sums[c] / count;
            var variance = Math.Max(0, sums[channels + c] / count - mean * mean);
            (request.Mean[c], request.Variance[c]) = ((float)mean, (float)variance);
            inverse[c] = (float)(1 / Math.Sqrt(variance + request.Epsilon));
        }
        var (center, spread, scale) = (tensor(request.Mean), tensor(request.Variance), tensor(inverse));
        context.save_for_backward([input, weight, center, scale]);
        context.save_data(SumKey, request.Sum);
        context.save_data(CountKey, count);
        return nn.functional.batch_norm(input, center, spread, weight, bias, training: false, eps: request.Epsilon);
    }

    /// <summary>The gradients of map, scale and shift.</summary>
    public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var saved = context.get_saved_variables();
        var (type, weight, center, inverse) = (saved[0].dtype, saved[1], saved[2], saved[3]);
        // Of 16-bit maps too, sums are taken in 32.
        var input = saved[0].to(ScalarType.Float32);
        gradient = gradient.to(ScalarType.Float32);
        var sum = (Action<double[]>)context.get_data(SumKey);
        var count = (double)context.get_data(CountKey);
        var channels = (int)input.shape[1];
        long[] each = [1, channels, 1, 1];
        var centered = input.sub(center.view(each));
        var shiftGradient = gradient.sum([0L, 2, 3]);
        var products = gradient.mul(centered).sum([0L, 2, 3]);
        var sums = shiftGradient.data<float>().ToArray().Concat(products.data<float>().ToArray()).Select(v => (double)v).ToArray();
        sum(sums);
        var scales = inverse.data<float>().ToArray();
        var mean = new float[channels];
        var slope = new float[channels];
        for (var c = 0; c < channels; c++)
        {
            mean[c] = (float)(sums[c] / count);
            slope[c] = (float)(sums[channels + c] / count * scales[c] * scales[c]);
        }
        var inputGradient = gradient.sub(tensor(mean).view(each)).sub_(centered.mul_(tensor(slope).view(each)))
            .mul_(weight.mul(inverse).view(each));
        return
        [
            inputGradient.to(type).MoveToOuterDisposeScope(), products.mul(inverse).MoveToOuterDisposeScope(),
            shiftGradient.MoveToOuterDisposeScope(), null!,
        ];
    }

    /// <summary>What a norm asks for, and the statistics of the whole batch that it gets.</summary>
    /// <param name="sum">Adds numbers up over all processes.</param>
    /// <param name="epsilon">Added to the variance.</param>
    internal sealed class Request(Action<double[]> sum, double epsilon)
    {
        public Action<double[]> Sum { get; } = sum;

        public double Epsilon { get; } = epsilon;

        /// <summary>Values a channel.</summary>
        public double Count { get; set; }

        /// <summary>Their mean, <c>[C]</c>.</summary>
        public float[] Mean { get; set; } = [];

        /// <summary>Their variance, not corrected, <c>[C]</c>.</summary>
        public float[] Variance { get; set; } = [];
    }
}
