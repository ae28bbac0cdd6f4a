using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Cli.Commands;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli.Tests;

/// <summary>Networks of a project's own: of the program, of an assembly, and of specs without a project.</summary>
[Collection(Host.Collection)]
public sealed class OwnNetworkTests : IDisposable
{
    private const string Spec = """
        network: {0}
        extends: demo
        summary: A network of its own.
        classes: 8
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("deeplabdsl-own-").FullName;
    private readonly string? _cache = Environment.GetEnvironmentVariable(SpecAssembly.CacheVariable);

    public OwnNetworkTests() => Environment.SetEnvironmentVariable(SpecAssembly.CacheVariable, In("cache"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(SpecAssembly.CacheVariable, _cache);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_programs_network_goes_before_the_zoos_of_its_name()
    {
        var own = NetworkCatalog.All.Single(n => n.Name == "deeplabv3-resnet50") with { Name = "Demo" };
        var set = new NetworkSet([own]);

        Assert.Same(own, set.Find("demo"));
        Assert.Equal(NetworkCatalog.All.Count, set.All.Count);
        Assert.Equal("deeplabv3-resnet101", set.Find("DeepLabV3ResNet101").Name);
        Assert.Equal("there is no network 'dem'; did you mean 'Demo'?", Assert.Throws<UserException>(() => set.Find("dem")).Message);
    }

    [Fact]
    public void Two_networks_of_a_program_have_two_names()
    {
        var demo = NetworkCatalog.All.Single(n => n.Name == "demo");

        Assert.Contains("two networks are called 'demo'", Assert.Throws<UserException>(() => new NetworkSet([demo, demo])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_adds_commands_to_ours()
    {
        var seen = "";
        var name = new Argument<string>("name");
        var mine = new Command("greet", "Says hello.") { name };
        mine.SetAction(result => seen = result.GetRequiredValue(name));

        Assert.Equal(0, CommandLine.Run(["greet", "Ada"], [], [mine]));
        Assert.Equal("Ada", seen);
    }

    [Fact]
    public void A_command_with_a_name_of_ours_is_refused() =>
        Assert.Contains("'train'", Host.Fail(["list"], [], [new Command("train")]), StringComparison.Ordinal);

    [Fact]
    public void Specs_without_a_project_are_trained_and_gone_on_with()
    {
        var (specs, run) = (WriteSpec("own-segmenter"), In("run"));
        using var scenes = new SceneFolder();
        Host.Succeed("train", "own-segmenter", "--specs", specs, "--data", scenes.Data, "--out", run, "--iterations", "2", "--batch", "2",
            "--crop", "48x48", "--evaluations", "1", "--workers", "1", "--threads", "1");

        // The run says where its network is.
        Host.Succeed("train", "--resume", run);
        Host.Succeed("report", run);
        Assert.Contains("there is no network 'own-segmenter'",
            Host.Fail("eval", "own-segmenter", "--weights", run, "--data", scenes.Data), StringComparison.Ordinal);
        Assert.Contains("mIoU", Host.Succeed("eval", "own-segmenter", "--specs", specs, "--weights", run, "--data", scenes.Data),
            StringComparison.Ordinal);

        Directory.Move(specs, specs + "-elsewhere");
        Assert.Contains("say where it is with --specs", Host.Fail("train", "--resume", run), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_compiled_is_kept_until_the_texts_change()
    {
        var specs = WriteSpec("kept-network");
        Assert.Contains("kept-network", Host.Succeed("list", "--specs", specs), StringComparison.Ordinal);
        var kept = Assert.Single(Directory.GetFiles(In("cache")));
        var written = File.GetLastWriteTimeUtc(kept);

        Host.Succeed("list", "--specs", specs);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Assert.Single(Directory.GetFiles(In("cache")))));

        File.WriteAllText(Path.Combine(specs, "own.yaml"), Text("renamed-network"));
        Assert.Contains("renamed-network", Host.Succeed("list", "--specs", specs), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(In("cache")).Length);
    }

    [Fact]
    public void What_was_kept_and_is_damaged_is_compiled_anew()
    {
        var specs = WriteSpec("damaged-network");
        Host.Succeed("list", "--specs", specs);
        File.WriteAllText(Assert.Single(Directory.GetFiles(In("cache"))), "no assembly");

        Assert.Contains("damaged-network", Host.Succeed("list", "--specs", specs), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_of_a_spec_is_told_with_its_place()
    {
        var specs = WriteSpec("faulty-network");
        File.AppendAllText(Path.Combine(specs, "own.yaml"), "\nclases: 3\n");

        var error = Host.Fail("inspect", "faulty-network", "--specs", specs);

        Assert.Contains("own.yaml(5,1): error DLD", error, StringComparison.Ordinal);
        Assert.Contains("did you mean 'classes'?", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("cache")));
    }

    [Fact]
    public void Networks_of_an_assembly_are_found()
    {
        var path = In("Mine.dll");
        File.WriteAllBytes(path, SpecCompilation.Compile([("own.yaml", Text("of-an-assembly"))], "Mine", "Mine"));

        Assert.Contains("of-an-assembly", Host.Succeed("list", "--assembly", path), StringComparison.Ordinal);
        Assert.Contains("8 classes", Host.Succeed("inspect", "of-an-assembly", "--assembly", path), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_assembly_of_networks_is_refused()
    {
        var text = In("text.dll");
        File.WriteAllText(text, "text");

        Assert.Contains("text.dll: can't be loaded", Host.Fail("list", "--assembly", text), StringComparison.Ordinal);
        Assert.Contains("no such file", Host.Fail("list", "--assembly", In("none.dll")), StringComparison.Ordinal);
        Assert.Contains("has no networks", Host.Fail("list", "--assembly", typeof(Command).Assembly.Location), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_of_a_spec_is_seen()
    {
        var specs = WriteSpec("watched");
        using var stop = new CancellationTokenSource();
        using var ran = new SemaphoreSlim(0);
        var texts = new List<string>();
        var watch = Task.Run(() => SpecWatch.Run([specs], Look, stop.Token, TimeSpan.FromMilliseconds(5)));
        Assert.True(await ran.WaitAsync(TimeSpan.FromSeconds(30)));

        File.WriteAllText(Path.Combine(specs, "own.yaml"), Text("seen"));
        do
            Assert.True(await ran.WaitAsync(TimeSpan.FromSeconds(30)));
        while (!texts[^1].Contains("seen", StringComparison.Ordinal));
        await stop.CancelAsync();

        Assert.True(await watch);

        void Look()
        {
            texts.Add(File.ReadAllText(Path.Combine(specs, "own.yaml")));
            ran.Release();
        }
    }

    private static string Text(string name) => Spec.Replace("{0}", name, StringComparison.Ordinal);

    private string WriteSpec(string name)
    {
        var folder = Directory.CreateDirectory(In("specs")).FullName;
        File.WriteAllText(Path.Combine(folder, "own.yaml"), Text(name));
        return folder;
    }

    private string In(string name) => Path.Combine(_folder, name);
}
