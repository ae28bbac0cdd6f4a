using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Cli.Commands;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;
using DeepLabDsl.Weights;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Tests;

/// <summary>The demo: its scenes, what it starts from, what it shows and leaves behind.</summary>
[Collection(Host.Collection)]
public sealed class DemoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("deeplabdsl-demo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Scenes_depend_on_their_seed_alone_and_have_every_class()
    {
        var (a, b) = (DemoScenes.Draw(3), DemoScenes.Draw(3));
        Assert.Equal(a.Image.Pixels, b.Image.Pixels);
        Assert.Equal(a.Labels.Indices, b.Labels.Indices);
        Assert.NotEqual(a.Image.Pixels, DemoScenes.Draw(4).Image.Pixels);

        var train = DemoScenes.CreateDataset("train", 12, width: 96, height: 72);
        var val = DemoScenes.CreateDataset("val", 1, width: 96, height: 72);
        Assert.NotEqual(train.Load(0).Image.Pixels, val.Load(0).Image.Pixels);
        var labels = Enumerable.Range(0, train.Count).SelectMany(i => train.Load(i).Labels.Indices).Distinct().Order();
        Assert.Equal(Enumerable.Range(0, DemoScenes.Classes.Count).Select(i => (byte)i), labels);
    }

    [Fact]
    public void Scenes_by_day_are_those_of_no_other_hour()
    {
        // The upper corner of the sky is blue by day, and redder or greyer at other hours.
        static bool IsBlue(ulong seed, DemoHours hours)
        {
            var image = DemoScenes.Draw(seed, 96, 72, hours).Image;
            var (r, g, b) = (image.Pixels[0], image.Pixels[1], image.Pixels[2]);
            return b > 150 && b - r > 105;
        }
        var seeds = Enumerable.Range(1, 24).Select(i => (ulong)i).ToList();

        Assert.InRange(seeds.Count(s => IsBlue(s, DemoHours.Day)), 18, 24);
        Assert.InRange(seeds.Count(s => IsBlue(s, DemoHours.All)), 4, 16);
    }

    [Fact]
    public void Scenes_go_into_a_folder_that_commands_take()
    {
        var scenes = In("scenes");

        Assert.Contains(
            "3 scenes to learn from, 1 to be scored on",
            Host.Succeed("demo", "scenes", "--out", scenes, "--train", "3", "--val", "1", "--hours", "day", "--seed", "9"),
            StringComparison.Ordinal);

        Assert.Equal((3, 1), (SegmentationDataset.Open(scenes, "train").Count, SegmentationDataset.Open(scenes, "val").Count));
        Assert.Equal(DemoScenes.Classes.Names, SegmentationDataset.Open(scenes, "val").Classes.Names);
        Assert.Contains("holds something already", Host.Fail("demo", "scenes", "--out", scenes), StringComparison.Ordinal);
        Assert.Contains(
            "--train must be 1 or more", Host.Run("demo", "scenes", "--out", In("none"), "--train", "0").Error, StringComparison.Ordinal);
    }

    /// <summary>The weights in the repository are of the spec as it is, and were trained by day.</summary>
    [Fact]
    public void What_it_starts_from_knows_the_day_and_not_the_other_hours()
    {
        var file = WeightsFile.Open(DemoCommand.PretrainedWeights);
        Assert.InRange(new FileInfo(file.Path).Length, 1, 2_000_000);
        Assert.All(file.Tensors.Where(t => t.Type != ScalarType.Int64), t => Assert.Equal(ScalarType.Float16, t.Type));

        using var network = new WeightsSource(file).Build(NetworkSet.Zoo.Find("demo"), DemoScenes.Classes.Count, CPU);
        var predictor = new Predictor(network);
        double Score(DemoHours hours) =>
            Evaluator.Run(predictor, DemoScenes.CreateDataset("test", 12, seed: 77, hours: hours)).Scores.MeanIoU;

        Assert.True(Score(DemoHours.Day) > 0.6 && Score(DemoHours.All) < Score(DemoHours.Day) - 0.1);
    }

    [Fact]
    public void It_tells_what_it_does_and_leaves_a_run_and_pictures_behind()
    {
        var output = In("demo");
        Directory.CreateDirectory(output);
        File.WriteAllText(Path.Combine(output, "mine.txt"), "");
        Assert.Contains("that is not a demo's", Host.Fail("demo", "--out", output), StringComparison.Ordinal);

        // With an earlier demo's sheet in it, it is the demo's own.
        File.WriteAllText(Path.Combine(output, "demo.png"), "");
        var text = Host.Succeed("demo", "--out", output, "--iterations", "2");

        Assert.Contains("pretrained on scenes of other seeds", text, StringComparison.Ordinal);
        Assert.Matches(@"mean \(mIoU\) +[0-9.]+ % +[0-9.]+ %", text);
        Assert.Contains($"predict demo --weights {output}", text, StringComparison.Ordinal);
        Assert.InRange(text.Count(c => c == '\n'), 15, 40);
        Assert.True(ImageFile.ReadRgb(Path.Combine(output, "demo.png")).Width > 400);
        Assert.Equal(5, Directory.GetFiles(output, "scene*_overlay.png").Length);
        Assert.True(File.Exists(Path.Combine(output, "report.html")) && File.Exists(Path.Combine(output, "best.safetensors")));
    }

    private string In(string name) => Path.Combine(_folder, name);
}
