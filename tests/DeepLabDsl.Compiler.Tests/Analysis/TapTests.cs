using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>How many taps of an atrous convolution see the map (DeepLab v3, figure 4).</summary>
public class TapTests
{
    [Theory]
    [InlineData(65, 1, "9:.939 6:.060 4:.001")]
    [InlineData(65, 6, "9:.665 6:.301 4:.034")]
    [InlineData(65, 12, "9:.398 6:.466 4:.136")]
    [InlineData(65, 18, "9:.199 6:.494 4:.307")]
    [InlineData(65, 24, "9:.068 6:.386 4:.545")]
    [InlineData(65, 32, "9:.000 6:.030 4:.969")]
    [InlineData(65, 36, "4:.796 2:.192 1:.012")]
    [InlineData(65, 48, "4:.274 2:.499 1:.227")]
    [InlineData(65, 64, "4:.001 2:.060 1:.939")]
    [InlineData(65, 65, "1:1.000")]
    [InlineData(33, 6, "9:.405 6:.463 4:.132")]
    [InlineData(33, 12, "9:.074 6:.397 4:.529")]
    [InlineData(33, 18, "4:.826 2:.165 1:.008")]
    public void Shares_of_a_three_by_three(int side, int rate, string expected)
    {
        var axis = new WindowOnMap(3, 1, rate, rate, side, side);
        var shares = TapReport.Count(axis, axis).Shares;

        Assert.Equal(expected, string.Join(" ", shares.Select(s => $"{s.Taps}:{s.Share.ToString("#.000", CultureInfo.InvariantCulture)}")));
        Assert.Equal(1, shares.Sum(s => s.Share), 12);
    }

    [Fact]
    public void A_wide_map_can_lose_taps_on_one_axis_alone()
    {
        var report = Specs.Compile(Specs.Tiny.Replace("[65, 65]", "[65, 20]").Replace("stride: 2", "rate: 24")).Report!;

        var taps = Assert.Single(report.Analysis.Taps);
        Assert.Equal((65, 20), (taps.Height, taps.Width));
        Assert.Equal([3, 2], taps.Shares.Select(s => s.Taps));
        Assert.Contains(report.Analysis.Findings, f => f.Id == "DLD312" && f.Message.Contains("it is a 3x1 convolution"));
    }

    [Fact]
    public void Every_tap_is_counted_where_it_falls()
    {
        // Stride, padding other than 'same' and an even kernel: by hand.
        var axis = new WindowOnMap(Kernel: 4, Stride: 3, Rate: 2, Padding: 1, Input: 10, Output: 2);

        Assert.Equal([new TapShare(16, 0.25), new TapShare(12, 0.5), new TapShare(9, 0.25)], TapReport.Count(axis, axis).Shares);
    }
}
