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
    private const string RequestKey = "request";

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
        double own = input.shape[0] * input.shape[2] * input.shape[3];
        var (ownMean, ownVariance) = Statistics(input.to(ScalarType.Float32), own);
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
        for (var c = 0; c < channels; c++)
        {
            var mean = sums[c] / count;
            var variance = Math.Max(0, sums[channels + c] / count - mean * mean);
            (request.Mean[c], request.Variance[c]) = ((float)mean, (float)variance);
        }
        var (center, spread) = (tensor(request.Mean), tensor(request.Variance));
        context.save_for_backward([input, weight, center, spread]);
        context.save_data(RequestKey, request);
        return nn.functional.batch_norm(input, center, spread, weight, bias, training: false, eps: request.Epsilon);
    }

    /// <summary>The gradients of map, scale and shift.</summary>
    public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var saved = context.get_saved_variables();
        var (type, weight, center, spread) = (saved[0].dtype, saved[1], saved[2], saved[3]);
        var request = (Request)context.get_data(RequestKey);
        // Of 16-bit maps too, sums are taken in 32.
        var input = saved[0].to(ScalarType.Float32);
        var (direct, scaleGradient, shiftGradient) = Direct(
            input, weight, center, spread, gradient.to(ScalarType.Float32), request.Epsilon);
        var channels = (int)input.shape[1];
        var sums = scaleGradient.data<float>().ToArray().Concat(shiftGradient.data<float>().ToArray()).Select(v => (double)v).ToArray();
        request.Sum(sums);
        // What a value does to the batch's mean and variance: (x - mean) / deviation of it, times one number a channel, plus another.
        var factors = weight.detach().data<float>().ToArray();
        var slope = new float[channels];
        var offset = new float[channels];
        for (var c = 0; c < channels; c++)
        {
            var factor = factors[c] / Math.Sqrt(request.Variance[c] + request.Epsilon) / request.Count;
            (slope[c], offset[c]) = ((float)(sums[c] * factor), (float)(sums[channels + c] * factor));
        }
        var indirect = nn.functional.batch_norm(
            input, center, spread, tensor(slope), tensor(offset), training: false, eps: request.Epsilon);
        return
        [
            direct.sub_(indirect).to(type).MoveToOuterDisposeScope(), scaleGradient.MoveToOuterDisposeScope(),
            shiftGradient.MoveToOuterDisposeScope(), null!,
        ];
    }

    /// <summary>
    /// Mean and variance (not corrected) of each channel of this part, by libtorch's kernel for norms, which is several times faster than
    /// reductions over three dimensions.
    /// </summary>
    private static (float[] Mean, double[] Variance) Statistics(Tensor input, double values)
    {
        using var scope = NewDisposeScope();
        var (mean, variance) = (zeros(input.shape[1]), zeros(input.shape[1]));
        // With a momentum of 1 the running statistics are those of the batch. A single value has no corrected variance, and no spread.
        nn.functional.batch_norm(input, mean, variance, training: true, momentum: 1);
        var corrected = values > 1 ? (values - 1) / values : 0;
        return (mean.data<float>().ToArray(), [.. variance.data<float>().ToArray().Select(v => values > 1 ? v * corrected : 0)]);
    }

    /// <summary>The gradients with the batch's statistics taken for constants; those of scale and shift are what is added up.</summary>
    private static (Tensor Input, Tensor Scale, Tensor Shift) Direct(
        Tensor input, Tensor weight, Tensor center, Tensor spread, Tensor gradient, double epsilon)
    {
        using var recorded = enable_grad();
        var (map, scale) = (input.detach().requires_grad_(true), weight.detach().requires_grad_(true));
        var shift = zeros_like(scale).requires_grad_(true);
        var output = nn.functional.batch_norm(map, center, spread, scale, shift, training: false, eps: epsilon);
        var gradients = autograd.grad([output], [map, scale, shift], [gradient]);
        return (gradients[0], gradients[1], gradients[2]);
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
