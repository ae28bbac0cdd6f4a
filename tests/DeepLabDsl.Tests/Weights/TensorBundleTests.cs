using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Tests.Support;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Formats;
using DeepLabDsl.Weights.Names;
using DeepLabDsl.Zoo;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

/// <summary>TensorFlow's checkpoints of version 2: those that it wrote itself, and such as it would write of our networks.</summary>
public sealed class TensorBundleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>y = a x + b: what TensorFlow serving's test data are said to hold.</summary>
    [SkippableTheory]
    [InlineData("saved_model_half_plus_two_cpu-00000123", "a=0.5 a2=0.5 b=2 c=3 c2=3")]
    [InlineData("saved_model_half_plus_three-00000123", "a=0.5 b=3 c=3")]
    [InlineData(
        "saved_model_half_plus_two_tf2_cpu-00000123",
        "a/.ATTRIBUTES/VARIABLE_VALUE=0.5 b/.ATTRIBUTES/VARIABLE_VALUE=2 c/.ATTRIBUTES/VARIABLE_VALUE=3")]
    [InlineData("saved_model_counter-00000123", "counter=0")]
    public void What_TensorFlow_wrote_is_read_to_the_bit(string bundle, string expected)
    {
        using var scope = NewDisposeScope();
        var prefix = Path.Combine(RealData.Require("tf-bundles"), bundle, "variables");

        var file = WeightsFile.Open(prefix);

        Assert.Equal(WeightsFormat.TensorFlowCheckpoint, file.Format);
        Assert.Equal(
            expected, FormattableString.Invariant($"{string.Join(' ', file.Tensors.Select(t => Text(t)))}"));
        Assert.Contains("name its index", Assert.Throws<WeightsException>(() => WeightsFile.Open(prefix + ".data-00000-of-00001")).Message,
            StringComparison.Ordinal);

        static string Text(StoredTensor tensor) => FormattableString.Invariant($"{tensor.Name}={tensor.Load().item<float>()}");
    }

    /// <summary>The authors' names of all tensors, moving averages and an optimizer's slots beside them, in several files.</summary>
    [Theory]
    [InlineData("deeplabv3-mobilenet-v2-tensorflow", 1, false, false)]
    [InlineData("deeplabv3-mobilenet-v2-tensorflow-half", 3, true, false)]
    [InlineData("deeplabv3-mobilenet-v2-tensorflow-half", 2, false, true)]
    public void A_checkpoint_of_the_authors_names_becomes_the_networks(string network, int shards, bool packs, bool isBigEndian)
    {
        using var scope = NewDisposeScope();
        var descriptor = NetworkCatalog.All.Single(n => n.Name == network);
        using var net = descriptor.Create(21);
        FillProtocol.Fill(net);
        var map = NameMap.For(descriptor)!;
        var index = new TensorBundleWriter { Shards = shards, Packs = packs, IsBigEndian = isBigEndian }.Write(
            _folder.File("model.ckpt-30000"), [.. Theirs(net, map).SelectMany(WithSlots), ("global_step", tensor(30000L))]);

        var file = WeightsFile.Open(index[..^".index".Length]);
        using var read = descriptor.Create(21);
        var match = WeightsConverter.Convert(file, _folder.File("out.safetensors"), read, map, new ConversionOptions(), out var count);

        var counters = ModuleState.Of(net).Count(e => e.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal));
        Assert.Empty(match.Differences);
        Assert.Equal(ModuleState.Of(net).Count - counters, count);
        Assert.Equal(
            [
                $"of {count} variables the moving averages are read (ExponentialMovingAverage)",
                $"left aside: {count} tensors that an optimizer keeps",
            ],
            file.Notes);
        WeightsFile.Load(read, _folder.File("out.safetensors"));
        Assert.All(
            ModuleState.Of(net).Zip(ModuleState.Of(read)),
            p => Assert.True(p.First.Tensor.bytes.SequenceEqual(p.Second.Tensor.bytes), p.First.Name));
    }

    [Fact]
    public void A_depthwise_kernel_is_turned_from_height_width_channel_multiplier()
    {
        using var scope = NewDisposeScope();
        var descriptor = NetworkCatalog.All.Single(n => n.Name == "deeplabv3-mobilenet-v2-tensorflow");
        using var net = descriptor.Create(21);

        var kernels = Theirs(net, NameMap.For(descriptor)!).ToDictionary(t => t.Name, t => t.Tensor);

        Assert.Equal([3, 3, 32, 1], kernels["MobilenetV2/expanded_conv/depthwise/depthwise_weights"].shape);
        Assert.Equal([3, 3, 3, 32], kernels["MobilenetV2/Conv/weights"].shape);
        var ours = ModuleState.Of(net).Single(e => e.Name == "backbone.stage1.0.depthwise.0.weight").Tensor;
        Assert.Equal(
            ours[7, 0, 2, 1].item<float>(), kernels["MobilenetV2/expanded_conv/depthwise/depthwise_weights"][2, 1, 7, 0].item<float>());
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "a shard away", "its numbers lie in model.data-00000-of-00001, which is not beside it" },
        { "a shard cut", "that file is not whole" },
        { "a number changed", "'b' can't be read: its numbers in model.data-00000-of-00001 have another checksum" },
        { "the index changed", "has another checksum than is written behind it" },
        { "the index cut", "no weights of a known format" },
        { "no header", "it has no header" },
        { "the same bytes", "'a' and 'b' lie in the same bytes" },
        { "another size", "'b' [3] of float32 has 8 bytes" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_damaged_checkpoint_is_refused_by_what_is_wrong(string fault, string expected)
    {
        using var scope = NewDisposeScope();
        var writer = new TensorBundleWriter
        {
            Change = entries =>
            {
                if (fault == "no header")
                    entries.Remove("");
                else if (fault == "the same bytes")
                    entries["b"] = entries["a"];
                else if (fault == "another size")
                    entries["b"] = [.. entries["b"], 0x28, 8];
            },
        };
        var index = writer.Write(_folder.File("model"), [("a", tensor([1f, 2, 3])), ("b", tensor([4f, 5, 6]))]);
        var data = _folder.File("model.data-00000-of-00001");
        if (fault == "a shard away")
            File.Delete(data);
        else if (fault.StartsWith("a shard", StringComparison.Ordinal))
            File.WriteAllBytes(data, File.ReadAllBytes(data)[..20]);
        else if (fault == "a number changed")
            File.WriteAllBytes(data, [.. File.ReadAllBytes(data)[..^1], 7]);
        else if (fault == "the index changed")
            File.WriteAllBytes(index, [.. File.ReadAllBytes(index).Select((b, i) => i == 3 ? (byte)(b + 1) : b)]);
        else if (fault == "the index cut")
            File.WriteAllBytes(index, File.ReadAllBytes(index)[..^1]);

        var thrown = Assert.Throws<WeightsException>(() =>
        {
            foreach (var stored in WeightsFile.Open(index).Tensors)
                stored.Load();
        });

        Assert.StartsWith(index + ": ", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Name, Tensor Tensor)> Theirs(nn.Module net, NameMap map)
    {
        var names = map.Apply(ModuleState.Of(net).Select(e => e.Name));
        return ModuleState.Of(net).Where(e => names.ToTheirs(e.Name) is not null)
            .Select(e => (names.ToTheirs(e.Name)!, names[e.Name].Layout.ToTheirs(e.Tensor)));
    }

    /// <summary>A variable that training has left behind its moving average, and what the optimizer keeps of it.</summary>
    private static IEnumerable<(string Name, Tensor Tensor)> WithSlots((string Name, Tensor Tensor) average) =>
    [
        (average.Name, average.Tensor.add(1)), (average.Name + "/ExponentialMovingAverage", average.Tensor),
        (average.Name + "/Momentum", zeros_like(average.Tensor)),
    ];
}
