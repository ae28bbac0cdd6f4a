using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Weights;

namespace DeepLabDsl.Cli.Tests;

/// <summary>
/// Two ranks that the real <c>mpirun</c> starts. What they learn is compared at length by threads (RankTests); here, that processes do the
/// same, that a rank which dies or fails ends all with one message, and that the run can be gone on with.
/// </summary>
public sealed class MpiTests : IDisposable
{
    // It has no dropout, which ranks draw differently.
    private const string Network = "lraspp-mobilenet-v3-small";

    private static readonly string[] Recipe =
    [
        "--crop", "32x32", "--batch", "4", "--batch-norm", "synchronized", "--seed", "5", "--threads", "1", "--evaluations", "1",
    ];

    // Open MPI gives all ranks of a job up within 2 s of one's death; the rest is for a busy machine.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static readonly Lazy<bool> HasOpenMpi = new(() =>
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("mpirun", ["--version"]) { RedirectStandardOutput = true })!;
            return process.StandardOutput.ReadToEnd().Contains("Open MPI", StringComparison.Ordinal);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    private readonly string _root = Directory.CreateTempSubdirectory("deeplabdsl-mpi-").FullName;

    public MpiTests() => DemoScenes.Write(Data,
    [
        DemoScenes.CreateDataset("train", 8, width: 48, height: 40),
        DemoScenes.CreateDataset("val", 3, width: 48, height: 40),
    ]);

    private string Data => Path.Combine(_root, "data");

    [SkippableFact]
    public void Two_processes_take_the_step_of_one_and_score_and_predict_as_one()
    {
        RequireOpenMpi();
        string[] train = ["train", Network, "--data", Data, .. Recipe, "--iterations", "1", "--out"];
        var (code, said) = HostProcess.Run([.. train, In("alone")]);
        Assert.True(code == 0, said);
        (code, said) = Finish(Start([.. train, In("together")]));
        Assert.True(code == 0, said);

        // Sums in another order: a few times 2^-24 of a step that moves the weights by some hundredths of their length.
        var apart = Apart(In("alone"), In("together"));
        Assert.True(apart < 1e-6, $"{apart:g3} of the weights apart");

        string[] eval = ["eval", Network, "--weights", In("alone"), "--data", Data, "--json", "--boundaries", "classes"];
        (code, said) = Finish(Start(eval));
        Assert.True(code == 0, said);
        Assert.Equal(Timeless(HostProcess.Run(eval).Output), Timeless(said));

        (code, said) = Finish(Start(
            "predict", Network, Path.Combine(Data, "val"), "--weights", In("alone"), "--out", In("masks"), "--write", "index"));
        Assert.True(code == 0, said);
        Assert.Contains("3 images on 2 ranks", said, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(In("masks"), "*_index.png").Length);
    }

    [SkippableFact]
    public void A_run_whose_rank_is_killed_goes_on_bit_for_bit_and_on_one_rank_too()
    {
        RequireOpenMpi();
        string[] train = ["train", Network, "--data", Data, .. Recipe, "--iterations", "40", "--checkpoint-every", "3", "--out"];
        var (code, said) = Finish(Start([.. train, In("whole")]));
        Assert.True(code == 0, said);

        using (var job = Start([.. train, In("killed")]))
        {
            WaitForCheckpoint(job, In("killed"));
            var ranks = RanksOf(job);
            using (var second = Process.GetProcessById(ranks[1]))
                second.Kill();
            var watch = Stopwatch.StartNew();
            (code, said) = Finish(job);
            foreach (var process in ranks)
            {
                while (Directory.Exists($"/proc/{process}"))
                {
                    Assert.True(watch.Elapsed < Soon, $"rank {ranks.IndexOf(process)} lives on: {said}");
                    Thread.Sleep(50);
                }
            }
            Assert.NotEqual(0, code);
            Assert.Contains("error: rank 0 of 2: rank 1 is gone", said, StringComparison.Ordinal);
            Assert.Contains($"train --resume {In("killed")}", said, StringComparison.Ordinal);
            Assert.Single(Errors(said));
        }
        Copy(In("killed"), In("alone"));

        (code, said) = Finish(Start("train", "--resume", In("killed")));
        Assert.True(code == 0, said);
        Assert.Equal(0, Apart(In("whole"), In("killed")));

        // Sums in another order grow apart in so many steps; it goes on, and ends where it should.
        (code, said) = HostProcess.Run("train", "--resume", In("alone"));
        Assert.True(code == 0, said);
        Assert.Contains("done: 40 iterations", said, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_rank_that_fails_ends_all_with_one_message()
    {
        RequireOpenMpi();
        var image = Directory.GetFiles(Path.Combine(Data, "train"), "*.png").Order(StringComparer.Ordinal).First();
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..200]);

        using var job = Start(["train", Network, "--data", Data, .. Recipe, "--iterations", "1000", "--out", In("run")]);
        var (code, said) = Finish(job);

        Assert.NotEqual(0, code);
        Assert.True(Errors(said).Count == 1, said);
        var error = Errors(said)[0];
        Assert.Matches("^error: rank [01] of 2: ", error);
        Assert.Contains(Path.GetFileName(image), error, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(In("run"), "checkpoints"), "*.sha256"));
    }

    [SkippableFact]
    public void A_first_rank_that_cannot_write_alone_speaks_and_the_last_checkpoint_is_whole()
    {
        RequireOpenMpi();
        using var job = Start(
            ["train", Network, "--data", Data, .. Recipe, "--iterations", "1000", "--checkpoint-every", "3", "--out", In("run")]);
        WaitForCheckpoint(job, In("run"));

        // As if the disk were full: no file can be made where checkpoints go.
        Directory.Move(Path.Combine(In("run"), "checkpoints"), In("kept"));
        File.WriteAllText(Path.Combine(In("run"), "checkpoints"), "");
        var watch = Stopwatch.StartNew();
        var (code, said) = Finish(job);

        Assert.NotEqual(0, code);
        Assert.True(watch.Elapsed < Soon, $"it took {watch.Elapsed}");
        Assert.True(Errors(said).Count == 1, said);
        Assert.Matches("^error: rank 0 of 2: .*checkpoints", Errors(said)[0]);
        var sum = Directory.GetFiles(In("kept"), "*.sha256").Order(StringComparer.Ordinal).Last();
        var checkpoint = File.ReadAllBytes(sum[..^".sha256".Length]);
        Assert.StartsWith(
            Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(checkpoint)), File.ReadAllText(sum),
            StringComparison.OrdinalIgnoreCase);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static void RequireOpenMpi() => Skip.IfNot(
        OperatingSystem.IsLinux() && HasOpenMpi.Value, "Open MPI's mpirun is not there (Debian: apt install openmpi-bin).");

    /// <summary>Starts a command on two ranks.</summary>
    private static HostProcess Start(params string[] args) => HostProcess.StartProgram(
        "mpirun",
        [
            "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-n", "2",
            "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "DeepLabDsl.Host.dll"), .. args,
        ]);

    private static (int ExitCode, string Output) Finish(HostProcess job)
    {
        using (job)
            return job.Finish();
    }

    private static void WaitForCheckpoint(HostProcess job, string run)
    {
        var folder = Path.Combine(run, "checkpoints");
        while (!Directory.Exists(folder)
            || !Directory.GetFiles(folder, "*.sha256").Any(f => !f.Contains("-00000000.", StringComparison.Ordinal)))
            Assert.False(job.HasEndedAfter(TimeSpan.FromMilliseconds(50)), "The job ended before its first checkpoint.");
    }

    /// <summary>The processes of a job's ranks, in their order: those that it has started.</summary>
    private static List<int> RanksOf(HostProcess job)
    {
        const string Variable = "OMPI_COMM_WORLD_RANK=";
        var children = Directory.GetDirectories($"/proc/{job.Id}/task")
            .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return
        [
            .. children.Select(c => (
                    Process: int.Parse(c, CultureInfo.InvariantCulture),
                    Rank: File.ReadAllText($"/proc/{c}/environ").Split('\0')
                        .FirstOrDefault(v => v.StartsWith(Variable, StringComparison.Ordinal))?[Variable.Length..]))
                .Where(c => c.Rank is not null).OrderBy(c => c.Rank, StringComparer.Ordinal).Select(c => c.Process),
        ];
    }

    /// <summary>
    /// The messages of errors. mpirun gives a rank a terminal of its own, which .NET greets by an escape sequence in front of the first.
    /// </summary>
    private static List<string> Errors(string said) =>
        [.. said.Split('\n').Select(l => l.Replace("\u001b[?1h\u001b=", "", StringComparison.Ordinal).TrimEnd())
            .Where(l => l.StartsWith("error: ", StringComparison.Ordinal))];

    /// <summary>How far the weights of two runs are apart, of the first's length.</summary>
    private static double Apart(string one, string other)
    {
        var (a, b) = (WeightsOf(one), WeightsOf(other));
        return Math.Sqrt(a.Zip(b, (x, y) => Math.Pow(x - y, 2)).Sum() / a.Sum(x => (double)x * x));
    }

    private static float[] WeightsOf(string run) =>
    [
        .. WeightsFile.Open(Path.Combine(run, "last.safetensors")).Tensors
            .Where(t => !t.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .OrderBy(t => t.Name, StringComparer.Ordinal).SelectMany(t =>
            {
                using var tensor = t.Load();
                return tensor.data<float>().ToArray();
            }),
    ];

    private static string Timeless(string said)
    {
        var node = JsonNode.Parse(said[said.IndexOf('{', StringComparison.Ordinal)..(said.LastIndexOf('}') + 1)])!.AsObject();
        node.Remove("seconds");
        return node.ToJsonString();
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private string In(string name) => Path.Combine(_root, name);
}
