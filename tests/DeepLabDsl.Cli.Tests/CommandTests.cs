using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Weights.Formats;
using DeepLabDsl.Zoo;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Tests;

/// <summary>The commands as their user meets them.</summary>
[Collection(Host.Collection)]
public class CommandTests
{
    [Fact]
    public void List_names_every_network()
    {
        var text = Host.Succeed("list");

        Assert.All(NetworkCatalog.All, n => Assert.Contains(n.Name, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Inspect_tells_what_the_compiler_knows_at_any_size()
    {
        using var report = JsonDocument.Parse(Host.Succeed("inspect", "deeplabv3-resnet50", "--size", "520x520", "--json"));

        Assert.Equal(42_004_074, report.RootElement.GetProperty("parameters").GetInt64());
        Assert.Equal(178.722, report.RootElement.GetProperty("multiply_adds").GetInt64() / 1e9, 3);
    }

    [Fact]
    public void Eval_tells_where_each_value_of_an_evaluation_comes_from()
    {
        var text = Host.Succeed("eval", "deeplabv3-resnet101-paper-os8", "--print-config", "--flip", "false", "--window", "513");

        Assert.Matches(@"scales\s+0.5, 0.75, 1, 1.25, 1.5, 1.75\s+deeplabv3-resnet101-paper-os8.yaml:9", text);
        Assert.Matches(@"flip\s+false\s+command line", text);
        Assert.Matches(@"window\s+513x513\s+command line", text);
        Assert.Matches(@"blend\s+hann\s+default", text);
    }

    [Fact]
    public void Forward_filled_by_the_protocol_writes_logits_of_the_inputs_size()
    {
        using var folder = new SceneFolder(train: 1, validation: 1);

        Host.Succeed("forward", "demo", "--fill-protocol", "--size", "33x49", "--output", folder.In("y.npy"));

        using var y = NpyFile.Read(folder.In("y.npy"));
        Assert.Equal([1, 8, 33, 49], y.shape);
        Assert.Equal(ScalarType.Float32, y.dtype);
    }

    [Fact]
    public void What_is_trained_is_scored_and_applied()
    {
        using var folder = new SceneFolder();
        var run = folder.In("run");

        Host.Succeed(
            "train", "demo", "--data", folder.Data, "--out", run, "--iterations", "12", "--batch", "2", "--crop", "48x48", "--evaluations",
            "1");
        Assert.Superset(
            new[] { "best.safetensors", "last.safetensors", "config.json", "log.jsonl", "curve.svg" }.ToHashSet(),
            Directory.GetFiles(run).Select(f => Path.GetFileName(f)!).ToHashSet());

        using var scores = JsonDocument.Parse(Host.Succeed("eval", "demo", "--weights", run, "--data", folder.Data, "--json"));
        var confusion = scores.RootElement.GetProperty("confusion").EnumerateArray().SelectMany(r => r.EnumerateArray())
            .Sum(c => c.GetInt64());
        Assert.Equal(2 * 64 * 48, confusion);

        var image = Directory.GetFiles(folder.Images).Order().First();
        Host.Succeed("predict", "demo", image, "--weights", run, "--out", folder.In("masks"));
        var name = Path.Combine(folder.In("masks"), Path.GetFileNameWithoutExtension(image));
        Assert.Equal((64, 48), (ImageFile.ReadRgb(name + "_mask.png").Width, ImageFile.ReadRgb(name + "_overlay.png").Height));
        Assert.All(ImageFile.ReadLabels(name + "_index.png").Indices.ToArray(), i => Assert.InRange(i, 0, 7));
    }

    /// <summary>DeepLab v3, section 4.1: at output stride 16, then from those weights at 8 with batch norms frozen.</summary>
    [Fact]
    public void Two_stages_train_one_set_of_weights()
    {
        using var folder = new SceneFolder();
        var (first, second) = (folder.In("stage1"), folder.In("stage2"));
        string[] small = ["--data", folder.Data, "--iterations", "2", "--batch", "2", "--crop", "64x64", "--evaluations", "1", "--ema",
            "0"];

        Host.Succeed(["train", "deeplabv3-mobilenet-v2", "--out", first, .. small]);
        Host.Succeed(
            ["train", "deeplabv3-mobilenet-v2-os8", "--out", second, "--weights", first, "--batch-norm", "frozen", "--lr", "0.001",
            .. small]);

        using var scope = NewDisposeScope();
        var (before, after) = (Weights(first), Weights(second));
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.All(before.Keys.Where(k => k.EndsWith("running_mean", StringComparison.Ordinal)), k => Assert.Equal(before[k], after[k]));
        Assert.NotEqual(before["scores.weight"], after["scores.weight"]);

        static Dictionary<string, byte[]> Weights(string run) =>
            SafeTensors.Open(Path.Combine(run, "best.safetensors")).Tensors.ToDictionary(t => t.Name, t => t.Load().bytes.ToArray());
    }
}
