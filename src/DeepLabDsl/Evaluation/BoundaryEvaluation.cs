using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// Scores a segmentation near boundaries: mIoU in bands of growing width (the trimap of DeepLab v1, section 5.2) and the F score of
/// the classes' outlines. Not thread-safe.
/// </summary>
public sealed class BoundaryEvaluation
{
    /// <summary>The widest band, in pixels.</summary>
    public const int WidestBand = 40;

    /// <summary>How far apart outlines may be, as a part of the image's diagonal: 0.75 %, as MATLAB's <c>bfscore</c> has it.</summary>
    public const double OutlineTolerance = 0.0075;

    private readonly BoundarySource _source;
    private readonly ConfusionMatrix[] _rings;
    private readonly int _classes;

    // Of each image, each class' F; NaN where the truth has no outline of it. Summed in the images' order when scores are asked for, so
    // that parts of a dataset merge into the scores of the whole to the last digit.
    private readonly List<(int Index, double[] F)> _outlines = [];

    /// <summary>Starts an evaluation.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="source">What bands are measured from.</param>
    public BoundaryEvaluation(int classes, BoundarySource source)
    {
        _source = source;
        _rings = Enumerable.Range(0, WidestBand).Select(_ => new ConfusionMatrix(classes)).ToArray();
        _classes = classes;
    }

    /// <summary>Takes up counts that were saved.</summary>
    internal BoundaryEvaluation(int classes, BoundarySource source, ConfusionMatrix[] rings, IEnumerable<(int Index, double[] F)> outlines)
        : this(classes, source)
    {
        for (var width = 0; width < WidestBand; width++)
            _rings[width].Merge(rings[width]);
        _outlines.AddRange(outlines);
    }

    /// <summary>What bands are measured from.</summary>
    internal BoundarySource Source => _source;

    /// <summary>Pixels by their distance from a boundary: 1, 2, and so on.</summary>
    internal IReadOnlyList<ConfusionMatrix> Rings => _rings;

    /// <summary>Each image's outline F of each class, with the image's index; NaN: the class has no outline on it.</summary>
    internal IReadOnlyList<(int Index, double[] F)> Outlines => _outlines;

    /// <summary>Adds the counts of other images.</summary>
    internal void Merge(BoundaryEvaluation other)
    {
        for (var width = 0; width < WidestBand; width++)
            _rings[width].Merge(other._rings[width]);
        _outlines.AddRange(other._outlines);
    }

    /// <summary>Adds an image.</summary>
    /// <param name="truth">The true classes.</param>
    /// <param name="prediction">The predicted ones, of the same size.</param>
    /// <exception cref="ArgumentException">The sizes differ or a class does not exist.</exception>
    public void Add(LabelMap truth, LabelMap prediction) => Add(truth, prediction, _outlines.Count);

    /// <inheritdoc cref="Add(LabelMap, LabelMap)"/>
    /// <param name="truth">The true classes.</param>
    /// <param name="prediction">The predicted ones, of the same size.</param>
    /// <param name="index">The image's place in its dataset.</param>
    internal void Add(LabelMap truth, LabelMap prediction, int index)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(prediction);
        if (truth.Width != prediction.Width || truth.Height != prediction.Height)
        {
            throw new ArgumentException(
                $"The truth is {truth.Width}x{truth.Height} and the prediction {prediction.Width}x{prediction.Height}.");
        }
        AddRings(truth, prediction);
        AddOutlines(truth, prediction, index);
    }

    /// <summary>Computes the scores so far.</summary>
    public BoundaryScores Score()
    {
        var band = new ConfusionMatrix(_classes);
        var trimap = new List<BandScore>();
        for (var width = 1; width <= WidestBand; width++)
        {
            band.Merge(_rings[width - 1]);
            var scores = band.Score();
            trimap.Add(new BandScore(width, scores.MeanIoU, scores.PixelAccuracy, band.Total));
        }
        var images = _outlines.OrderBy(o => o.Index).Select(o => o.F).ToList();
        var outlines = Enumerable.Range(0, _classes)
            .Select(c => images.Select(f => f[c]).Where(f => !double.IsNaN(f)).DefaultIfEmpty(double.NaN).Average()).ToList();
        return new BoundaryScores(trimap, outlines, outlines.Where(f => !double.IsNaN(f)).DefaultIfEmpty(double.NaN).Average());
    }

    private void AddRings(LabelMap truth, LabelMap prediction)
    {
        var distance = BoundaryDistance.Of(truth, _source);
        var lengths = new int[WidestBand + 1];
        foreach (var d in distance)
            lengths[d is >= 1 and <= WidestBand ? d : 0]++;
        var rings = Enumerable.Range(0, WidestBand + 1)
            .Select(d => (Truth: new byte[d == 0 ? 0 : lengths[d]], Prediction: new byte[d == 0 ? 0 : lengths[d]])).ToArray();
        Array.Clear(lengths);
        for (var i = 0; i < distance.Length; i++)
        {
            if (distance[i] is not (>= 1 and <= WidestBand))
                continue;
            var ring = rings[distance[i]];
            var at = lengths[distance[i]]++;
            (ring.Truth[at], ring.Prediction[at]) = (truth.Indices[i], prediction.Indices[i]);
        }
        for (var d = 1; d <= WidestBand; d++)
            _rings[d - 1].Add(rings[d].Truth, rings[d].Prediction);
    }

    /// <summary>F of each class that is in the truth: of precision and recall of outline pixels within the tolerance.</summary>
    private void AddOutlines(LabelMap truth, LabelMap prediction, int index)
    {
        var reach = OutlineTolerance * Math.Sqrt((double)truth.Width * truth.Width + (double)truth.Height * truth.Height);
        // What is void in the truth was not judged: no outline of the prediction is there.
        var judged = new LabelMap(prediction.Width, prediction.Height, [.. prediction.Indices]);
        for (var i = 0; i < judged.Indices.Length; i++)
        {
            if (truth.Indices[i] == LabelMap.Void)
                judged.Indices[i] = LabelMap.Void;
        }
        var occurs = new bool[256];
        foreach (var label in truth.Indices)
            occurs[label] = true;
        var found = new double[_classes];
        Array.Fill(found, double.NaN);
        for (var c = 0; c < _classes; c++)
        {
            if (!occurs[c])
                continue;
            var (ours, theirs) = (Outline(judged, c), Outline(truth, c));
            if (theirs.Count == 0)
                continue;
            var precision = Within(ours, theirs, truth, reach);
            var recall = Within(theirs, ours, truth, reach);
            found[c] = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
        }
        _outlines.Add((index, found));
    }

    /// <summary>Pixels of a class beside one of another class.</summary>
    private static List<int> Outline(LabelMap labels, int label)
    {
        var pixels = new List<int>();
        var (width, height, indices) = (labels.Width, labels.Height, labels.Indices);
        bool IsOther(int x, int y) =>
            (uint)x < (uint)width && (uint)y < (uint)height && indices[y * width + x] != label && indices[y * width + x] != LabelMap.Void;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                if (indices[y * width + x] == label && (IsOther(x - 1, y) || IsOther(x + 1, y) || IsOther(x, y - 1) || IsOther(x, y + 1)))
                    pixels.Add(y * width + x);
            }
        }
        return pixels;
    }

    /// <summary>The share of pixels that have one of the others within reach; 0 where there are none.</summary>
    private static double Within(List<int> pixels, List<int> others, LabelMap size, double reach)
    {
        if (pixels.Count == 0)
            return 0;
        var near = new bool[size.Indices.Length];
        var radius = (int)reach;
        foreach (var other in others)
        {
            var (y, x) = Math.DivRem(other, size.Width);
            for (var dy = Math.Max(-radius, -y); dy <= Math.Min(radius, size.Height - 1 - y); dy++)
            {
                var half = (int)Math.Sqrt(reach * reach - dy * dy);
                var (from, to) = (Math.Max(0, x - half), Math.Min(size.Width - 1, x + half));
                near.AsSpan((y + dy) * size.Width + from, to - from + 1).Fill(true);
            }
        }
        return pixels.Count(p => near[p]) / (double)pixels.Count;
    }
}

/// <summary>The scores of pixels in a band.</summary>
/// <param name="Width">How far they are from the boundary at most, in pixels.</param>
/// <param name="MeanIoU">Their mIoU.</param>
/// <param name="PixelAccuracy">The part of them that was predicted right.</param>
/// <param name="Pixels">How many there are.</param>
public readonly record struct BandScore(int Width, double MeanIoU, double PixelAccuracy, long Pixels);

/// <summary>Scores near boundaries.</summary>
/// <param name="Trimap">Bands of width 1 to 40.</param>
/// <param name="OutlineF">F of each class' outlines, the mean over the images that have the class; NaN where none has.</param>
/// <param name="MeanOutlineF">The mean over classes.</param>
public sealed record BoundaryScores(IReadOnlyList<BandScore> Trimap, IReadOnlyList<double> OutlineF, double MeanOutlineF);
