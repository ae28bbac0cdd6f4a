using System;
using System.IO;
using System.Text.Json;

namespace DeepLabDsl.Cli.Tests;

/// <summary><c>check</c>: what a build would say, without one.</summary>
[Collection(Host.Collection)]
public sealed class CheckCommandTests : IDisposable
{
    private const string Valid = """
        network: mine
        classes: 4
        backbone: { use: mobilenet_v2, output_stride: 16 }
        layers:
          scores: { op: conv, kernel: 1, channels: $classes }
        outputs:
          logits: { from: scores, resize: input }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("check").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_spec_on_the_zoo_is_good()
    {
        var (code, output) = Run("check", Write("mine.yaml", Valid));

        Assert.Equal(0, code);
        Assert.EndsWith("1 file, 1 network: 0 errors, 0 warnings", output.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_fault_is_a_line_that_editors_understand()
    {
        var path = Write("mine.yaml", Valid.Replace("kernel: 1", "kernal: 1", StringComparison.Ordinal));

        var (code, output) = Run("check", path);

        Assert.Equal(1, code);
        Assert.Contains(
            $"{path}(5,23): error DLD101: Operation 'conv' has no 'kernal'; did you mean 'kernel'?", output, StringComparison.Ordinal);
        Assert.EndsWith("1 file, 1 network: 1 error, 0 warnings", output.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_checked_with_the_blocks_that_no_network_uses_and_with_datasets()
    {
        Write("mine.yaml", Valid);
        Write("unused.yml", "block: unused\nlayer: {}\n");
        Write("data.yaml", "dataset: d\nlayout: round\nclasses: { a: [1, 2, 3] }\n");

        var (code, output) = Run("check", _folder);

        Assert.Equal(1, code);
        Assert.Contains("unused.yml(2,1): error DLD101", output, StringComparison.Ordinal);
        Assert.Contains("data.yaml(2,9): error: there is no layout 'round'", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_map_is_held_against_its_networks()
    {
        Write("mine.yaml", Valid);
        var map = Write("map.yaml", """
            name_map: theirs
            networks: [mine, yours]
            rules:
              backbone: encoder
              backbone.features.0.0: stem
              score: head
            """);

        var (code, output) = Run("check", _folder);

        Assert.Equal(1, code);
        Assert.Contains(
            $"{map}(2,12): error: mine: the name map 'theirs' does not fit the network's keys", output, StringComparison.Ordinal);
        Assert.Contains("no rule fits scores.weight", output, StringComparison.Ordinal);
        Assert.Contains($"{map}(2,18): error: there is no network 'yours'", output, StringComparison.Ordinal);
        Assert.Contains(
            $"{map}(5,3): error: backbone.features.0.0: this rule fits no key of mine, yours", output, StringComparison.Ordinal);

        File.WriteAllText(map, "name_map: theirs\nnetworks: [mine]\nrules: { backbone: encoder, scores: head }\n");
        Assert.Equal(0, Run("check", _folder).Code);
    }

    [Fact]
    public void Published_figures_beside_specs_are_read_as_such()
    {
        Write("mine.yaml", Valid);
        var figures = Write(
            "published.yaml",
            "# Figures.\nsources:\n  v1: DeepLab v1\nnetworks:\n  mine:\n    figures:\n      - { source: v1, millions: 1.5 }\n");

        var (code, output) = Run("check", _folder);

        Assert.Equal(0, code);
        Assert.EndsWith("2 files, 1 network: 0 errors, 0 warnings", output.Trim(), StringComparison.Ordinal);

        File.WriteAllText(figures, File.ReadAllText(figures).Replace("source: v1", "source: v2", StringComparison.Ordinal));
        (code, output) = Run("check", _folder);

        Assert.Equal(1, code);
        Assert.Contains($"{figures}(7,19): error: there is no source 'v2'", output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_edited_block_of_the_zoo_is_checked_in_the_networks_that_use_it()
    {
        var (code, output) = Run("check", Write("image_pool.yaml", """
            block: image_pool
            parameters: { channels: int }
            layers:
              pool: global_avg_pool
              conv: { op: conv, kernel: 3, padding: 0, channels: $channels }
            """));

        Assert.Equal(1, code);
        Assert.Contains("image_pool.yaml(5,3): error DLD205", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_holds_the_same()
    {
        var path = Write("mine.yaml", Valid.Replace("classes: 4", "classes: 0", StringComparison.Ordinal));

        var (code, output) = Run("check", "--json", path);
        var first = JsonDocument.Parse(output).RootElement.GetProperty("diagnostics")[0];

        Assert.Equal(1, code);
        Assert.Equal((path, 2, 10, "error", "DLD117"), (
            first.GetProperty("file").GetString(), first.GetProperty("line").GetInt32(), first.GetProperty("column").GetInt32(),
            first.GetProperty("severity").GetString(), first.GetProperty("id").GetString()));
    }

    [Fact]
    public void A_missing_file_is_said_so()
    {
        Assert.Equal(1, Run("check", Path.Combine(_folder, "none.yaml")).Code);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static (int Code, string Output) Run(params string[] args)
    {
        var run = Host.Run(args);
        return (run.ExitCode, run.Output);
    }
}
