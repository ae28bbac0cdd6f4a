using System;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace DeepLabDsl.Cli.Tests;

/// <summary>Scores and predictions of shards are together those of one process; what does not belong together is named.</summary>
[Collection(Host.Collection)]
public class ShardTests(TrainedScenes scenes) : IClassFixture<TrainedScenes>
{
    [Fact]
    public void Merged_shards_score_as_one_process_to_the_digit()
    {
        string[] crf = ["--crf", "--iterations", "1", "--boundaries", "classes"];
        var whole = Host.Succeed(["eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--json", .. crf]);
        var parts = Enumerable.Range(1, 2).Select(i => Score($"{i}/2", $"exact-{i}.json", crf)).ToArray();

        // In any order.
        var merged = Host.Succeed(["eval", "--merge", .. parts.Reverse(), "--json"]);

        Assert.Equal(Timeless(whole), Timeless(merged));
    }

    [Fact]
    public void A_shard_without_images_counts_nothing_and_merges()
    {
        var parts = Enumerable.Range(1, 4).Select(i => Score($"{i}/4", $"four-{i}.json")).ToArray();

        Assert.Contains("mIoU", Host.Succeed(["eval", "--merge", .. parts]), StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_doubled_and_foreign_shards_are_named()
    {
        var (first, second) = (Score("1/3", "a.json"), Score("2/3", "b.json"));
        var third = Score("3/3", "c.json");
        var flipped = Score("3/3", "flipped.json", "--flip");
        var again = scenes.In("again.json");
        File.Copy(first, again);

        Assert.Contains("3/3 is missing", Host.Fail("eval", "--merge", first, second), StringComparison.Ordinal);
        Assert.Contains(
            $"1/3 is there 2 times: {first}, {again}", Host.Fail("eval", "--merge", first, again, second, third), StringComparison.Ordinal);
        Assert.Contains(
            $"{flipped}: is of another evaluation than {first}: its flip is true, not false",
            Host.Fail("eval", "--merge", first, second, flipped), StringComparison.Ordinal);
        Assert.Contains(
            "is no part of an evaluation", Host.Fail("eval", "--merge", Path.Combine(scenes.Weights, "config.json")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("1")]
    [InlineData("a/b")]
    public void What_is_no_shard_is_refused(string shard) => Assert.Contains(
        $"not '{shard}'",
        Host.Fail("eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--shard", shard, "--out", scenes.In("no.json")),
        StringComparison.Ordinal);

    [Fact]
    public void Shards_predict_each_image_once()
    {
        var names = Directory.GetFiles(scenes.Images, "*.png").Length;
        var folder = scenes.In("predicted");
        foreach (var shard in new[] { "1/2", "2/2" })
        {
            Host.Succeed(
                "predict", "demo", scenes.Images, "--weights", scenes.Weights, "--out", Path.Combine(folder, shard[..1]), "--shard", shard,
                "--write", "index");
        }

        var written = Directory.GetFiles(folder, "*_index.png", SearchOption.AllDirectories).Select(Path.GetFileName).ToList();

        Assert.Equal(names, written.Count);
        Assert.Equal(names, written.Distinct().Count());
        Assert.Equal(2, Directory.GetDirectories(folder).Length);
    }

    private string Score(string shard, string name, params string[] more)
    {
        var path = scenes.In(name);
        Host.Succeed(
            ["eval", "demo", "--weights", scenes.Weights, "--data", scenes.Data, "--shard", shard, "--out", path, .. more]);
        return path;
    }

    private static string Timeless(string json)
    {
        var node = JsonNode.Parse(json)!.AsObject();
        node.Remove("seconds");
        node["crf"]?.AsObject().Remove("seconds");
        return node.ToJsonString();
    }
}
