using System;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Formats;
using DeepLabDsl.Weights.Names;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

/// <summary>A file is held against a network before anything is loaded.</summary>
public sealed class WeightsMatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Everything_that_differs_is_listed_and_nothing_is_loaded()
    {
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)), ("norm", nn.BatchNorm2d(4)), ("scores", nn.Conv2d(4, 2, 1)));
        var before = Values(network);
        var file = Save(
            ("conv.weight", ones(4, 1, 3, 3)), ("conv.bais", ones(4)), ("scores.weight", ones(1, 4, 1, 1)), ("scores.bias", ones(2, int64)),
            ("norm.weight", ones(4)));

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Load(network, file));

        Assert.Equal(
            $"""
             {file}: the weights are of another network; 2 tensors fit, 7 do not:
               missing: conv.bias [4] (nearest in the file: conv.bais)
               missing: norm.{"{"}bias [4], running_mean [4], running_var [4]{"}"}
               scores.weight: [2, 4, 1, 1] in the network, [1, 4, 1, 1] in the file
               scores.bias: float32 in the network, int64 in the file
               not in the network: conv.bais [4]
             Name the network that they were trained as and its number of classes, or the map of the publisher's names; a partial load takes
             """.ReplaceLineEndings("\n") + " what fits.",
            fault.Message);
        Assert.Equal(before, Values(network));
    }

    [Fact]
    public void A_partial_load_takes_what_fits_and_says_what_did_not()
    {
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)), ("scores", nn.Conv2d(4, 2, 1)));
        var scores = network.state_dict()["scores.weight"].clone();
        var file = Save(
            ("conv.weight", ones(4, 1, 3, 3)), ("conv.bias", ones(4)), ("scores.weight", ones(21, 4, 1, 1)), ("scores.bias", ones(21)));

        var match = WeightsFile.Load(network, WeightsFile.Open(file), partial: true);

        Assert.Equal(2, match.Fitting);
        Assert.Equal(["scores.weight", "scores.bias"], match.Differences.Select(d => d.Name));
        Assert.Equal(1, network.state_dict()["conv.bias"][3].ToSingle());
        Assert.Equal(scores.bytes.ToArray(), network.state_dict()["scores.weight"].bytes.ToArray());
        Assert.Throws<WeightsException>(() => WeightsFile.Load(network, WeightsFile.Open(Save(("other", ones(1)))), partial: true));
    }

    /// <summary>Whatever wraps the network's keys, and whatever lies beside them.</summary>
    [Theory]
    [InlineData("model.", "loss.class_weights")]
    [InlineData("learner.net.", "learner.optimizer_step", "metrics.count", "metrics.sum")]
    [InlineData("", "ema.conv.weight")]
    [InlineData("module.", "module_ema.conv.weight", "module_ema.conv.bias")]
    [InlineData("model.", "ema_model.conv.weight", "ema_model.conv.bias")]
    public void The_prefix_is_what_most_of_the_network_lies_behind(string prefix, params string[] beside)
    {
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)));
        (string, Tensor)[] tensors =
        [
            .. beside.Select(b => (b, b.EndsWith("weight", StringComparison.Ordinal) ? zeros(4, 1, 3, 3) : zeros(4))),
            (prefix + "conv.weight", ones(4, 1, 3, 3)), (prefix + "conv.bias", ones(4)),
        ];

        if (prefix.Length == 0)
        {
            // Nothing wraps the network: what else the file has is a difference.
            Assert.Contains(
                "not in the network: ema.conv.weight",
                Assert.Throws<WeightsException>(() => WeightsFile.Load(network, WeightsFile.Open(Save(tensors)))).Message,
                StringComparison.Ordinal);
            return;
        }
        var match = WeightsFile.Load(network, WeightsFile.Open(Save(tensors)));

        Assert.Equal((prefix, 2, 0), (match.Prefix, match.Fitting, match.Differences.Count));
        Assert.Equal(4, network.state_dict()["conv.bias"].sum().ToSingle());
        Assert.All(beside, b => Assert.Contains(match.LeftOver, l => l.StartsWith(b.Split('.')[0], StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_two_networks_the_one_whose_sizes_fit_is_taken()
    {
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)));

        var match = WeightsFile.Load(network, WeightsFile.Open(Save(
            ("small.conv.weight", ones(2, 1, 3, 3)), ("small.conv.bias", ones(2)), ("large.conv.weight", ones(4, 1, 3, 3)),
            ("large.conv.bias", ones(4)))));

        Assert.Equal("large.", match.Prefix);
        Assert.Equal(["small.* (2 tensors)"], match.LeftOver);
    }

    [Fact]
    public void Numbers_that_are_none_are_told_when_they_are_loaded()
    {
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)));
        var bias = ones(4);
        bias[1] = float.NaN;
        bias[3] = float.NegativeInfinity;

        var match = WeightsFile.Load(
            network, WeightsFile.Open(Save(("conv.weight", full([4, 1, 3, 3], 1e300, float64)), ("conv.bias", bias))));

        Assert.Equal([("conv.weight", 36L), ("conv.bias", 2L)], match.NonFinite.Select(n => (n.Key, n.Value)));
        Assert.Contains(
            "38 numbers of the weights are NaN or infinite, in conv.weight (36), conv.bias (2)", match.DescribeNonFinite(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_a_publisher_are_translated_and_own_names_are_known_too()
    {
        var map = NameMap.Parse("name_map: t\nrules: { conv: layer1.c }\nignore: [alias]", "t.yaml");
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)));

        var theirs = WeightsFile.Load(
            network,
            WeightsFile.Open(
                Save(("module.layer1.c.weight", ones(4, 1, 3, 3)), ("module.layer1.c.bias", ones(4)), ("module.alias.c.bias", ones(4)))),
            map);
        var ours = WeightsFile.Load(network, WeightsFile.Open(Save(("conv.weight", ones(4, 1, 3, 3)), ("conv.bias", ones(4)))), map);

        Assert.Equal((map, "module.", 2), (theirs.Names, theirs.Prefix, theirs.Fitting));
        Assert.Null(ours.Names);
        var fault =
            Assert.Throws<WeightsException>(() => WeightsFile.Load(
                network, WeightsFile.Open(Save(("layer1.c.weight", ones(4, 1, 3, 3)))), map));
        Assert.Contains("missing: conv.bias [4] (looked for as layer1.c.bias)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_under_the_names_of_a_shipped_map_is_told_so()
    {
        var network = nn.Sequential(("backbone", nn.Conv2d(1, 4, 3)));
        var file = WeightsFile.Open(Save(("weight", ones(4, 1, 3, 3)), ("bias", ones(4))));

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Load(network, file));

        Assert.Contains("the shipped map 'torchvision-backbone'", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_counter_of_batches_may_be_missing_or_left_over()
    {
        var network = nn.Sequential(("norm", nn.BatchNorm2d(2)));

        var match = WeightsFile.Load(network, WeightsFile.Open(Save(
            ("norm.weight", ones(2)), ("norm.bias", ones(2)), ("norm.running_mean", ones(2)), ("norm.running_var", ones(2).to(float16)),
            ("x.num_batches_tracked", tensor(1L)))));

        Assert.Empty(match.Differences);
    }

    [Fact]
    public void A_counter_of_batches_may_have_a_dimension()
    {
        var norm = nn.BatchNorm2d(2);
        var file = Save(
            ("weight", ones(2)), ("bias", ones(2)), ("running_mean", ones(2)), ("running_var", ones(2)),
            ("num_batches_tracked", tensor(new[] { 7L })));

        WeightsFile.Load(norm, file);

        Assert.Equal(7, norm.state_dict()["num_batches_tracked"].item<long>());
    }

    [Fact]
    public void Other_layouts_are_turned_both_ways()
    {
        var map = NameMap.Parse(
            """
            name_map: t
            rules:
              conv.weight: { key: c.0, reverse: 1 }
              conv.bias: c.1
              wide.weight: { key: w.0, flatten: 1 }
              wide.bias: w.1
              turned.weight: { key: t.0, permute: [2, 3, 1, 0] }
              turned.bias: t.1
              norm.running_mean: { key: n.0, divide_by: n.2 }
              norm.running_var: { key: n.1, divide_by: n.2 }
              norm.weight: s.0
              norm.bias: s.1
            absent: [norm.num_batches_tracked]
            """, "t.yaml");
        nn.Module Network() =>
            nn.Sequential(
                ("conv", nn.Conv2d(3, 4, 1)), ("wide", nn.Conv2d(4, 2, (2, 3))), ("turned", nn.Conv2d(2, 5, (1, 2))),
                ("norm", nn.BatchNorm2d(5)));
        var theirs = Save(
            ("c.0", arange(12, float32).reshape(4, 3, 1, 1)), ("c.1", ones(4)), ("w.0", arange(48, float32).reshape(2, 24)),
            ("w.1", ones(2)),
            ("t.0", arange(20, float32).reshape(1, 2, 2, 5)), ("t.1", ones(5)), ("n.0", ones(5) * 6), ("n.1", ones(5) * 3),
            ("n.2", ones(1) * 3), ("s.0", ones(5)), ("s.1", ones(5)));
        var network = Network();

        var match = WeightsFile.Load(network, WeightsFile.Open(theirs), map);

        Assert.Empty(match.Differences);
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor.detach());
        Assert.Equal([2f, 1f, 0f], state["conv.weight"][0].flatten().data<float>().ToArray());
        Assert.Equal(arange(48, float32).bytes.ToArray(), state["wide.weight"].bytes.ToArray());
        Assert.Equal(1 * 10 + 1 * 5 + 3, state["turned.weight"][3, 1, 0, 1].ToSingle());
        Assert.Equal((2f, 1f), (state["norm.running_mean"][4].ToSingle(), state["norm.running_var"][4].ToSingle()));

        var ours = _folder.File("ours.pth");
        var again = _folder.File("again.caffemodel");
        WeightsFile.Save(network, ours);
        WeightsConverter.Convert(WeightsFile.Open(ours), again, network, map, new ConversionOptions { ToPublisher = true }, out var count);
        var back = Network();
        WeightsFile.Load(back, WeightsFile.Open(again), map);

        Assert.Equal(11, count);
        Assert.Equal(Values(network), Values(back));
        Assert.Equal("c.0 4,3,1,1", WeightsFile.Open(again).Tensors.Select(t => $"{t.Name} {string.Join(',', t.Shape)}").First());
        Assert.Equal([1f], WeightsFile.Open(again).Tensors.Single(t => t.Name == "n.2").Load().data<float>().ToArray());
    }

    [Fact]
    public void Weights_are_converted_to_another_format_and_precision()
    {
        var source = Save(("a.weight", rand(2, 3)), ("a.count", ones(2, int64)));
        var half = _folder.File("half.pth");

        var count = WeightsConverter.Convert(WeightsFile.Open(source), half, new ConversionOptions { Type = float16 });

        Assert.Equal(2, count);
        Assert.Equal(
            ["a.weight float16", "a.count int64"],
            WeightsFile.Open(half).Tensors.OrderByDescending(t => t.Name).Select(t => $"{t.Name} {t.TypeName}"));
    }

    private string Save(params (string Name, Tensor Tensor)[] tensors)
    {
        var path = _folder.File("w.safetensors");
        SafeTensors.Write(path, [.. tensors.Select(t => new StateEntry(t.Name, t.Tensor))]);
        return path;
    }

    private static byte[][] Values(nn.Module module) => [.. ModuleState.Of(module).Select(e => e.Tensor.bytes.ToArray())];
}
