using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>A backbone and its use at an output stride that it can have, with a multi-grid or rates of its stages.</summary>
internal sealed class BackboneDraw
{
    private static readonly string[] Names = ["first", "second", "third", "fourth"];

    private readonly Random _random;
    private readonly List<string> _taps = [];

    /// <param name="random">Chooses.</param>
    /// <param name="name">The backbone's name.</param>
    /// <param name="block">What its stages are made of.</param>
    /// <param name="input">What it is fed with.</param>
    /// <param name="grid">Gives the grid of its result.</param>
    public BackboneDraw(Random random, string name, BlockDraw block, Map input, Func<int> grid)
    {
        _random = random;
        var stem = Stem();
        var stemStride = stem.Count > 2 ? 4 : 2;
        var conventions = new[] { "here", "behind", "before", "at_end" };
        var convention = Pick(random, conventions);
        var stages = new List<(string Name, int Units, int Stride, YamlTree Tree)>();
        var channels = 0;
        for (var s = 0; s < random.Next(1, 5); s++)
        {
            channels = random.Next(2, 11);
            // The first stage has none before it that could take its stride.
            var (units, stride) = (random.Next(1, 4), s == 0 && convention == "before" ? 1 : Pick(random, 1, 2, 2));
            stages.Add(
                (Names[s], units, stride, YamlTree.Map(
                    ("block", YamlTree.Of(block.Name)), ("repeat", Text(units)), ("channels", Text(channels)), ("stride", Text(stride)))));
            _taps.Add(Names[s]);
            if (units > 1)
            {
                _taps.AddRange(
                    Enumerable.Range(0, units).SelectMany(u => block.Taps.Select(t => $"{Names[s]}.{u}.{t}").Prepend($"{Names[s]}.{u}")));
            }
        }
        var tail = random.Next(3) == 0;
        Document = YamlTree.Map(
        [
            ("backbone", YamlTree.Of(name)),
            ("parameters", YamlTree.Map(("width", YamlTree.Map(("int", YamlTree.Of("4")))))),
            ("stem", YamlTree.Map(stem)),
            ("stages", YamlTree.Map(stages.Select(s => (s.Name, s.Tree)))),
            .. tail
                ? [("tail", YamlTree.Map(("last", YamlTree.Of("norm")), ("last_act", YamlTree.Of("activation"))))]
                : Array.Empty<(string, YamlTree)>(),
            ("conventions", YamlTree.Map(
                ("here", Convention("first", "strided_unit")), ("behind", Convention("first", "next_unit")),
                ("before", Convention("last_before", "next_unit")), ("at_end", Convention("last", "next_unit")))),
            ("convention", YamlTree.Of(convention)),
        ]);
        var reachable = new List<int> { stemStride };
        foreach (var stage in stages.Where(s => s.Stride > 1))
            reachable.Add(reachable[^1] * stage.Stride);
        var outputStride = Pick(random, reachable);
        Use = YamlTree.Map(
        [
            ("use", YamlTree.Of(name)),
            .. outputStride == reachable[^1] && random.Next(2) == 0
                ? Array.Empty<(string, YamlTree)>()
                : [("output_stride", Text(outputStride))],
            .. random.Next(2) == 0 ? [("width", Text(random.Next(1, 9)))] : Array.Empty<(string, YamlTree)>(),
            .. Rates([.. stages.Select(s => (s.Name, s.Units))]),
        ]);
        Result = new Map(channels, Ceiling(input.Height, outputStride), Ceiling(input.Width, outputStride), grid());
    }

    public YamlTree Document { get; }

    /// <summary>The network's <c>backbone:</c>.</summary>
    public YamlTree Use { get; }

    public Map Result { get; }

    /// <summary>Layers of it that can be tapped.</summary>
    public IReadOnlyList<string> Taps => _taps;

    private List<(string, YamlTree)> Stem()
    {
        var stem = new List<(string, YamlTree)>
        {
            ("conv", YamlTree.Map(
                ("op", YamlTree.Of("conv")), ("kernel", YamlTree.Of("3")), ("stride", YamlTree.Of("2")),
                ("channels", YamlTree.Of("$width")))),
            ("act", YamlTree.Of("activation")),
        };
        if (_random.Next(3) == 0)
        {
            stem.Add(
                ("pool", YamlTree.Map(
                    ("op", YamlTree.Of("max_pool")), ("kernel", YamlTree.Of("3")), ("stride", YamlTree.Of("2")),
                    ("padding", YamlTree.Of("1")))));
        }
        _taps.AddRange(stem.Select(l => l.Item1));
        return stem;
    }

    private IEnumerable<(string, YamlTree)> Rates(IReadOnlyList<(string Name, int Units)> stages)
    {
        var grids = stages.Where(_ => _random.Next(4) == 0).ToList();
        var rates = stages.Except(grids).Where(_ => _random.Next(6) == 0).ToList();
        if (grids.Count > 0)
            yield return ("multi_grid", YamlTree.Map(grids.Select(Numbers)));
        if (rates.Count > 0)
            yield return ("rates", YamlTree.Map(rates.Select(Numbers)));

        (string, YamlTree) Numbers((string Name, int Units) stage) =>
            (stage.Name, YamlTree.List(Enumerable.Range(0, stage.Units).Select(_ => Text(_random.Next(1, 6)))));
    }

    private static YamlTree Convention(string unit, string from) =>
        YamlTree.Map(("stride_unit", YamlTree.Of(unit)), ("rate_from", YamlTree.Of(from)));

    private static YamlTree Text(int number) => YamlTree.Of(number.ToString(CultureInfo.InvariantCulture));

    private static int Ceiling(int size, int stride) => (size + stride - 1) / stride;
}
