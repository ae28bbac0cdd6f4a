using System;
using System.Linq;
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
    public void EverythingThatDiffersIsListedAndNothingIsLoaded()
    {
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)), ("norm", nn.BatchNorm2d(4)), ("scores", nn.Conv2d(4, 2, 1)));
        var before = Values(network);
        var file = Save(("conv.weight", ones(4, 1, 3, 3)), ("conv.bais", ones(4)), ("scores.weight", ones(1, 4, 1, 1)), ("scores.bias", ones(2, int64)), ("norm.weight", ones(4)));

        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Load(network, file));

        Assert.Equal(
            $"""
             {file}: the weights are of another network; 2 tensors fit, 7 do not:
               missing: conv.bias [4] (nearest in the file: conv.bais)
               missing: norm.{"{"}bias [4], running_mean [4], running_var [4]{"}"}
               scores.weight: [2, 4, 1, 1] in the network, [1, 4, 1, 1] in the file
               scores.bias: float32 in the network, int64 in the file
               not in the network: conv.bais [4]
             Name the network that they were trained as and its number of classes, or the map of the publisher's names; a partial load takes what fits.
             """.ReplaceLineEndings("\n"),
            fault.Message);
        Assert.Equal(before, Values(network));
    }

    [Fact]
    public void APartialLoadTakesWhatFitsAndSaysWhatDidNot()
    {
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)), ("scores", nn.Conv2d(4, 2, 1)));
        var scores = network.state_dict()["scores.weight"].clone();
        var file = Save(("conv.weight", ones(4, 1, 3, 3)), ("conv.bias", ones(4)), ("scores.weight", ones(21, 4, 1, 1)), ("scores.bias", ones(21)));

        var match = WeightsFile.Load(network, WeightsFile.Open(file), partial: true);

        Assert.Equal(2, match.Fitting);
        Assert.Equal(["scores.weight", "scores.bias"], match.Differences.Select(d => d.Name));
        Assert.Equal(1, network.state_dict()["conv.bias"][3].ToSingle());
        Assert.Equal(scores.bytes.ToArray(), network.state_dict()["scores.weight"].bytes.ToArray());
        Assert.Throws<WeightsException>(() => WeightsFile.Load(network, WeightsFile.Open(Save(("other", ones(1)))), partial: true));
    }

    [Fact]
    public void NamesOfAPublisherAreTranslatedAndOwnNamesAreKnownToo()
    {
        var map = NameMap.Parse("name_map: t\nrules: { conv: layer1.c }\nignore: [alias]", "t.yaml");
        var network = nn.Sequential(("conv", nn.Conv2d(1, 4, 3)));

        var theirs = WeightsFile.Load(network, WeightsFile.Open(Save(("module.layer1.c.weight", ones(4, 1, 3, 3)), ("module.layer1.c.bias", ones(4)), ("module.alias.c.bias", ones(4)))), map);
        var ours = WeightsFile.Load(network, WeightsFile.Open(Save(("conv.weight", ones(4, 1, 3, 3)), ("conv.bias", ones(4)))), map);

        Assert.Equal((map, "module.", 2), (theirs.Names, theirs.Prefix, theirs.Fitting));
        Assert.Null(ours.Names);
        var fault = Assert.Throws<WeightsException>(() => WeightsFile.Load(network, WeightsFile.Open(Save(("layer1.c.weight", ones(4, 1, 3, 3)))), map));
        Assert.Contains("missing: conv.bias [4] (looked for as layer1.c.bias)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACounterOfBatchesMayBeMissingOrLeftOver()
    {
        var network = nn.Sequential(("norm", nn.BatchNorm2d(2)));

        var match = WeightsFile.Load(network, WeightsFile.Open(Save(
            ("norm.weight", ones(2)), ("norm.bias", ones(2)), ("norm.running_mean", ones(2)), ("norm.running_var", ones(2).to(float16)), ("x.num_batches_tracked", tensor(1L)))));

        Assert.Empty(match.Differences);
    }

    private string Save(params (string Name, Tensor Tensor)[] tensors)
    {
        var path = _folder.File("w.safetensors");
        SafeTensors.Write(path, [.. tensors.Select(t => new StateEntry(t.Name, t.Tensor))]);
        return path;
    }

    private static byte[][] Values(nn.Module module) => [.. ModuleState.Of(module).Select(e => e.Tensor.bytes.ToArray())];
}
