using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace DeepLabDsl.Cli.Tests;

/// <summary>Cross-validation by group, and how far its scores can be trusted, on the command line.</summary>
[Collection(Host.Collection)]
public sealed class FoldTests(FoldTests.Runs runs) : IClassFixture<FoldTests.Runs>
{
    [Fact]
    public void Folds_are_scored_together_each_on_what_it_has_held_out()
    {
        var json = JsonNode.Parse(Host.Succeed("eval", "--folds", runs.Fold(2), runs.Fold(1), "--json"))!;

        Assert.Equal(["1/2", "2/2"], json["folds"]!.AsArray().Select(f => (string)f!["fold"]!));
        Assert.Equal(
            [["b"], ["a", "c"]],
            json["folds"]!.AsArray().Select(f => f!["scores"]!["per_group"]!.AsArray().Select(g => (string)g!["group"]!).ToArray()));
        Assert.Equal(6, (int)json["all_images"]!["images"]!);
        double[] scores = [.. json["folds"]!.AsArray().Select(f => (double)f!["scores"]!["mean_iou"]!)];
        Assert.Equal(scores.Average(), (double)json["mean_iou"]!, 1e-9);
        Assert.Equal(Math.Abs(scores[0] - scores[1]) / Math.Sqrt(2), (double)json["spread"]!, 1e-9);

        var shown = Host.Succeed("eval", "--folds", runs.Fold(1), runs.Fold(2));
        Assert.Contains("over 2 folds, spread ", shown, StringComparison.Ordinal);
        Assert.Contains("on one confusion matrix of all 6 images", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Folds_that_are_missing_doubled_or_none_are_named()
    {
        Assert.Contains("of 2 folds 2/2 is missing", Host.Fail("eval", "--folds", runs.Fold(1)), StringComparison.Ordinal);
        Assert.Contains(
            "fold 1/2 is there twice", Host.Fail("eval", "--folds", runs.Fold(1), runs.Fold(1), runs.Fold(2)), StringComparison.Ordinal);
        Assert.Contains(
            "--folds takes networks, weights and splits from the runs", Host.Fail("eval", "demo", "--folds", runs.Fold(1), runs.Fold(2)),
            StringComparison.Ordinal);
        Assert.Contains(
            "leave --val-split out",
            Host.Fail("train", "demo", "--data", runs.Data, "--out", runs.In("no"), "--fold", "1/2", "--val-split", "val"),
            StringComparison.Ordinal);
        Assert.Contains(
            "--fold must be k/n", Host.Fail("train", "demo", "--data", runs.Data, "--out", runs.In("no"), "--fold", "3/2"),
            StringComparison.Ordinal);
        Assert.Contains(
            "has 3 groups (a, b, c), and 4 folds need as many",
            Host.Fail("train", "demo", "--data", runs.Data, "--out", runs.In("no"), "--fold", "1/4"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_resumed_run_keeps_its_fold()
    {
        Assert.Contains(
            "3 images to learn from, 3 to score on; goes on with", Host.Succeed("train", "--resume", runs.Fold(1)),
            StringComparison.Ordinal);
        Assert.Contains("leave --fold out", Host.Fail("train", "--resume", runs.Fold(1), "--fold", "2/2"), StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_says_whether_a_difference_is_more_than_chance()
    {
        var (plain, flipped) = (runs.In("plain.json"), runs.In("flipped.json"));
        string[] eval = ["eval", "demo", "--data", runs.Data, "--weights", runs.Fold(1), "--split", "train", "--out"];
        Assert.Contains("95 % interval of mIoU: ", Host.Succeed([.. eval, plain]), StringComparison.Ordinal);
        Host.Succeed([.. eval, flipped, "--flip"]);

        var said = Host.Succeed("compare", plain, flipped);
        var data = JsonNode.Parse(Host.Succeed("compare", plain, flipped, "--json"))![flipped]!["difference"]!;

        Assert.Contains($"{flipped} less {plain}: mIoU ", said, StringComparison.Ordinal);
        Assert.Contains("(2000 draws of 6 images, the same for both): ", said, StringComparison.Ordinal);
        Assert.InRange((double)data["mean_iou"]!, (double)data["low"]!, (double)data["high"]!);
        // Two folds are scored on different images.
        Assert.Contains(
            "were scored on other images or classes", Host.Succeed("compare", runs.Fold(1), runs.Fold(2)), StringComparison.Ordinal);
        Assert.Contains("is named twice", Host.Fail("compare", plain, plain), StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_a_fold_shows_what_it_has_held_out_by_group()
    {
        Host.Succeed("report", runs.Fold(1));

        var page = File.ReadAllText(Path.Combine(runs.Fold(1), "report.html"));

        Assert.Contains("mIoU on fold 1/2 of train (3 images); 95 % interval ", page, StringComparison.Ordinal);
        Assert.Contains("<h2>Groups</h2>", page, StringComparison.Ordinal);
    }

    /// <summary>Two folds of three films of drawn scenes.</summary>
    public sealed class Runs : IDisposable
    {
        private readonly SceneFolder _folder = new(train: 6, validation: 1);

        public Runs()
        {
            // Films a, b and c of one, three and two frames.
            string[] names = ["a_0", "b_0", "b_1", "b_2", "c_0", "c_1"];
            foreach (var part in new[] { "train", "trainannot" })
            {
                foreach (var (file, name) in Directory.GetFiles(Path.Combine(Data, part)).Order(StringComparer.Ordinal).Zip(names))
                    File.Move(file, Path.Combine(Data, part, name + ".png"));
            }
            File.AppendAllText(Path.Combine(Data, "dataset.yaml"), "groups: { regex: '(?<film>[^_-]+)[_-].*' }\n");
            foreach (var fold in new[] { 1, 2 })
            {
                Host.Succeed(
                    "train", "demo", "--data", Data, "--out", Fold(fold), "--fold", $"{fold}/2", "--iterations", "3", "--batch", "2",
                    "--crop", "48x48", "--evaluations", "1");
            }
        }

        public string Data => _folder.Data;

        public string Fold(int number) => In($"fold{number}");

        public string In(string name) => _folder.In(name);

        public void Dispose() => _folder.Dispose();
    }
}
