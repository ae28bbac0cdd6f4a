using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Modules;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Crf;

/// <summary>
/// Mean-field steps as a layer that is trained with the network before it (CRF-RNN; Zheng et al., ICCV 2015): takes logits
/// <c>[N, classes, H, W]</c> and the network's input <c>[N, 3, H, W]</c>, gives logits of the same shape. Weights of
/// the kernels, one a class, and the compatibility of labels are learned; sigmas are not. The gradient goes through every step to
/// the logits, not to the image.
/// </summary>
public sealed class CrfLayer : GeneratedModule<Tensor, Tensor, Tensor>
{
    private const string WeightsName = "kernel_weights";
    private const string CompatibilityName = "compatibility";

    private readonly IReadOnlyList<PairwiseTerm> _terms;
    private readonly int _iterations;
    private readonly double[] _mean;
    private readonly double[] _std;

    /// <summary>Starts a layer that computes what <see cref="DenseCrf"/> does with the same options.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="options">
    /// Its terms, whose weights are where training starts, and its steps (the paper trains with 5 and tests with 10).
    /// </param>
    /// <param name="mean">What was subtracted from each channel of the input, on the scale 0 to 1.</param>
    /// <param name="std">What each channel was divided by after that.</param>
    /// <exception cref="ArgumentException">The options can't be run, or a term has a compatibility of its own.</exception>
    public CrfLayer(int classes, CrfOptions options, IReadOnlyList<double> mean, IReadOnlyList<double> std)
        : base(nameof(CrfLayer))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (options.Terms.Any(t => t.Compatibility is not null))
            throw new ArgumentException("The layer learns one compatibility for all terms; terms must not have their own.");
        if (mean.Count != 3 || std.Count != 3)
            throw new ArgumentException("The layer reads RGB images: mean and std must have 3 values.");
        _terms = options.Terms;
        _iterations = options.Iterations;
        _mean = [.. mean];
        _std = [.. std];
        using var weights = tensor(
            options.Terms.SelectMany(t => Enumerable.Repeat((float)t.Weight, classes)).ToArray(), [options.Terms.Count, classes]);
        register_parameter(WeightsName, nn.Parameter(weights.clone()));
        using var same = eye(classes);
        register_parameter(CompatibilityName, nn.Parameter(ones_like(same).sub(same)));
    }

    /// <summary>The factor of each term's message for each class, <c>[terms, classes]</c>.</summary>
    public Parameter KernelWeights => get_parameter(WeightsName)!;

    /// <summary>What it costs similar pixels to have labels (row, column), <c>[classes, classes]</c>; Potts at first.</summary>
    public Parameter Compatibility => get_parameter(CompatibilityName)!;

    /// <summary>Refines logits.</summary>
    /// <param name="logits"><c>[N, classes, H, W]</c>.</param>
    /// <param name="input">The network's normalised input, <c>[N, 3, H, W]</c>.</param>
    /// <returns>Logits <c>[N, classes, H, W]</c>; their softmax is Q of the last step.</returns>
    /// <exception cref="ArgumentException">Shapes or devices do not fit, or a value is not finite.</exception>
    public override Tensor forward(Tensor logits, Tensor input)
    {
        TensorCrf.CheckShapes(input, logits);
        TensorCrf.RequireFinite(input, "image");
        TensorCrf.RequireFinite(logits, "logits");
        using var scope = NewDisposeScope();
        var images = Colors(input);
        var lattices = _terms.Select(t => TensorCrf.BuildLattice(images, t)).ToList();
        var unary = TensorCrf.ToRows(logits);
        var scores = unary;
        for (var step = 0; step < _iterations; step++)
        {
            var q = scores.softmax(1);
            Tensor? message = null;
            for (var t = 0; t < lattices.Count; t++)
            {
                var part = lattices[t].Filter(q).mul(KernelWeights[t]);
                message = message is null ? part : Layers.Add(message, part);
            }
            scores = unary.sub(message!.matmul(Compatibility.t()));
        }
        foreach (var lattice in lattices)
            lattice.Dispose();
        return TensorCrf.ToPlanes(scores, logits.shape[0], logits.shape[2], logits.shape[3]).MoveToOuterDisposeScope();
    }

    /// <summary>The input as colours on the scale 0 to 255.</summary>
    private Tensor Colors(Tensor input)
    {
        using var frozen = no_grad();
        var shape = new long[] { 1, 3, 1, 1 };
        var scale = tensor(_std.Select(d => (float)(255 * d)).ToArray(), shape, device: input.device);
        var offset = tensor(_mean.Select(m => (float)(255 * m)).ToArray(), shape, device: input.device);
        // Colours are whole numbers; turning them back leaves them a little off.
        return Layers.Add(input.detach().to(ScalarType.Float32).mul(scale), offset).round();
    }
}
