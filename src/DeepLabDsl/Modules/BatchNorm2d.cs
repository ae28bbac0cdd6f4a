using System;
using DeepLabDsl.Errors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.Modules;

/// <summary>
/// Batch normalisation of <c>[N, C, H, W]</c> over N, H and W with a learned scale (1) and shift (0) a channel, as TorchSharp's
/// and with its state-dict keys.
/// </summary>
/// <remarks>
/// TorchSharp's own counts batches by arithmetic on temporary scalars, which the finalizer can free while native code reads them
/// (<see cref="TensorArithmetic"/>).
/// </remarks>
/// <param name="channels">C.</param>
/// <param name="epsilon">Added to the variance.</param>
/// <param name="momentum">Share of the new batch in the running statistics.</param>
public sealed class BatchNorm2d(long channels, double epsilon = 1e-5, double momentum = 0.1)
    : TorchSharp.Modules.BatchNorm(
        channels, epsilon, momentum, affine: true, track_running_stats: true, device: null, dtype: null, nameof(BatchNorm2d))
{
    /// <summary>Adds numbers up over all processes that have a part of the batch; null: the batch is here.</summary>
    internal Action<double[]>? Synchronize { get; set; }

    /// <summary>Normalises; in training by the batch's own statistics, which the running ones take a share of.</summary>
    /// <param name="input">A map <c>[N, C, H, W]</c>.</param>
    /// <returns>A map of the same shape.</returns>
    /// <exception cref="ArgumentException">The input has not four dimensions.</exception>
    /// <exception cref="TrainingException">
    /// It trains on a single value a channel, which has no variance: libtorch would turn the running statistics into NaN without a word.
    /// </exception>
    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        if (training && Synchronize is { } sum)
            return Synchronized(input, sum);
        if (training)
        {
            RequireVariance(input);
            num_batches_tracked!.AddInPlace(1);
        }
        return functional.batch_norm(input, running_mean, running_var, weight, bias, training, momentum!.Value, eps);
    }

    /// <inheritdoc/>
    protected override void ValidateInputDimensions(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Dimensions != 4)
            throw new ArgumentException($"Batch norm takes [N, C, H, W], not {input.Dimensions} dimensions.", nameof(input));
    }

    private Tensor Synchronized(Tensor input, Action<double[]> sum)
    {
        var request = new SynchronizedNorm.Request(sum, eps);
        var output = SynchronizedNorm.apply(input, weight!, bias!, request);
        RequireVariance(input, request.Count);
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        num_batches_tracked!.AddInPlace(1);
        var share = momentum!.Value;
        running_mean!.ScaleInPlace(1 - share);
        running_mean!.AddInPlace(tensor(request.Mean), share);
        running_var!.ScaleInPlace(1 - share);
        running_var!.AddInPlace(tensor(request.Variance), share * request.Count / (request.Count - 1));
        return output;
    }

    private static void RequireVariance(Tensor input) => RequireVariance(input, input.shape[0] * input.shape[2] * input.shape[3]);

    private static void RequireVariance(Tensor input, double values)
    {
        if (values > 1)
            return;
        throw new TrainingException(
            $"A batch norm of {input.shape[1]} channels can't train on one image of which it sees one value a "
            + "channel: that has no variance. "
            + "Use a batch of 2 or more, larger crops where no global pooling is before it, or frozen batch norms.");
    }
}
