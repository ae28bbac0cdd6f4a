using System;
using System.Linq;
using CsCheck;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Evaluation;

public class BoundaryEvaluationTests
{
    private const byte Void = LabelMap.Void;

    [Fact]
    public void The_trimap_is_the_void_dilated_by_a_square()
    {
        var maps = Gen.Select(Gen.Int[1, 30], Gen.Int[1, 30], Gen.Int[0, 1000]);

        maps.Sample(
            (width, height, seed) =>
            {
                var random = new Random(seed);
                var map = new LabelMap(
                    width, height,
                    [.. Enumerable.Range(0, width * height).Select(_ => random.Next(40) == 0 ? Void : (byte)random.Next(3))]);
                var distance = BoundaryDistance.Of(map, BoundarySource.Void);
                for (var band = 1; band <= 6; band++)
                {
                    for (var i = 0; i < distance.Length; i++)
                    {
                        var (y, x) = Math.DivRem(i, width);
                        var isDilated = Enumerable.Range(0, distance.Length).Any(j =>
                            map.Indices[j] == Void && Math.Abs(j % width - x) <= band && Math.Abs(j / width - y) <= band);
                        if (isDilated != distance[i] <= band)
                            return false;
                    }
                }
                return true;
            },
            iter: 30);
    }

    [Fact]
    public void Edges_of_classes_are_at_distance_1()
    {
        var map = new LabelMap(7, 1, [0, 0, 0, 1, 1, Void, 2]);

        // Void is no class: there is no edge beside it.
        Assert.Equal([3, 2, 1, 1, 2, 3, 4], BoundaryDistance.Of(map, BoundarySource.Classes));
    }

    [Fact]
    public void A_band_counts_its_pixels_only()
    {
        // Right beside the boundary, wrong from 2 pixels on.
        var truth = new LabelMap(8, 1, [0, 0, 0, 0, 1, 1, 1, 1]);
        var prediction = new LabelMap(8, 1, [1, 1, 1, 0, 1, 0, 0, 0]);
        var evaluation = new BoundaryEvaluation(2, BoundarySource.Classes);

        evaluation.Add(truth, prediction);
        var trimap = evaluation.Score().Trimap;

        Assert.Equal(40, trimap.Count);
        Assert.Equal(new BandScore(1, 1, 1, 2), trimap[0]);
        Assert.Equal(new BandScore(2, 1.0 / 3, 0.5, 4), trimap[1]);
        Assert.Equal(8, trimap[39].Pixels);
    }

    [Fact]
    public void Outlines_may_be_off_by_the_tolerance()
    {
        // The diagonal is 500: 3.75 pixels of tolerance.
        double F(int shift)
        {
            var truth = new LabelMap(400, 300);
            var prediction = new LabelMap(400, 300);
            for (var y = 0; y < 300; y++)
            {
                truth.Row(y)[200..].Fill(1);
                prediction.Row(y)[(200 + shift)..].Fill(1);
            }
            var evaluation = new BoundaryEvaluation(3, BoundarySource.Classes);
            evaluation.Add(truth, prediction);
            var scores = evaluation.Score();
            Assert.Equal(double.NaN, scores.OutlineF[2]);
            return scores.MeanOutlineF;
        }

        Assert.Equal(1, F(0));
        Assert.Equal(1, F(3));
        Assert.Equal(0, F(4));
    }
}
