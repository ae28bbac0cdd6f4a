using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>
/// A block of the form that residual, separable and plain units have: an expansion that may be left out, a convolution that
/// strides, branches, a projection and a shortcut where one is needed.
/// </summary>
internal sealed class BlockDraw
{
    private readonly Random _random;
    private readonly List<(string Name, YamlTree Layer)> _layers = [];
    private readonly List<string> _taps = [];

    public BlockDraw(Random random, string name)
    {
        _random = random;
        Name = name;
        var expands = random.Next(3) > 0;
        if (expands)
        {
            var isThere = YamlTree.Of("$wide > 1");
            Add(
                "expand", ("op", YamlTree.Of("conv")), ("kernel", YamlTree.Of("1")), ("channels", YamlTree.Of("$wide * $input.channels")),
                ("when", isThere));
            Add("expand_norm", ("op", YamlTree.Of("norm")), ("when", isThere));
        }
        Move();
        if (random.Next(3) > 0)
            Add("norm1", YamlTree.Of(Pick(random, "batch_norm", "norm")));
        if (random.Next(3) > 0)
            Add("act1", YamlTree.Of(Pick(random, "activation", "relu", "relu6", "hard_swish")));
        Add(
            "project", ("op", YamlTree.Of("conv")), ("kernel", YamlTree.Of("1")), ("channels", YamlTree.Of("$channels")),
            ("bias", YamlTree.Of(Pick(random, "true", "false"))));
        if (random.Next(4) == 0)
            Branches();
        if (random.Next(2) == 0)
            Add("norm2", YamlTree.Of("norm"));
        if (random.Next(2) == 0)
            Shortcut();
        if (random.Next(3) > 0)
            Add("last", YamlTree.Of(Pick(random, "activation", "relu", "sigmoid")));
        Document = YamlTree.Map(
            ("block", YamlTree.Of(name)),
            ("parameters", YamlTree.Map(
                ("channels", YamlTree.Of("int")), ("stride", One("int")), ("rate", One("int")), ("wide", One("int")))),
            ("layers", YamlTree.Map(_layers)));
    }

    public string Name { get; }

    public YamlTree Document { get; }

    /// <summary>Layers of it that can be tapped wherever it is used.</summary>
    public IReadOnlyList<string> Taps => _taps;

    /// <summary>A use of it.</summary>
    /// <param name="map">What it is fed with.</param>
    /// <param name="keepsGrid">Whether its result must be of the same size.</param>
    /// <param name="grid">Gives the grid of a result of another size.</param>
    public DrawnLayer Use(Map map, bool keepsGrid, Func<int> grid)
    {
        var channels = _random.Next(1, 13);
        var entries = new List<(string, YamlTree)> { ("block", YamlTree.Of(Name)), ("channels", Text(channels)) };
        var units = _random.Next(3) == 0 ? _random.Next(1, 4) : 0;
        if (units > 0)
            entries.Add(("repeat", Text(units)));
        if (_random.Next(3) == 0)
            entries.Add(("wide", Text(_random.Next(1, 4))));
        if (_random.Next(3) == 0)
            entries.Add(("rate", YamlTree.Of(units > 0 ? "[1, 2, 5][$unit]" : Pick(_random, "1", "2", "3"))));
        if (!keepsGrid && map.Side > 12 && _random.Next(2) == 0)
        {
            entries.Add(("stride", YamlTree.Of(units > 0 ? "if($unit == 0, 2, 1)" : "2")));
            map = map with { Height = (map.Height + 1) / 2, Width = (map.Width + 1) / 2, Grid = grid() };
        }
        IReadOnlyList<string> inner = units == 0
            ? _taps
            : [.. Enumerable.Range(0, units).SelectMany(u => _taps.Select(t => $"{u}.{t}").Prepend($"{u}"))];
        return new DrawnLayer(Pick(_random, "unit", Name), YamlTree.Map(entries), map with { Channels = channels }, inner);
    }

    private static YamlTree Text(int number) => YamlTree.Of(number.ToString(CultureInfo.InvariantCulture));

    private static YamlTree One(string type) => YamlTree.Map((type, YamlTree.Of("1")));

    /// <summary>The layer that takes stride and rate.</summary>
    private void Move()
    {
        var entries = new List<(string, YamlTree)>
        {
            ("kernel", YamlTree.Of(Pick(_random, "3", "3", "5"))), ("stride", YamlTree.Of("$stride")), ("rate", YamlTree.Of("$rate")),
        };
        if (_random.Next(3) == 0)
            entries.Add(("padding", YamlTree.Of(Pick(_random, OpTable.TensorFlowPadding, "same"))));
        if (_random.Next(2) == 0)
            Add("move", [("op", YamlTree.Of("depthwise_conv")), .. entries]);
        else
        {
            Add(
                "move",
                [("op", YamlTree.Of("conv")), ("channels", YamlTree.Of(
                    Pick(_random, "$channels", "2 * $channels", "round_to($channels, 4)", "6"))), .. entries]);
        }
    }

    /// <summary>What the projection gives, through branches that see it.</summary>
    private void Branches()
    {
        YamlTree Branch(int kernel, string groups) =>
            YamlTree.Map(
                ("op", YamlTree.Of("conv")), ("kernel", Text(kernel)), ("channels", YamlTree.Of("$channels")),
                ("groups", YamlTree.Of(groups)), ("rate", YamlTree.Of("$rate")));
        Add(
            "both", ("merge", YamlTree.Of(Pick(_random, "sum", "max", "mean"))),
            ("parallel", YamlTree.List(Branch(1, "1"), Branch(3, "$channels"))));
        _taps.AddRange(["both.0", "both.1"]);
    }

    private void Shortcut()
    {
        var before = _layers[^1].Name;
        var conv = YamlTree.Map(
            ("op", YamlTree.Of("conv")), ("kernel", YamlTree.Of("1")), ("channels", YamlTree.Of("$channels")),
            ("stride", YamlTree.Of("$stride")));
        var when = ("when", YamlTree.Of("$stride != 1 or $input.channels != $channels"));
        _layers.Add(
            ("shortcut", YamlTree.Map(
                ("from", YamlTree.Of("input")), when, ("layers", YamlTree.Map(("0", conv), ("1", YamlTree.Of("norm")))))));
        Add("sum", ("op", YamlTree.Of("add")), ("from", YamlTree.List(YamlTree.Of(before), YamlTree.Of("shortcut"))));
    }

    private void Add(string name, params IReadOnlyList<(string, YamlTree)> entries) => Add(name, YamlTree.Map(entries));

    private void Add(string name, YamlTree layer)
    {
        _layers.Add((name, layer));
        _taps.Add(name);
    }
}
