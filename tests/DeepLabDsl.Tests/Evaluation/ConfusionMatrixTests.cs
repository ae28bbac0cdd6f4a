using System;
using System.Linq;
using CsCheck;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Evaluation;

public sealed class ConfusionMatrixTests
{
    [Fact]
    public void Counts_and_scores_are_those_of_their_definitions()
    {
        var images =
            from classes in Gen.Int[1, 5]
            from size in Gen.Int[1, 60]
            from truth in Gen.Int[0, classes].Select(c => (byte)(c == classes ? LabelMap.Void : c)).Array[size]
            from prediction in Gen.Int[0, classes - 1].Select(c => (byte)c).Array[size]
            select (classes, truth, prediction);
        images.Sample(i =>
        {
            var matrix = new ConfusionMatrix(i.classes);
            matrix.Add(i.truth, i.prediction);
            var pixels = i.truth.Zip(i.prediction).Where(p => p.First != LabelMap.Void).ToArray();
            var scores = matrix.Score();
            var iou = new double[i.classes];
            var accuracy = new double[i.classes];
            var weighted = 0.0;
            for (var c = 0; c < i.classes; c++)
            {
                for (var p = 0; p < i.classes; p++)
                    Assert.Equal(pixels.Count(x => x.First == c && x.Second == p), matrix[c, p]);
                double both = pixels.Count(x => x.First == c && x.Second == c);
                double truth = pixels.Count(x => x.First == c);
                iou[c] = both / pixels.Count(x => x.First == c || x.Second == c);
                accuracy[c] = both / truth;
                weighted += truth > 0 ? truth / pixels.Length * iou[c] : 0;
                Assert.Equal(truth, scores.TruthPixels[c]);
                Assert.Equal(pixels.Count(x => x.Second == c), scores.PredictedPixels[c]);
            }
            Assert.Equal(pixels.Length, matrix.Total);
            Assert.Equal(iou, scores.IoU);
            Assert.Equal(accuracy, scores.ClassAccuracy);
            if (pixels.Length == 0)
            {
                Assert.All(
                    [scores.MeanIoU, scores.PixelAccuracy, scores.MeanAccuracy, scores.FrequencyWeightedIoU],
                    v => Assert.Equal(double.NaN, v));
                return;
            }
            Assert.Equal(iou.Where(v => !double.IsNaN(v)).Average(), scores.MeanIoU, 1e-12);
            Assert.Equal(iou.Select(v => double.IsNaN(v) ? 0 : v).Average(), scores.MeanIoUOverAllClasses, 1e-12);
            Assert.Equal((double)pixels.Count(x => x.First == x.Second) / pixels.Length, scores.PixelAccuracy, 1e-12);
            Assert.Equal(accuracy.Where(v => !double.IsNaN(v)).Average(), scores.MeanAccuracy, 1e-12);
            Assert.Equal(weighted, scores.FrequencyWeightedIoU, 1e-12);
        }, iter: 300);
    }

    [Fact]
    public void A_class_that_is_only_predicted_counts_as_nought_and_one_that_is_nowhere_not_at_all()
    {
        var matrix = new ConfusionMatrix(3);
        matrix.Add([0, 0, 0, 0], new byte[] { 0, 0, 0, 1 });
        var scores = matrix.Score();
        Assert.Equal([0.75, 0, double.NaN], scores.IoU);
        Assert.Equal(0.375, scores.MeanIoU);
        Assert.Equal(0.25, scores.MeanIoUOverAllClasses);
        Assert.Equal(0.75, scores.MeanAccuracy);
    }

    [Fact]
    public void Labels_of_all_types_and_merged_parts_count_alike()
    {
        byte[] truth = [0, 1, 255, 2, 1];
        byte[] prediction = [0, 2, 1, 2, 1];
        long[] wideTruth = [.. truth.Select(v => (long)v)], widePrediction = [.. prediction.Select(v => (long)v)];
        var narrow = new ConfusionMatrix(3);
        narrow.Add(truth, prediction);
        var wide = new ConfusionMatrix(3);
        wide.Add(wideTruth, widePrediction);
        var parts = new ConfusionMatrix(3);
        parts.Add(truth.AsSpan(0, 2), widePrediction.AsSpan(0, 2));
        var rest = new ConfusionMatrix(3);
        rest.Add(wideTruth.AsSpan(2), widePrediction.AsSpan(2));
        parts.Merge(rest);
        for (var i = 0; i < 9; i++)
            Assert.Equal((narrow[i / 3, i % 3], narrow[i / 3, i % 3]), (wide[i / 3, i % 3], parts[i / 3, i % 3]));
        Assert.Throws<ArgumentException>(() => parts.Merge(new ConfusionMatrix(4)));
    }

    [Fact]
    public void A_value_that_is_no_class_is_refused_and_nothing_counted()
    {
        var matrix = new ConfusionMatrix(3);
        var message = Assert.Throws<ArgumentException>(() => matrix.Add([0, 1, 7], new byte[] { 0, 1, 2 })).Message;
        Assert.Equal("The true class 7 of pixel 2 is not in 0 to 2.", message);
        message = Assert.Throws<ArgumentException>(() => matrix.Add([0, 1L], new long[] { 0, -1 })).Message;
        Assert.Equal("The predicted class -1 of pixel 1 is not in 0 to 2.", message);
        Assert.Throws<ArgumentException>(() => matrix.Add([0, 1], new byte[] { 0 }));
        Assert.Equal(0, matrix.Total);
    }
}
