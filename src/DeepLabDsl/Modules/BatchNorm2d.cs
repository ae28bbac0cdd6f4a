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

    private static void RequireVariance(Tensor input)
    {
        if (input.shape[0] * input.shape[2] * input.shape[3] > 1)
            return;
        throw new TrainingException(
            $"A batch norm of {input.shape[1]} channels can't train on one image of which it sees one value a "
            + "channel: that has no variance. "
            + "Use a batch of 2 or more, larger crops where no global pooling is before it, or frozen batch norms.");
    }
}
