using System.Collections.Generic;
using System.Linq;
using CsCheck;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>Gridding of chains of rates: published examples, HDC's rule and where it fails, and the exact rule.</summary>
public class DilationChainTests
{
    [Theory]
    [InlineData("1,2,5", 17, 17, 100.0, 1, 2)]
    [InlineData("1,2,3", 13, 13, 100.0, 1, 2)]
    [InlineData("1,2,4", 15, 15, 100.0, 1, 2)]
    [InlineData("1,2,9", 21, 25, 70.6, 1, 5)]
    [InlineData("2,2,2", 7, 13, 29.0, 2, 2)]
    [InlineData("2,4,8", 15, 29, 26.8, 2, 4)]
    [InlineData("5,9,17", 27, 63, 18.4, 1, 9)]
    [InlineData("1,2,5,9", 35, 35, 100.0, 1, 2)]
    [InlineData("6,12,18", 13, 73, 3.2, 6, 12)]
    [InlineData("2", 3, 5, 36.0, 2, null)]
    public void Chains_of_three_taps(string rates, int read, int span, double percent, int factor, int? distance)
    {
        var chain = new ChainReport(3, [.. rates.Split(',').Select(int.Parse)]);

        Assert.Equal((read, span, factor, distance), (chain.ReadOffsets, chain.Span, chain.CommonFactor, chain.SecondDistance));
        Assert.Equal(percent, 100 * chain.Coverage, 1);
        Assert.Equal(percent == 100, chain.IsFull);
        Assert.Equal(chain.IsFull, chain.IsFullByRule);
    }

    [Fact]
    public void The_holes_of_one_two_nine_are_four_and_five_away_from_the_middle()
    {
        Assert.Equal([-5, -4, 4, 5], new ChainReport(3, [1, 2, 9]).Holes.Order());
    }

    [Theory]
    // The rule's second distance passes both; a first rate above 1 is what it misses.
    [InlineData("2,2,2")]
    [InlineData("2,3")]
    public void Hdcs_rule_passes_chains_with_holes_where_the_first_rate_is_not_one(string rates)
    {
        var chain = new ChainReport(3, [.. rates.Split(',').Select(int.Parse)]);

        Assert.True(chain.SecondDistance <= 3);
        Assert.False(chain.IsFull);
    }

    [Fact]
    public void Hdcs_rule_is_exact_for_ascending_rates_that_begin_with_one()
    {
        foreach (var rates in Ascending(2, 12).Concat(Ascending(3, 12)).Concat(Ascending(4, 9)))
            Assert.Equal(new ChainReport(3, rates).IsFull, DilationChain.SecondDistance(rates) <= 3);

        static IEnumerable<int[]> Ascending(int length, int most)
        {
            IEnumerable<int[]> rates = [[1]];
            for (var i = 1; i < length; i++)
                rates = rates.SelectMany(r => Enumerable.Range(r[^1], most - r[^1] + 1).Select(next => (int[])[.. r, next]));
            return rates;
        }
    }

    [Fact]
    public void The_exact_rule_agrees_with_adding_up_all_taps_in_any_order()
    {
        var window = Gen.Select(Gen.Int[1, 4].Select(half => 2 * half - 1), Gen.Int[1, 14]);
        window.Array[1, 5].Sample(windows =>
        {
            var sums = new HashSet<int> { 0 };
            foreach (var (kernel, rate) in windows)
                sums = [.. sums.SelectMany(s => Enumerable.Range(0, kernel).Select(t => s + (t - kernel / 2) * rate))];
            var isFull = sums.Count == sums.Max() - sums.Min() + 1;
            var chain = windows.Select(w => new ChainWindow(w.Item1, w.Item2)).ToList();

            Assert.Equal(isFull, DilationChain.IsFull(chain));
            Assert.Equal(sums.Order(), Numbers(DilationChain.Offsets(chain)));
        }, iter: 3000);
    }

    [Fact]
    public void Sets_of_offsets_add_unite_and_compare_as_sets_do()
    {
        var numbers = Gen.Int[-200, 200].Array[1, 12];
        Gen.Select(numbers, numbers, Gen.Int[1, 300], Gen.Int[1, 90], Gen.Int[-200, 200]).Sample((a, b, count, step, first) =>
        {
            var (left, right) = (OffsetSet.Of(a), OffsetSet.Of(b));
            var taps = Enumerable.Range(0, count).Select(t => first + t * step);

            Assert.Equal(a.Distinct().Order(), Numbers(left));
            Assert.Equal(a.Concat(b).Distinct().Order(), Numbers(left.Union(right)));
            Assert.Equal(a.SelectMany(x => taps.Select(y => x + y)).Distinct().Order(), Numbers(left.Plus(new Taps(count, step, first))));
            Assert.Equal(a.All(b.Contains), left.IsSubsetOf(right));
            Assert.True(left.IsSubsetOf(left.Union(right)));
            Assert.Equal(left.Union(right), right.Union(left));
        }, iter: 3000);
    }

    [Fact]
    public void What_lies_beyond_every_map_is_left_out()
    {
        var set = OffsetSet.Of([-60000, 0, 60000]).Plus(new Taps(3, 10000, -10000));

        Assert.Equal([-60000, -50000, -10000, 0, 10000, 50000, 60000], Numbers(set));
        Assert.Equal(OffsetSet.Limit + 1, OffsetSet.Zero.Plus(new Taps(1 << 20, 1, 0)).Count);
        Assert.Equal([-30000, 65535], Numbers(OffsetSet.Of([-30000]).Plus(new Taps(1 << 20, 95535, 0))));
        Assert.Equal(0, set.Plus(new Taps(1, 1, 1L << 40)).Count);
    }

    private static IEnumerable<int> Numbers(OffsetSet set) => Enumerable.Range(set.Minimum, set.Span).Where(set.Contains);
}
