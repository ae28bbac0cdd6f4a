using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Xml.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli.Tests;

/// <summary><c>inspect</c>: words, data and drawings, of the zoo and of spec files.</summary>
[Collection(Host.Collection)]
public sealed class InspectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("deeplabdsl-inspect-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The compiler's keys are those of the modules, to the shape.</summary>
    [Theory]
    [InlineData("demo")]
    [InlineData("deeplabv3-mobilenet-v2")]
    [InlineData("deeplabv2-resnet101-msc")]
    public void Keys_of_a_network_are_listed(string name)
    {
        using var network = NetworkCatalog.All.Single(n => n.Name == name).Create(21);

        var keys = Host.Succeed("inspect", name, "--keys", "--classes", "21").Trim().Split('\n');

        Assert.Equal(
            ModuleState.Of(network).Select(e => $"{e.Name} [{string.Join(", ", e.Tensor.shape)}]").Order(StringComparer.Ordinal),
            keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Explains_a_chain_of_rates()
    {
        var text = Host.Succeed("inspect", "--chain", "1,2,9");

        Assert.Contains("A value reads 21 of 25 offsets on an axis and 441 of 625 places, 70.6 %", text, StringComparison.Ordinal);
        Assert.Contains("HDC: M_2 = 5, more than the kernel of 3", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Explains_block_4_of_the_paper()
    {
        var text = Host.Succeed("inspect", "deeplabv3-resnet50-os16", "--atrous");

        Assert.Contains("backbone.layer4: rates 2, 4, 8 on the 33x33 map", text, StringComparison.Ordinal);
        Assert.Contains(
            "The image to classifier.4, everything between counted\n  A value reads every place", text.ReplaceLineEndings("\n"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Says_the_same_as_data()
    {
        using var report = JsonDocument.Parse(Host.Succeed("inspect", "deeplabv3-resnet50-os16", "--json"));
        var analysis = report.RootElement.GetProperty("analysis");

        var part = analysis.GetProperty("chains").EnumerateArray().First(c => c.GetProperty("name").GetString() == "backbone.layer4");
        Assert.Equal(225, part.GetProperty("read_places").GetInt64());
        Assert.Contains(
            analysis.GetProperty("findings").EnumerateArray(),
            f => f.GetProperty("id").GetString() == "DLD310" && f.GetProperty("severity").GetString() == "info");
    }

    [Fact]
    public void Draws_the_network_of_a_spec_file()
    {
        var spec = In("own.yaml");
        File.WriteAllText(spec, "network: own\nextends: deeplabv3-resnet50\nbackbone:\n  rates: { layer4: [1, 2, 5] }\n");

        Host.Succeed("inspect", spec, "--svg", In("own.svg"), "--dot", In("own.dot"), "--gridding", In("gridding.svg"));

        Assert.Contains(XDocument.Load(In("own.svg")).Descendants(), e => e.Name.LocalName == "text" && e.Value == "own");
        Assert.StartsWith("digraph \"own\"", File.ReadAllText(In("own.dot")), StringComparison.Ordinal);
        Assert.Contains(XDocument.Load(In("gridding.svg")).Descendants(), e => e.Value == "backbone.layer4: rates 1, 2, 5");
    }

    [Fact]
    public void A_network_is_found_in_a_folder_with_the_block_of_its_own_beside_it()
    {
        File.WriteAllText(In("block.yaml"), """
            block: twice
            parameters: { channels: int }
            layers:
              first: { op: conv, kernel: 3, channels: $channels }
              second: { op: conv, kernel: 3, channels: $channels }
            """);
        File.WriteAllText(In("own.yaml"), """
            network: own
            classes: 4
            input: { channels: 3, size: [64, 64] }
            layers:
              body: { block: twice, channels: 8 }
              scores: { op: conv, kernel: 1, channels: $classes }
            outputs:
              logits: { from: scores, resize: input }
            """);
        File.WriteAllText(In("other.yaml"), "network: other\nextends: demo\n");

        Assert.Contains(
            "body.second.weight [8, 8, 3, 3]", Host.Succeed("inspect", _folder, "--network", "own", "--keys"), StringComparison.Ordinal);
        Assert.Contains("defines other, own; say which with --network", Host.Fail("inspect", _folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: say which network", "inspect")]
    [InlineData("error: --chain must be at most 64 rates from 1 to 4096, such as 1,2,5, not '1,x'", "inspect", "--chain", "1,x")]
    [InlineData("error: --kernel must be from 2 to 31, not 1", "inspect", "--chain", "1,2", "--kernel", "1")]
    [InlineData("error: --chain is of no network", "inspect", "demo", "--chain", "1,2")]
    [InlineData("missing.yaml: no such file or folder", "inspect", "missing.yaml")]
    [InlineData("error: --network names a network of a spec file", "inspect", "demo", "--network", "demo")]
    [InlineData("has no convolution with a rate above 1", "inspect", "demo", "--gridding", "never.svg", "--size", "64")]
    public void Says_what_it_cannot_do(string expected, params string[] args)
    {
        if (expected.StartsWith("has no", StringComparison.Ordinal))
        {
            File.WriteAllText(
                In("plain.yaml"), "network: plain\nextends: demo\nbackbone: { output_stride: 32 }\nlayers:\n  aspp: { rates: [] }\n");
            args[1] = In("plain.yaml");
        }

        Assert.Contains(expected, Host.Fail(args), StringComparison.Ordinal);
        Assert.False(File.Exists("never.svg"));
    }

    [Fact]
    public void A_fault_in_a_spec_file_is_shown_at_its_place()
    {
        File.WriteAllText(In("faulty.yaml"), "network: faulty\nextends: demo\nbackbone: { output_strid: 8 }\n");

        Assert.Contains("faulty.yaml(3,13): error DLD101", Host.Fail("inspect", In("faulty.yaml")), StringComparison.Ordinal);
    }

    private string In(string name) => Path.Combine(_folder, name);
}
