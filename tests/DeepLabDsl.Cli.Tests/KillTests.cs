using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Data;
using DeepLabDsl.Cli.Demo;

namespace DeepLabDsl.Cli.Tests;

/// <summary>A training that is ended from outside, at any moment, and gone on with ends as one that was left alone.</summary>
public sealed class KillTests : IDisposable
{
    private static readonly string[] Recipe =
    [
        "--threads", "1", "--crop", "32x32", "--batch", "2", "--evaluations", "3", "--checkpoint-every", "3", "--ema", "0.9", "--seed", "5",
    ];

    private const string Iterations = "40";

    private readonly string _root = Directory.CreateTempSubdirectory("deeplabdsl-kill-").FullName;

    public KillTests() => DemoScenes.Write(Data,
    [
        DemoScenes.CreateDataset("train", 6, width: 48, height: 40),
        DemoScenes.CreateDataset("val", 1, width: 48, height: 40),
    ]);

    private string Data => Path.Combine(_root, "data");

    [SkippableFact]
    public void Killed_twice_it_ends_the_same() => KillAndCompare(2);

    [SkippableFact]
    public void Killed_twenty_times_it_ends_the_same()
    {
        Skip.If(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DEEPLABDSL_LONG")),
            "DEEPLABDSL_LONG is unset: long tests are left out.");
        KillAndCompare(20);
    }

    [SkippableTheory]
    [InlineData("HUP", 1)]
    [InlineData("TERM", 15)]
    public void Asked_to_stop_it_saves_and_says_how_to_go_on(string signal, int number)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no signals.");
        Skip.If(IsIgnored(number), $"SIG{signal} is ignored here, as under nohup, and so it is by what is started here.");
        var run = Path.Combine(_root, "asked");
        using var host = HostProcess.Start(["train", "demo", "--data", Data, "--out", run, .. Recipe, "--iterations", "100000"]);
        while (!File.Exists(Path.Combine(run, "log.jsonl")))
            Assert.False(host.HasEndedAfter(TimeSpan.FromMilliseconds(50)));
        host.Signal(signal);
        var (code, output) = host.Finish();

        Assert.Equal(128 + number, code);
        Assert.Contains($"go on with: train --resume {run}", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "last.safetensors")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(run, "checkpoints"), "*.sha256"));
    }

    [Fact]
    public void Going_on_with_a_run_that_reached_its_end_says_so()
    {
        var run = Path.Combine(_root, "ended");
        var (code, output) = HostProcess.Run(["train", "demo", "--data", Data, "--out", run, .. Recipe, "--iterations", "1"]);
        Assert.True(code == 0, output);
        Assert.Contains("done: 1 iteration, 1 epoch, ", output, StringComparison.Ordinal);
        (code, output) = HostProcess.Run("train", "--resume", run);
        Assert.True(code == 0, output);
        Assert.Contains($"{run} had reached its end already: 1 iteration, 1 epoch, ", output, StringComparison.Ordinal);
        Assert.Contains($"train --weights {run} --out DIR", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void KillAndCompare(int kills)
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no signals.");
        var whole = Path.Combine(_root, "whole");
        var watch = Stopwatch.StartNew();
        var (code, output) = HostProcess.Run(["train", "demo", "--data", Data, "--out", whole, "--iterations", Iterations, .. Recipe]);
        Assert.True(code == 0, output);
        var length = watch.Elapsed.TotalSeconds;
        var random = new SeededRandom(11);
        var run = "";
        var done = 0;
        for (var runs = 0; done < kills;)
        {
            var begins = run.Length == 0;
            run = begins ? Path.Combine(_root, $"killed{runs++}") : run;
            using var host = Begin(run, begins);
            // Somewhere between its first instructions and most of the way.
            if (host.HasEndedAfter(TimeSpan.FromSeconds(random.NextDouble(0.1, length * 0.9))))
            {
                var (ended, said) = host.Finish();
                Assert.True(ended == 0, said);
                Compare(whole, run);
                run = "";
                continue;
            }
            host.Kill();
            done++;
        }
        using (var host = Begin(run, run.Length == 0))
        {
            var (ended, said) = host.Finish();
            Assert.True(ended == 0, said);
        }
        Compare(whole, run);
    }

    /// <summary>Starts a run or goes on with it; one that was killed before it wrote its first state can only be started again.</summary>
    private HostProcess Begin(string run, bool begins) =>
        begins || !Directory.Exists(Path.Combine(run, "checkpoints"))
            || Directory.GetFiles(Path.Combine(run, "checkpoints"), "*.sha256").Length == 0
        ? HostProcess.Start(["train", "demo", "--data", Data, "--out", run, "--force", "--iterations", Iterations, .. Recipe])
        : HostProcess.Start("train", "--resume", run);

    private static void Compare(string whole, string run)
    {
        Assert.Equal(Log(whole), Log(run));
        foreach (var name in new[] { "last.safetensors", "best.safetensors" })
        {
            Assert.True(
                File.ReadAllBytes(Path.Combine(whole, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(run, name))), name);
        }
        Assert.Empty(Directory.GetFiles(run, "*.tmp", SearchOption.AllDirectories));
    }

    private static bool IsIgnored(int number)
    {
        const string Field = "SigIgn:";
        var line = File.Exists("/proc/self/status")
            ? File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal))
            : null;
        return line is not null
            && (ulong.Parse(line[Field.Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (number - 1) & 1) != 0;
    }

    /// <summary>What of a log does not depend on the machine.</summary>
    private static IEnumerable<string> Log(string run) => File.ReadAllLines(Path.Combine(run, "log.jsonl")).Select(line =>
    {
        using var json = JsonDocument.Parse(line);
        return string.Join(
            ", ",
            json.RootElement.EnumerateObject()
                .Where(p => p.Name is "iteration" or "epoch" or "loss" or "learning_rate" or "mean_iou" or "iou"));
    });
}
