using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli.Tests;

/// <summary>The CRF behind a network: <c>eval --crf</c>, <c>predict --crf</c>, <c>crf tune</c>.</summary>
[Collection(Host.Collection)]
public sealed class CrfOnNetworkTests(TrainedScenes scenes) : IClassFixture<TrainedScenes>
{
    private static readonly string[] Crf = ["--bilateral-sigma-xy", "20", "--bilateral-sigma-rgb", "10", "--bilateral-weight", "3"];
    private static readonly string[] Grid =
    [
        "--bilateral-sigma-xy", "10:10:20", "--bilateral-sigma-rgb", "10", "--bilateral-weight", "1:2:3",
    ];

    [Fact]
    public void Eval_scores_network_and_crf_side_by_side()
    {
        using var plain = JsonDocument.Parse(Host.Succeed("eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--json"));
        using var both = JsonDocument.Parse(Host.Succeed([
            "eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--json", "--boundaries", "classes", "--trimap-plot",
            scenes.In("trimap.svg"), "--crf", .. Crf]));

        var root = both.RootElement;
        Assert.Equal(plain.RootElement.GetProperty("mean_iou").GetDouble(), root.GetProperty("mean_iou").GetDouble());
        var refined = root.GetProperty("crf");
        Assert.NotEqual(root.GetProperty("confusion").GetRawText(), refined.GetProperty("confusion").GetRawText());
        Assert.Equal(40, refined.GetProperty("trimap").GetArrayLength());
        Assert.Contains("mIoU near boundaries", File.ReadAllText(scenes.In("trimap.svg")), StringComparison.Ordinal);
        var text = Host.Succeed(["eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--crf", .. Crf]);
        Assert.Matches(@"with the CRF \(\d+ ms an image\)", text);
        Assert.Matches(@"mIoU before \d+\.\d+ %, after \d+\.\d+ %: [+-]?\d+\.\d+ points", text);
    }

    [Fact]
    public void Predict_draws_both_side_by_side()
    {
        var image = Directory.GetFiles(scenes.Images).Order().First();

        var text = Host.Succeed(["predict", "demo", image, "--weights", scenes.Weights, "--out", scenes.In("masks"), "--crf", .. Crf]);

        Assert.Matches(@"the CRF took \d+ ms", text);
        var name = Path.Combine(scenes.In("masks"), Path.GetFileNameWithoutExtension(image));
        Assert.True(ImageFile.ReadRgb(name + "_crf.png").Width >= 3 * 64);
        Assert.Equal((64, 48), (ImageFile.ReadLabels(name + "_index.png").Width, ImageFile.ReadLabels(name + "_index.png").Height));
    }

    [Fact]
    public void Options_of_a_crf_that_is_not_asked_for_are_refused() =>
        Assert.Contains(
            "options of the CRF need --crf", Host.Fail(["eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, .. Crf]),
            StringComparison.Ordinal);

    [Fact]
    public void Tune_finds_what_eval_confirms_and_goes_on_where_it_stopped()
    {
        var folder = scenes.In("tune");
        var text = Tune(folder, Grid);

        Assert.Contains("round 1: 4 settings, 4 of them new", text, StringComparison.Ordinal);
        var yaml = File.ReadAllText(Path.Combine(folder, "crf.yaml")).Trim();
        Assert.EndsWith(yaml, text.Trim(), StringComparison.Ordinal);
        var state = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "state.json")))!;
        var trials = state["trials"]!.AsArray();
        var best = trials.MaxBy(t => (double)t!["mean_iou"]!)!;
        Assert.Contains(
            $"bilateral_weight: {best["point"]!["weight"]}, bilateral_sigma_xy: {best["point"]!["sigma_xy"]}, bilateral_sigma_rgb: 10,",
            yaml, StringComparison.Ordinal);
        // Of every setting the score is eval's.
        var trial = trials.Single(t => (double)t!["point"]!["weight"]! == 3 && (double)t["point"]!["sigma_xy"]! == 20)!;
        using var scores = JsonDocument.Parse(
            Host.Succeed(["eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--json", "--crf", .. Crf]));
        Assert.Equal(scores.RootElement.GetProperty("crf").GetProperty("mean_iou").GetDouble(), (double)trial["mean_iou"]!, 6);

        // As if it had been stopped before the last lattice.
        var count = trials.Count;
        foreach (var last in trials.Where(t => (double)t!["point"]!["sigma_xy"]! == 20).ToList())
            trials.Remove(last);
        File.WriteAllText(Path.Combine(folder, "state.json"), state.ToJsonString());
        Assert.True(trials.Count < count);

        var again = Tune(folder, Grid);

        Assert.Contains("round 1: 4 settings, 2 of them new", again, StringComparison.Ordinal);
        Assert.EndsWith(yaml, again.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tune_refuses_another_searchs_state_and_wrong_ranges()
    {
        var folder = scenes.In("refused");
        string[] one = ["--bilateral-sigma-xy", "10", "--bilateral-sigma-rgb", "10", "--bilateral-weight", "1"];
        Tune(folder, one);

        Assert.Contains(
            "is of a search with fixed values iterations 10,", Host.Fail(Arguments(folder, [.. one, "--iterations", "2"])),
            StringComparison.Ordinal);
        Assert.Contains(
            "--bilateral-weight must be FIRST:STEP:LAST", Host.Fail(Arguments(scenes.In("new"), ["--bilateral-weight", "3:6"])),
            StringComparison.Ordinal);
        Assert.Contains(
            "--images must be 1 or more, not 0", Host.Fail(Arguments(scenes.In("new"), ["--images", "0"])), StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "state.json"), "{ \"tri");
        Assert.Contains("state.json: can't be read as the state of a search", Host.Fail(Arguments(folder, one)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(scenes.In("new")));
    }

    [Fact]
    public void Where_all_is_void_there_is_nothing_to_score_and_nothing_to_tune_on()
    {
        var image = ImageFile.ReadRgb(Directory.GetFiles(scenes.Images).Order().First());
        var labels = new LabelMap(image.Width, image.Height);
        Array.Fill(labels.Indices, LabelMap.Void);
        ImageFile.WritePng(Path.Combine(scenes.Data, "blank", "a.png"), image);
        ImageFile.WriteIndexedPng(Path.Combine(scenes.Data, "blankannot", "a.png"), labels, DemoScenes.Classes);

        Assert.Contains(
            "Every pixel of split 'blank' of scenes is void: there is nothing to score",
            Host.Fail(["eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--split", "blank", "--crf", .. Crf]),
            StringComparison.Ordinal);
        Assert.Contains(
            "every pixel of the image of split 'blank' is void: there is nothing to tune on",
            Host.Fail(Arguments(scenes.In("blank"), [.. Grid, "--split", "blank"])), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(scenes.In("blank"), "crf.yaml")));
    }

    private string Tune(string folder, string[] more) => Host.Succeed(Arguments(folder, more));

    private string[] Arguments(string folder, string[] more) =>
        ["crf", "tune", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--out", folder, "--rounds", "1", .. more];
}
