using System;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Crf;

/// <summary>
/// The inference of <see cref="DenseCrf"/> in tensor operations alone: for batches, on whatever device the tensors are, without a
/// copy to the host between. Vertices and weights are those of the CPU form, results the same up to the order of sums.
/// </summary>
public static class TensorCrf
{
    /// <summary>Runs the mean field.</summary>
    /// <param name="images">RGB on the scale 0 to 255, <c>[N, 3, H, W]</c>, of any type.</param>
    /// <param name="unary">The cost of each class, <c>[N, classes, H, W]</c>, float32, on the same device.</param>
    /// <param name="options">The CRF. Features of a <see cref="FeatureTerm"/> serve every image of the batch.</param>
    /// <returns>The probabilities, <c>[N, classes, H, W]</c>.</returns>
    /// <exception cref="ArgumentException">Shapes or devices do not fit, a value is not finite, or a term can't be built.</exception>
    public static Tensor Infer(Tensor images, Tensor unary, CrfOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        CheckShapes(images, unary);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        RequireFinite(images, "image");
        RequireFinite(unary = unary.to(ScalarType.Float32), "unary");
        var lattices = options.Terms.Select(t => BuildLattice(images, t)).ToList();
        var (n, classes, height, width) = (unary.shape[0], unary.shape[1], unary.shape[2], unary.shape[3]);
        var scores = ToRows(unary).neg();
        var matrices = options.Terms.Select(t => Matrix(t, classes, unary.device)).ToList();
        var q = scores.softmax(1);
        for (var step = 0; step < options.Iterations; step++)
        {
            using var inner = NewDisposeScope();
            var next = scores;
            for (var t = 0; t < lattices.Count; t++)
            {
                var message = lattices[t].Filter(q).Scale(options.Terms[t].Weight);
                next = matrices[t] is { } matrix ? next.sub(message.matmul(matrix)) : Layers.Add(next, message);
            }
            var updated = next.softmax(1).MoveToOuterDisposeScope();
            q.Dispose();
            q = updated;
        }
        foreach (var lattice in lattices)
            lattice.Dispose();
        return ToPlanes(q, n, height, width).MoveToOuterDisposeScope();
    }

    /// <summary>A term's lattice for a batch.</summary>
    internal static TensorLattice BuildLattice(Tensor images, PairwiseTerm term)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var (n, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        var (features, low, high) = Features(images.detach(), term);
        var rows = features.permute(1, 0, 2, 3).reshape(features.shape[1], n * height * width).contiguous();
        return TensorLattice.Build(rows, n, low, high, term.Normalization).MoveOut();
    }

    /// <summary><c>[N, C, H, W]</c> to <c>[N * H * W, C]</c>.</summary>
    internal static Tensor ToRows(Tensor planes) => planes.permute(0, 2, 3, 1).reshape(-1, planes.shape[1]);

    /// <summary><c>[N * H * W, C]</c> to <c>[N, C, H, W]</c>.</summary>
    internal static Tensor ToPlanes(Tensor rows, long n, long height, long width) =>
        rows.reshape(n, height, width, rows.shape[1]).permute(0, 3, 1, 2).contiguous();

    /// <summary>0 to a number, less one.</summary>
    internal static Tensor CountTo(long count, ScalarType type, Device device)
    {
        using var stop = count.ToScalar();
        return arange(stop, dtype: type, device: device);
    }

    /// <summary>Refuses images and unaries that do not belong together.</summary>
    internal static void CheckShapes(Tensor images, Tensor unary)
    {
        if (unary.dim() != 4 || unary.shape[1] < 1)
            throw new ArgumentException($"The unary must be [N, classes, H, W], not [{string.Join(", ", unary.shape)}].");
        if (images.dim() != 4 || images.shape[1] != 3 || images.shape[0] != unary.shape[0] || images.shape[2] != unary.shape[2]
            || images.shape[3] != unary.shape[3])
        {
            throw new ArgumentException(
                $"The images must be [{unary.shape[0]}, 3, {unary.shape[2]}, {unary.shape[3]}] as the unary says, "
                + $"not [{string.Join(", ", images.shape)}].");
        }
        if (images.device.type != unary.device.type || images.device.index != unary.device.index)
            throw new ArgumentException($"The images are on {images.device} and the unary on {unary.device}; they must be on one device.");
    }

    /// <summary>Refuses NaN and infinities, which one step of the mean field would carry to every pixel.</summary>
    /// <param name="planes"><c>[N, C, H, W]</c>.</param>
    /// <param name="what">What they are: the <c>unary</c>, the <c>logits</c>, the <c>image</c>.</param>
    internal static void RequireFinite(Tensor planes, string what)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (!planes.is_floating_point() || planes.isfinite().all().Number() != 0)
            return;
        var bad = planes.isfinite().logical_not().nonzero()[0].cpu().data<long>().ToArray();
        var value = planes[bad[0], bad[1], bad[2], bad[3]].Number();
        var place = $"{(what == "image" ? "channel" : "class")} {bad[1]} at x = {bad[3]}, y = {bad[2]}";
        var image = planes.shape[0] > 1 ? $" (image {bad[0]} of the batch)" : "";
        var hint = what == "unary"
            ? "Clip probabilities, at 1e-5 say, before taking the logarithm."
            : "Look at the weights and images that they come from.";
        throw new ArgumentException(string.Create(
            CultureInfo.InvariantCulture, $"The {what} of {place}{image} is {value}; all must be finite. {hint}"));
    }

    /// <summary>Features <c>[N, d, H, W]</c> divided by their sigmas, and their bounds, known without looking at them.</summary>
    private static (Tensor Features, float[] Low, float[] High) Features(Tensor images, PairwiseTerm term)
    {
        var (n, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        if (term is FeatureTerm own)
        {
            if (own.Features.LongLength != own.Count * height * width)
            {
                throw new ArgumentException(
                    $"The feature term has {own.Features.LongLength} values; {own.Count} features of {width}x{height} pixels are "
                    + $"{own.Count * height * width}.");
            }
            var planes = own.Features.Chunk((int)(height * width)).ToList();
            return (
                tensor(own.Features, [1, own.Count, height, width], device: images.device).expand(n, own.Count, height, width),
                [.. planes.Select(p => p.Min())], [.. planes.Select(p => p.Max())]);
        }
        var sigma = (float)(term is GaussianTerm gaussian ? gaussian.Sigma : ((BilateralTerm)term).SigmaXY);
        using var divisor = sigma.ToScalar();
        var x = CountTo(width, ScalarType.Float32, images.device).div(divisor).reshape(1, 1, 1, width).expand(n, 1, height, width);
        var y = CountTo(height, ScalarType.Float32, images.device).div(divisor).reshape(1, 1, height, 1).expand(n, 1, height, width);
        var (right, bottom) = ((width - 1) / sigma, (height - 1) / sigma);
        if (term is not BilateralTerm bilateral)
            return (cat([x, y], 1), [0, 0], [right, bottom]);
        var sigmaRgb = (float)bilateral.SigmaRgb;
        using var colorDivisor = sigmaRgb.ToScalar();
        // Numbers that were normalised and turned back may lie a little outside; they must not leave the range of names.
        using var white = 255.0.ToScalar();
        var colors = images.to(ScalarType.Float32).clamp(TensorArithmetic.Zero, white).div(colorDivisor);
        var maximum = 255 / sigmaRgb;
        return (cat([x, y, colors], 1), [0, 0, 0, 0, 0], [right, bottom, maximum, maximum, maximum]);
    }

    private static Tensor? Matrix(PairwiseTerm term, long classes, Device device)
    {
        if (term.Compatibility is not { } values)
            return null;
        if (values.GetLength(0) != classes || values.GetLength(1) != classes)
        {
            throw new ArgumentException(
                $"The {term.Name} term's compatibility is {values.GetLength(0)}x{values.GetLength(1)}; {classes} classes "
                + $"need {classes}x{classes}.");
        }
        return tensor(values, device: device).t();
    }
}
