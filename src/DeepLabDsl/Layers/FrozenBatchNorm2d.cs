using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl;

/// <summary>
/// Batch normalisation of <c>[N, C, H, W]</c> by the running statistics, in training too: neither they nor scale and shift
/// change (DeepLab v2's fine-tuning; v3, section 4.1). Its state is that of a batch norm, so that either takes the other's.
/// </summary>
public sealed class FrozenBatchNorm2d : Module<Tensor, Tensor>
{
    private readonly double _epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    [ComponentName(Name = "running_mean")]
    private readonly Tensor _mean;

    [ComponentName(Name = "running_var")]
    private readonly Tensor _variance;

    [ComponentName(Name = "num_batches_tracked")]
    private readonly Tensor _batches;

    /// <summary>Starts one that changes nothing: scale 1, shift 0, mean 0, variance 1.</summary>
    /// <param name="channels">C.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public FrozenBatchNorm2d(int channels, double epsilon = 1e-5)
        : base(nameof(FrozenBatchNorm2d))
    {
        _epsilon = epsilon;
        _weight = new Parameter(ones(channels), requires_grad: false);
        _bias = new Parameter(zeros(channels), requires_grad: false);
        _mean = zeros(channels);
        _variance = ones(channels);
        _batches = zeros(1, ScalarType.Int64)[0];
        RegisterComponents();
    }

    /// <summary>The scale of each channel, [C].</summary>
    public Parameter Scale => _weight;

    /// <summary>The shift of each channel, [C].</summary>
    public Parameter Shift => _bias;

    /// <summary>The mean of each channel, [C].</summary>
    public Tensor Mean => _mean;

    /// <summary>The variance of each channel, [C].</summary>
    public Tensor Variance => _variance;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) =>
        functional.batch_norm(input, _mean, _variance, _weight, _bias, training: false, eps: _epsilon);
}
