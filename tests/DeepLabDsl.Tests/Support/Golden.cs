using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.IO;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights.Names;
using DeepLabDsl.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>Outputs of independent implementations, read from the folder that DEEPLABDSL_GOLDEN names.</summary>
internal static class Golden
{
    /// <summary>The largest distance allowed, in standard deviations of the whole output.</summary>
    private const double Tolerance = 1e-4;

    public static string? Folder =>
        Environment.GetEnvironmentVariable("DEEPLABDSL_GOLDEN") is { Length: > 0 } folder ? Path.Combine(folder, "models") : null;

    public static void RequireFolder() => Skip.If(Folder is null, "DEEPLABDSL_GOLDEN does not name a folder of reference outputs.");

    /// <summary>
    /// Compares outputs of a network, filled by the protocol under the publisher's names (the network's shipped name map),
    /// with what a file records at every size.
    /// </summary>
    /// <param name="network">The network's name.</param>
    /// <param name="reference">The reference's name.</param>
    /// <param name="outputs">The reference's outputs and ours.</param>
    public static void Compare(string network, string reference, params (string Reference, string Ours)[] outputs)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder!, reference + ".json")));
        var root = document.RootElement;
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var net = NetworkCatalog.All.Single(n => n.Name == network).Create(21);
        FillProtocol.Fill(net, NameMap.For(network));
        net.eval();

        Assert.Equal(root.GetProperty("parameters").GetProperty("trainable").GetInt64(), net.Descriptor.Parameters);
        CompareState(net, NameMap.For(network), root);
        foreach (var run in root.GetProperty("runs").EnumerateArray())
            CompareRun(net, run, outputs);
    }

    /// <summary>
    /// The state under the publisher's names: the same names with the same shapes, and in the publisher's order the same numbers.
    /// </summary>
    private static void CompareState(SegmentationNetwork net, NameMap? map, JsonElement root)
    {
        var state = ModuleState.Of(net);
        var names = map?.Apply(state.Select(e => e.Name));
        var ours = state
            .Select(e =>
                (Name: names is null
                    ? e.Name
                    : names.ToTheirs(e.Name), Tensor: names is null ? e.Tensor : names[e.Name].Layout.ToTheirs(e.Tensor)))
            .Where(e => e.Name is not null).ToDictionary(e => e.Name!, e => e.Tensor);
        var theirs = root.GetProperty("state_dict").EnumerateArray()
            .Select(e => (Name: e[0].GetString()!, Shape: e[1].EnumerateArray().Select(x => x.GetInt64()).ToArray()))
            .Where(e => names?.Ignores(e.Name) != true).ToList();
        Assert.Equal(theirs.Select(e => Describe(e.Name, e.Shape)).Order(), ours.Select(e => Describe(e.Key, e.Value.shape)).Order());
        Assert.Equal(root.GetProperty("state_crc32").GetString(), Crc32.OfFloats(theirs.Select(e => ours[e.Name])));

        static string Describe(string name, long[] shape) => $"{name} [{string.Join(", ", shape)}]";
    }

    private static void CompareRun(SegmentationNetwork net, JsonElement run, (string Reference, string Ours)[] outputs)
    {
        using var scope = NewDisposeScope();
        var input = FillProtocol.Input([.. run.GetProperty("input_shape").EnumerateArray().Select(e => e.GetInt64())]);
        Assert.Equal(run.GetProperty("input_crc32").GetString(), Crc32.Of(input));
        var named = net.call(input).Named.ToDictionary(o => o.Key, o => o.Value);
        foreach (var (reference, ours) in outputs)
        {
            var record = run.GetProperty("outputs").EnumerateArray().Single(o => o.GetProperty("name").GetString() == reference);
            var whole = named[ours];
            var deviation = whole.std(unbiased: false).ToDouble();
            Assert.Equal(1, deviation / record.GetProperty("stats").GetProperty("std").GetDouble(), 4);
            if (record.GetProperty("slicing").GetString() == "none (complete)")
            {
                Check(whole, record.GetProperty("file").GetString()!, deviation);
                continue;
            }
            Assert.Equal("[:, :, ::4, ::4]", record.GetProperty("slicing").GetString());
            Check(
                whole[TensorIndex.Ellipsis, TensorIndex.Slice(step: 4), TensorIndex.Slice(step: 4)],
                record.GetProperty("file").GetString()!, deviation);
            Check(
                whole[TensorIndex.Ellipsis, TensorIndex.Slice(-33), TensorIndex.Slice(-33)],
                record.GetProperty("corner").GetProperty("file").GetString()!, deviation);
        }
    }

    private static void Check(Tensor ours, string file, double deviation)
    {
        using var scope = NewDisposeScope();
        var reference = NpyFile.Read(Path.Combine(Folder!, file));
        Assert.Equal(reference.shape, ours.shape);
        var distance = (ours - reference).abs().max().ToDouble();
        Assert.True(distance <= Tolerance * deviation, $"{file}: {distance / deviation:g3} standard deviations off");
    }
}
