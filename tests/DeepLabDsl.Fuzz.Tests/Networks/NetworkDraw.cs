using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Compiler;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>
/// Draws networks that are valid: convolutions with strides, rates and groups, norms, pools, branches, gates, blocks with
/// parameters, backbones with a part of their strides turned into rates, runs at several scales, and outputs that tap any of
/// it. What fits what is reckoned here, beside the compiler's own reckoning.
/// </summary>
internal sealed class NetworkDraw
{
    private readonly Random _random;
    private readonly OpDraw _ops;
    private readonly List<BlockDraw> _blocks = [];
    private int _names;

    private readonly int _steps;

    private NetworkDraw(Random random, int steps)
    {
        _random = random;
        _steps = steps;
        _ops = new OpDraw(random);
    }

    /// <summary>A spec of one network and what it is made of.</summary>
    /// <param name="random">Chooses.</param>
    /// <param name="name">The network's name, which those of its blocks begin with.</param>
    /// <param name="steps">How many layers and groups it has at most, those that others need and scores not counted.</param>
    public static string Draw(Random random, string name, int steps = 9) => new NetworkDraw(random, steps).Draw(name);

    private string Draw(string name)
    {
        var input = new Map(_random.Next(1, 5), _random.Next(24, 65), _random.Next(24, 65), 0);
        var scope = new DrawnScope(null, input, _random.Next(6) == 0);
        for (var b = _random.Next(3); b >= 0; b--)
            _blocks.Add(new BlockDraw(_random, $"{name}_block{b}"));
        var backbone = _random.Next(2) == 0 ? new BackboneDraw(_random, $"{name}_body", _blocks[0], input, _ops.NewGrid) : null;
        if (backbone is not null)
        {
            scope.Publish("backbone", backbone.Result);
            scope.Taps.AddRange(backbone.Taps.Select(t => "backbone." + t));
        }
        Steps(scope, _random.Next(1, _steps + 1), depth: 0, keepsGrid: false);
        scope.Add(Name("limit"), _ops.Pointwise(scope.Last.Map, _random.Next(2, 9)));
        var network = YamlTree.Map(
        [
            ("network", YamlTree.Of(name)),
            ("classes", YamlTree.Of(Pick(_random, "2", "3", "5"))),
            ("input", YamlTree.Map(("channels", Text(input.Channels)), ("size", YamlTree.List(Text(input.Height), Text(input.Width))))),
            .. Defaults(),
            .. backbone is null ? Array.Empty<(string, YamlTree)>() : [("backbone", backbone.Use)],
            .. Head(scope),
        ]);
        var documents = _blocks.Select(b => b.Document).Concat(backbone is null ? [] : [backbone.Document]).ToArray();
        _random.Shuffle(documents);
        return string.Join("---\n", documents.Prepend(network).Select(d => d.Write(_random, isFaithful: true)));
    }

    /// <summary>The layers with those of the scores, and the outputs.</summary>
    private IEnumerable<(string, YamlTree)> Head(DrawnScope scope)
    {
        // Channels that grow with the classes go into nothing but these last layers.
        var map = scope.Last.Map;
        if (_random.Next(2) == 0)
        {
            scope.Add(Name("wide"), _ops.Pointwise(map, 0, "2 * $classes"));
            scope.Add(Name("act"), _ops.Activation(map));
        }
        scope.Add(Name("scores"), _ops.Pointwise(map, 0, "$classes"));
        var scores = scope.Last.Path;
        // A run at a smaller scale needs windows that still fit.
        var factor = _ops.IsTight ? Pick(_random, "1.5", "2") : Pick(_random, "0.5", "0.75", "1.5");
        if (_random.Next(6) == 0)
        {
            scope.Add(Name("fused"), new DrawnLayer("fused", YamlTree.Map(
                ("scales", YamlTree.Map(("other", YamlTree.Of(factor)))), ("merge", YamlTree.Of(Pick(_random, "max", "sum", "mean")))), map,
                "other"), scores);
        }
        yield return ("layers", scope.Write(_random));
        var outputs = new List<(string, YamlTree)>
        {
            ("logits", YamlTree.Map(
                ("from", YamlTree.Of(scope.Last.Path)), ("resize", YamlTree.Of("input")),
                ("align_corners", YamlTree.Of(Pick(_random, "true", "false"))))),
        };
        if (_random.Next(3) == 0)
        {
            outputs.Add(
                ("auxiliary", YamlTree.Map(
                    ("from", YamlTree.Of(scores)), ("loss_weight", YamlTree.Of("0.4")), ("resize", YamlTree.Of("input")))));
        }
        var taps = scope.Taps.ToArray();
        _random.Shuffle(taps);
        outputs.AddRange(taps.Take(_random.Next(10)).Select((t, i) => ($"tap{i}", _random.Next(5) == 0
            ? YamlTree.Map(("from", YamlTree.Of(t)), ("resize", YamlTree.Of("input")))
            : YamlTree.Of(t))));
        yield return ("outputs", YamlTree.Map(outputs));
    }

    private IEnumerable<(string, YamlTree)> Defaults()
    {
        if (_random.Next(2) == 0)
            yield break;
        yield return ("defaults", YamlTree.Map(
        [
            ("activation", YamlTree.Of(Pick(_random, [.. OpTable.Activations]))),
            ("norm", YamlTree.Of(Pick(_random, [.. OpTable.Norms]))),
            .. _random.Next(2) == 0
                ? [("batch_norm", YamlTree.Map(("momentum", YamlTree.Of("0.05")), ("epsilon", YamlTree.Of("0.001"))))]
                : Array.Empty<(string, YamlTree)>(),
            .. _random.Next(3) == 0 ? [("conv", YamlTree.Map(("bias", YamlTree.Of("true"))))] : Array.Empty<(string, YamlTree)>(),
        ]));
    }

    private void Steps(DrawnScope scope, int count, int depth, bool keepsGrid)
    {
        for (; count > 0; count--)
        {
            if (_random.Next(4) == 0)
                Merge(scope, keepsGrid);
            else
                Step(scope, depth, keepsGrid);
        }
    }

    private void Step(DrawnScope scope, int depth, bool keepsGrid)
    {
        var source = scope.Last;
        var isNamed = _random.Next(4) == 0;
        if (isNamed)
            source = Pick(_random, [.. scope.Visible.Where(v => !keepsGrid || v.Map.Grid == scope.Input.Grid)]);
        var layer = Layer(scope, source.Map, depth, keepsGrid);
        scope.Add(Name(layer.Kind), layer, isNamed ? [source.Path] : []);
    }

    private DrawnLayer Layer(DrawnScope scope, Map map, int depth, bool keepsGrid)
    {
        var layer = (depth > 2 ? 0 : _random.Next(12)) switch
        {
            6 or 7 => Group(scope, map, depth, keepsGrid),
            8 => Parallel(scope, map, depth),
            9 or 10 => Pick(_random, _blocks).Use(map, keepsGrid, _ops.NewGrid),
            11 => Gate(map),
            _ => _ops.Draw(map, keepsGrid),
        };
        if (_random.Next(12) > 0)
            return layer;
        // Switched off or on by a condition that all numbers of classes answer alike.
        var isThere = _random.Next(2) == 0;
        var tree = layer.Tree.Entries is null ? YamlTree.Map(("op", layer.Tree)) : layer.Tree;
        tree.Entries!.Add((YamlTree.Of("when"), YamlTree.Of(isThere ? "$classes > 1" : "$classes == 0")));
        return isThere ? layer with { Tree = tree } : new DrawnLayer(layer.Kind, tree, map);
    }

    /// <summary>Joins the last map with another, brought to its size and depth where they differ.</summary>
    private void Merge(DrawnScope scope, bool keepsGrid)
    {
        var (path, map) = scope.Last;
        if (keepsGrid && map.Grid != scope.Input.Grid)
            return;
        var other = Pick(_random, scope.Visible);
        var op = Pick(_random, "add", "multiply", "max", "mean", "concat");
        if (op == "concat" && map.Channels + other.Map.Channels > 48)
            op = "add";
        if (op != "concat" && other.Map.Channels != map.Channels)
        {
            scope.Add(Name("fit"), _ops.Pointwise(other.Map, map.Channels), other.Path);
            other = scope.Last;
        }
        if (other.Map.Grid != map.Grid)
        {
            scope.Add(Name("resize"), new DrawnLayer("resize", YamlTree.Map(
                ("op", YamlTree.Of("resize")), ("to", YamlTree.Of(path)), ("align_corners", YamlTree.Of(Pick(_random, "true", "false")))),
                map with { Channels = other.Map.Channels }), other.Path);
            other = scope.Last;
        }
        scope.Add(Name("join"), new DrawnLayer("join", YamlTree.Map(("op", YamlTree.Of(op))),
            op == "concat" ? map with { Channels = map.Channels + other.Map.Channels } : map), path, other.Path);
    }

    private DrawnLayer Group(DrawnScope outer, Map map, int depth, bool keepsGrid)
    {
        var units = _random.Next(4) == 0 ? _random.Next(1, 4) : 0;
        var scope = new DrawnScope(outer, map, _random.Next(6) == 0);
        Steps(scope, _random.Next(1, 4), depth + 1, keepsGrid || units > 0);
        // Each unit must take what the one before gives.
        if (units > 0 && (scope.Last.Map.Channels != map.Channels || scope.Last.Map.Grid != map.Grid || scope.Layers.Count == 0))
        {
            scope.Add(
                Name("back"), _ops.Pointwise(map, map.Channels, "$input.channels"),
                scope.Last.Map.Grid == map.Grid ? [scope.Last.Path] : ["input"]);
        }
        if (scope.Layers.Count == 0)
            scope.Add(Name("act"), _ops.Activation(map));
        var entries = new List<(string, YamlTree)> { ("layers", scope.Write(_random)) };
        if (units > 0)
            entries.Add(("repeat", Text(units)));
        if (_random.Next(8) == 0)
            entries.Add(("keys", YamlTree.Of("numbered")));
        if (_random.Next(8) == 0)
            entries.Add(("key", YamlTree.Of($"nested.k{++_names}")));
        if (_random.Next(8) == 0)
            entries.Add(("output", YamlTree.Of(scope.Last.Path)));
        return new DrawnLayer("group", YamlTree.Map(entries), scope.Last.Map,
            units == 0 ? scope.Taps : [.. Enumerable.Range(0, units).SelectMany(u => scope.Taps.Select(t => $"{u}.{t}").Prepend($"{u}"))]);
    }

    private DrawnLayer Parallel(DrawnScope outer, Map map, int depth)
    {
        var merge = Pick(_random, [.. OpTable.Merges.Keys]);
        var isMap = _random.Next(2) == 0;
        var taps = new List<string>();
        var branches = new List<(string Name, YamlTree Tree, Map Map)>();
        for (var b = _random.Next(1, 4); b >= 0; b--)
        {
            var scope = new DrawnScope(outer, map, isExplicit: false);
            var layer = merge == "concat" && _random.Next(2) == 0 ? Layer(scope, map, depth + 1, keepsGrid: true) : null;
            // A branch that is none is left out of the merge, and one that repeats stands for several.
            if (layer is null or { Kind: "act" or "norm" } || layer.Map.Channels > 16
                || layer.Tree.Entries?.Any(e => e.Key.Text is "when" or "repeat") == true)
                layer = _ops.Pointwise(map, merge == "concat" ? _random.Next(1, 9) : map.Channels);
            var name = isMap ? "way" + Text(++_names).Text : branches.Count.ToString(CultureInfo.InvariantCulture);
            branches.Add((name, layer.Tree, layer.Map));
            taps.AddRange(layer.Inner.Select(t => $"{name}.{t}").Prepend(name));
        }
        return new DrawnLayer("parallel", YamlTree.Map(
            ("merge", YamlTree.Of(merge)),
            ("parallel", isMap ? YamlTree.Map(branches.Select(b => (b.Name, b.Tree))) : YamlTree.List(branches.Select(b => b.Tree)))),
            map with { Channels = merge == "concat" ? branches.Sum(b => b.Map.Channels) : map.Channels }, taps);
    }

    /// <summary>A squeeze-and-excitation: a map of one pixel that scales channels.</summary>
    private DrawnLayer Gate(Map map) => new("gate", YamlTree.Map(("layers", YamlTree.Map(
        ("squeeze", YamlTree.Of("global_avg_pool")),
        ("excite", _ops.Pointwise(map, map.Channels).Tree),
        ("open", YamlTree.Of(Pick(_random, "sigmoid", "hard_sigmoid"))),
        ("scale", YamlTree.Map(("op", YamlTree.Of("multiply")), ("from", YamlTree.List(YamlTree.Of("input"), YamlTree.Of("open")))))))),
        map, "squeeze", "excite", "open", "scale");

    /// <summary>A name that no other layer of the network has.</summary>
    private string Name(string kind)
    {
        var number = (++_names).ToString(CultureInfo.InvariantCulture);
        return _random.Next(6) switch
        {
            0 => number,
            1 => $"{kind}_{number}",
            2 => char.ToUpperInvariant(kind[0]) + kind[1..] + number,
            _ => kind + number,
        };
    }

    private static YamlTree Text(int number) => YamlTree.Of(number.ToString(CultureInfo.InvariantCulture));
}
