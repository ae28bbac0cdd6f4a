using System.Linq;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Evaluation;

public sealed class CollapseCheckTests
{
    private static readonly ClassSet Classes = new(
        "toy", Enumerable.Range(0, 8).Select(i => new SegmentationClass($"c{i}", new Rgb((byte)i, 0, 0))));

    [Fact]
    public void One_class_in_place_of_all_is_warned_of()
    {
        var warning = Describe(t => 3);
        Assert.StartsWith(
            "the predictions have collapsed: 100 % of the pixels are predicted as 'c3' (in the truth 12.5 %), and 7 of 8 classes are as "
            + "good as never predicted (c0, c1, c2, c4, c5, c6, ...).", warning);
    }

    [Fact]
    public void Two_of_eight_classes_are_too_few_and_three_are_not()
    {
        Assert.NotNull(Describe(t => t % 2));
        Assert.Null(Describe(t => t % 3));
        Assert.Null(Describe(t => t));
    }

    [Fact]
    public void A_class_that_truly_fills_the_images_is_no_collapse()
    {
        var confusion = new ConfusionMatrix(8);
        confusion.Add(
            Enumerable.Repeat((byte)0, 990).Concat(Enumerable.Repeat((byte)1, 10)).ToArray(),
            Enumerable.Repeat((byte)0, 995).Concat(Enumerable.Repeat((byte)1, 5)).ToArray());
        Assert.Null(CollapseCheck.Describe(confusion.Score(), Classes));
        Assert.Null(CollapseCheck.Describe(new ConfusionMatrix(8).Score(), Classes));
    }

    [Fact]
    public void A_truth_of_one_class_says_nothing()
    {
        var confusion = new ConfusionMatrix(8);
        confusion.Add([2, 2, 2, 255], new byte[] { 2, 2, 2, 0 });
        Assert.StartsWith(
            "the truth has one class alone, 'c2', and 25 % of its pixels are void: these scores say nothing",
            CollapseCheck.Describe(confusion.Score(), Classes));
    }

    private static string? Describe(System.Func<int, int> predict)
    {
        var confusion = new ConfusionMatrix(8);
        var truth = Enumerable.Range(0, 800).Select(i => (byte)(i % 8)).ToArray();
        confusion.Add(truth, truth.Select(t => (byte)predict(t)).ToArray());
        return CollapseCheck.Describe(confusion.Score(), Classes);
    }
}
