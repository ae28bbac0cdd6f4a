using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Data;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// What is counted of one kind of predictions. Tallies of disjoint parts of a dataset merge into that of the whole, equal to the last
/// digit: counts are whole numbers, and what is a mean over images is summed in the dataset's order.
/// </summary>
internal sealed class EvaluationTally
{
    private readonly List<ImageScore> _images = [];

    /// <summary>Starts an empty tally.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="boundaries">What scores near boundaries are measured from; null: there are none.</param>
    public EvaluationTally(int classes, BoundarySource? boundaries)
    {
        Confusion = new ConfusionMatrix(classes);
        Boundaries = boundaries is { } source ? new BoundaryEvaluation(classes, source) : null;
    }

    /// <summary>Takes up counts that were saved.</summary>
    public EvaluationTally(ConfusionMatrix confusion, IEnumerable<ImageScore> images, BoundaryEvaluation? boundaries)
    {
        Confusion = confusion;
        _images.AddRange(images);
        Boundaries = boundaries;
    }

    /// <summary>The pixels' counts.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>Each image's score, with its index in the dataset.</summary>
    public IReadOnlyList<ImageScore> Images => _images;

    /// <summary>Counts near boundaries; null: there are none.</summary>
    public BoundaryEvaluation? Boundaries { get; }

    /// <summary>Counts an image.</summary>
    public void Add(int index, SegmentationSample sample, LabelMap prediction, string? group = null)
    {
        var own = new ConfusionMatrix(Confusion.Classes);
        own.Add(sample.Labels.Indices, prediction.Indices);
        Confusion.Merge(own);
        var score = own.Score();
        _images.Add(new ImageScore(index, sample.Name, score.MeanIoU, score.PixelAccuracy)
        {
            Group = group,
            Counts = ImageCounts.Of(own),
        });
        Boundaries?.Add(sample.Labels, prediction, index);
    }

    /// <summary>Adds the counts of other images.</summary>
    public void Merge(EvaluationTally other)
    {
        Confusion.Merge(other.Confusion);
        _images.AddRange(other._images);
        if (Boundaries is not null && other.Boundaries is not null)
            Boundaries.Merge(other.Boundaries);
    }

    /// <summary>Refuses scores of nothing.</summary>
    /// <param name="dataset">The dataset's name.</param>
    /// <param name="split">The split's.</param>
    /// <exception cref="UnusableDataException">Every pixel is void.</exception>
    public void RequirePixels(string dataset, string split)
    {
        if (Confusion.Total == 0)
        {
            throw new UnusableDataException(
                $"Every pixel of split '{split}' of {dataset} is void: there is nothing to score. Are its label maps those of a test set?");
        }
    }

    /// <summary>Computes the scores.</summary>
    public EvaluationResult Finish(TimeSpan elapsed) => new(Confusion, Confusion.Score(), _images.Count, elapsed)
    {
        ImageScores = [.. _images.OrderBy(i => i.Index)],
        Boundaries = Boundaries?.Score(),
        Tally = this,
    };
}
