using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.IO;
using DeepLabDsl.Weights;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli.Tests;

/// <summary>Weights on the command line: looked into, converted, refused.</summary>
[Collection(Host.Collection)]
public sealed class WeightsCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("deeplabdsl-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Converted_there_and_back_the_numbers_are_the_same()
    {
        var original = Demo();

        Assert.Contains(
            "tensors -> ", Host.Succeed("weights", "convert", original, In("b.pth"), "--network", "demo"), StringComparison.Ordinal);
        Host.Succeed("weights", "convert", In("b.pth"), In("c.dat"));
        Host.Succeed("weights", "convert", In("c.dat"), In("d.safetensors"));

        using var list = JsonDocument.Parse(Host.Succeed("weights", "list", In("b.pth"), "--json"));
        Assert.Equal("PyTorch (zip archive)", list.RootElement.GetProperty("format").GetString());
        var (a, d) = (WeightsFile.Open(original), WeightsFile.Open(In("d.safetensors")));
        Assert.Equal(
            list.RootElement.GetProperty("tensors").EnumerateArray().Select(t => t.GetProperty("key").GetString()),
            d.Tensors.Select(t => t.Name));
        foreach (var (first, last) in a.Tensors.Zip(d.Tensors))
        {
            using var x = first.Load();
            using var y = last.Load();
            Assert.Equal(first.Name, last.Name);
            Assert.Equal(x.bytes.ToArray(), y.bytes.ToArray());
        }
    }

    /// <summary>In a process of its own: what guards the terminal is put in place where a program begins.</summary>
    [Fact]
    public void Names_in_a_file_do_not_act_on_the_terminal()
    {
        var header = """
            {"a\u001b[2Jb":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
            "c\u202ed":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            """u8;
        File.WriteAllBytes(In("names.safetensors"), [.. BitConverter.GetBytes((long)header.Length), .. header, .. new byte[8]]);

        var (code, listed) = HostProcess.Run("weights", "list", In("names.safetensors"));
        var (_, refused) = HostProcess.Run(
            "forward", "demo", "--weights", In("names.safetensors"), "--input", In("x\u001b[2J.npy"), "--output", In("y.npy"));

        Assert.Equal(0, code);
        Assert.Contains(@"a\u001b[2Jb", listed, StringComparison.Ordinal);
        Assert.Contains(@"c\u202ed", listed, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', listed + refused);
        Assert.Contains("error: ", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void A_publishers_names_are_written_and_read_by_a_map_of_the_users_own()
    {
        var original = Demo();
        File.WriteAllText(In("map.yaml"), "name_map: mine\nrules:\n  backbone.stage{n}: features.{n}\nothers: same\n");
        string[] map = ["--name-map", In("map.yaml")];

        Host.Succeed(["weights", "convert", original, In("theirs.pth"), "--network", "demo", "--to-publisher", .. map]);

        Assert.Contains(WeightsFile.Open(In("theirs.pth")).Tensors, t => t.Name.StartsWith("features.1.0.", StringComparison.Ordinal));
        Assert.Contains(
            "backbone.stage1", Host.Fail("forward", "demo", "--weights", In("theirs.pth"), "--input", Input(), "--output", In("y.npy")),
            StringComparison.Ordinal);
        Host.Succeed(["forward", "demo", "--weights", In("theirs.pth"), "--input", Input(), "--output", In("y.npy"), .. map]);
        Host.Succeed("forward", "demo", "--weights", original, "--input", Input(), "--output", In("z.npy"));
        Assert.Equal(File.ReadAllBytes(In("z.npy")), File.ReadAllBytes(In("y.npy")));
    }

    [Fact]
    public void Another_number_of_classes_needs_partial()
    {
        string[] forward = ["forward", "demo", "--weights", Demo(), "--classes", "3", "--input", Input(), "--output", In("y.npy")];

        Assert.Contains(
            "scores.weight: [3, 96, 1, 1] in the network, [8, 96, 1, 1] in the file", Host.Fail(forward), StringComparison.Ordinal);
        Assert.False(File.Exists(In("y.npy")));
        var run = Host.Run([.. forward, "--partial"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("scores.weight: [3, 96, 1, 1] in the network, [8, 96, 1, 1] in the file", run.Error, StringComparison.Ordinal);
        Assert.Contains("logits [1, 3, 33, 49]", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_converted_is_said_and_leaves_nothing_behind()
    {
        var original = Demo();

        Assert.Contains("--network", Host.Fail("weights", "convert", original, In("b.pth"), "--to-publisher"), StringComparison.Ordinal);
        Assert.Contains(
            "no name map", Host.Fail("weights", "convert", original, In("b.pth"), "--to-publisher", "--network", "demo"),
            StringComparison.Ordinal);
        Assert.Contains(".safetensors, .pth", Host.Fail("weights", "convert", original, In("b.bin")), StringComparison.Ordinal);
        Assert.Contains("LAYER.0", Host.Fail("weights", "convert", original, In("b.caffemodel")), StringComparison.Ordinal);
        Assert.Contains(
            "of another network", Host.Fail("weights", "convert", original, In("b.pth"), "--network", "deeplabv3-mobilenet-v2"),
            StringComparison.Ordinal);
        Assert.Contains(
            "float32, float16", Host.Run("weights", "convert", original, In("b.pth"), "--dtype", "int8").Error, StringComparison.Ordinal);
        Assert.Equal([original], Directory.GetFiles(_folder));
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Demo()
    {
        using var network = NetworkCatalog.All.Single(n => n.Name == "demo").Create(8);
        WeightsFile.Save(network, In("a.safetensors"));
        return In("a.safetensors");
    }

    private string Input()
    {
        using var input = FillProtocol.Input(1, 3, 33, 49);
        NpyFile.Write(In("x.npy"), input);
        return In("x.npy");
    }
}
