using System;
using System.Linq;
using System.Numerics;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// Counts how often each true class was predicted as each class. Void pixels (255 in the truth) do not count. Not
/// thread-safe: give each thread its own and merge them.
/// </summary>
public sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>Starts an empty matrix.</summary>
    /// <param name="classes">The number of classes, 1 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is out of its range.</exception>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, 255);
        Classes = classes;
        _counts = new long[classes * classes];
    }

    /// <summary>Takes up counts that were saved.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="counts">The counts, the predicted class running fastest.</param>
    /// <param name="voidPixels">The number of void pixels.</param>
    internal ConfusionMatrix(int classes, ReadOnlySpan<long> counts, long voidPixels)
        : this(classes)
    {
        counts.CopyTo(_counts);
        VoidPixels = voidPixels;
    }

    /// <summary>The counts, the predicted class running fastest.</summary>
    internal ReadOnlySpan<long> Counts => _counts;

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of void pixels, which are not counted.</summary>
    public long VoidPixels { get; private set; }

    /// <summary>The number of pixels counted.</summary>
    public long Total => _counts.Sum();

    /// <summary>How often a true class was predicted as a class.</summary>
    /// <param name="truth">The true class.</param>
    /// <param name="prediction">The predicted class.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long this[int truth, int prediction]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)truth, (uint)Classes, nameof(truth));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)prediction, (uint)Classes, nameof(prediction));
            return _counts[truth * Classes + prediction];
        }
    }

    /// <summary>Counts pixels.</summary>
    /// <param name="truth">The true classes; 255 is void.</param>
    /// <param name="prediction">The predicted classes of the same pixels; where the truth is void, anything.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a value is no class. Nothing is counted then.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> prediction) => Count(truth, prediction);

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<long> prediction) => Count(truth, prediction);

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Add(ReadOnlySpan<long> truth, ReadOnlySpan<long> prediction) => Count(truth, prediction);

    /// <summary>Adds the counts of another matrix.</summary>
    /// <param name="other">A matrix of as many classes.</param>
    /// <exception cref="ArgumentException"><paramref name="other"/> has another number of classes.</exception>
    public void Merge(ConfusionMatrix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Classes != Classes)
            throw new ArgumentException($"The matrix has {other.Classes} classes, not {Classes}.", nameof(other));
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        VoidPixels += other.VoidPixels;
    }

    /// <summary>Computes the scores of the counts so far.</summary>
    /// <returns>The scores.</returns>
    public SegmentationScores Score()
    {
        var truth = new long[Classes];
        var predicted = new long[Classes];
        long right = 0;
        for (var t = 0; t < Classes; t++)
        {
            for (var p = 0; p < Classes; p++)
            {
                truth[t] += _counts[t * Classes + p];
                predicted[p] += _counts[t * Classes + p];
            }
            right += _counts[t * Classes + t];
        }

        var iou = new double[Classes];
        var accuracy = new double[Classes];
        var total = truth.Sum();
        var weighted = 0.0;
        for (var c = 0; c < Classes; c++)
        {
            var hits = _counts[c * Classes + c];
            iou[c] = (double)hits / (truth[c] + predicted[c] - hits);
            accuracy[c] = (double)hits / truth[c];
            if (truth[c] > 0)
                weighted += truth[c] * iou[c];
        }
        return new SegmentationScores
        {
            IoU = iou,
            ClassAccuracy = accuracy,
            TruthPixels = truth,
            PredictedPixels = predicted,
            VoidPixels = VoidPixels,
            MeanIoU = MeanOfDefined(iou),
            MeanIoUOverAllClasses = iou.Where(v => !double.IsNaN(v)).Sum() / Classes,
            PixelAccuracy = (double)right / total,
            MeanAccuracy = MeanOfDefined(accuracy),
            FrequencyWeightedIoU = weighted / total,
        };
    }

    private static double MeanOfDefined(double[] values) =>
        values.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average();

    private void Count<TTruth, TPrediction>(ReadOnlySpan<TTruth> truth, ReadOnlySpan<TPrediction> prediction)
        where TTruth : IBinaryInteger<TTruth>
        where TPrediction : IBinaryInteger<TPrediction>
    {
        if (truth.Length != prediction.Length)
            throw new ArgumentException($"There are {truth.Length} true and {prediction.Length} predicted pixels.");
        // Checked before counting, so that a caller who goes on has no half-counted image in the matrix.
        var classes = (ulong)Classes;
        for (var i = 0; i < truth.Length; i++)
        {
            var t = ulong.CreateTruncating(truth[i]);
            if (t == LabelMap.Void)
                continue;
            if (t >= classes)
                throw NoClass("true", long.CreateTruncating(truth[i]), i);
            if (ulong.CreateTruncating(prediction[i]) >= classes)
                throw NoClass("predicted", long.CreateTruncating(prediction[i]), i);
        }
        for (var i = 0; i < truth.Length; i++)
        {
            var t = int.CreateTruncating(truth[i]);
            if (t != LabelMap.Void)
                _counts[t * Classes + int.CreateTruncating(prediction[i])]++;
            else
                VoidPixels++;
        }
    }

    private ArgumentException NoClass(string which, long value, int at) =>
        new($"The {which} class {value} of pixel {at} is not in 0 to {Classes - 1}.");
}
