using System;
using System.Linq;
using DeepLabDsl.Evaluation;

namespace DeepLabDsl.Tests.Crf;

public class CrfSearchTests
{
    [Theory]
    [InlineData("30:10:100", new[] { 30.0, 40, 50, 60, 70, 80, 90, 100 })]
    [InlineData("0.1:0.1:0.3", new[] { 0.1, 0.2, 0.3 })]
    [InlineData("3:2:6", new[] { 3.0, 5 })]
    [InlineData("7.5", new[] { 7.5 })]
    public void Ranges_are_as_the_papers_write_them(string text, double[] values) => Assert.Equal(values, CrfRange.Parse(text).Values);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("3:6")]
    [InlineData("6:1:3")]
    [InlineData("3:0:6")]
    [InlineData("3:1:x")]
    [InlineData("1:0.0001:100")]
    [InlineData("3:1:NaN")]
    public void Other_ranges_are_refused(string text) =>
        Assert.Contains(
            "must be FIRST:STEP:LAST", Assert.Throws<FormatException>(() => CrfRange.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rounds_go_from_coarse_to_fine()
    {
        var search = new CrfSearch { SigmaXy = new(30, 10, 50), SigmaRgb = new(3, 1, 3), Weight = new(1, 1, 2) };

        Assert.Equal(6, search.Round(0, null).Count);
        var finer = search.Round(1, new CrfPoint(50, 3, 1));
        Assert.Equal([45, 50, 55], finer.Select(p => p.SigmaXy).Distinct());
        Assert.Equal([3], finer.Select(p => p.SigmaRgb).Distinct());
        Assert.Equal([0.5, 1, 1.5], finer.Select(p => p.Weight).Distinct());
        // A weight of 0 is no CRF.
        Assert.Equal([1, 2], new CrfSearch().Round(0, new CrfPoint(30, 3, 1)).Select(p => p.Weight).Distinct());
    }

    [Fact]
    public void Of_equals_the_smallest_kernel_is_the_best()
    {
        var trials = new[] { new CrfTrial(new(40, 3, 2), 0.5), new CrfTrial(new(50, 3, 1), 0.5), new CrfTrial(new(30, 9, 1), 0.5),
            new CrfTrial(new(1, 1, 1), 0.4) };

        Assert.Equal(new CrfPoint(30, 9, 1), CrfSearch.Best(trials).Point);
    }
}
