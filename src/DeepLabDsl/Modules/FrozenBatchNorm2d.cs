using System;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.Modules;

/// <summary>
/// Batch normalisation of <c>[N, C, H, W]</c> by the running statistics, in training too: neither they nor scale and shift
/// change (DeepLab v2's fine-tuning; v3, section 4.1). Its state is that of a batch norm, so that either takes the other's.
/// </summary>
public sealed class FrozenBatchNorm2d : TorchSharp.Modules.BatchNorm
{
    /// <summary>Starts one that changes nothing: scale 1, shift 0, mean 0, variance 1.</summary>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public FrozenBatchNorm2d(long channels, double epsilon = 1e-5)
        : base(
            channels, epsilon, momentum: 0, affine: true, track_running_stats: true, device: null, dtype: null, nameof(FrozenBatchNorm2d))
    {
        weight!.requires_grad = false;
        bias!.requires_grad = false;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        return functional.batch_norm(input, running_mean, running_var, weight, bias, training: false, eps: eps);
    }

    /// <inheritdoc/>
    protected override void ValidateInputDimensions(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Dimensions != 4)
            throw new ArgumentException($"Batch norm takes [N, C, H, W], not {input.Dimensions} dimensions.", nameof(input));
    }
}
