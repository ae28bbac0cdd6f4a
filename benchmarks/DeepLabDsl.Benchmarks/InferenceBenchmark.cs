using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Benchmarks;

/// <summary>
/// What runs a network fastest: ONNX Runtime on PyTorch's export (the baseline) and on ours, the module, its form for inference. Each is a
/// process of its own; they compute in turn, so that a machine that is slow for a while is slow for all.
/// </summary>
internal static class InferenceBenchmark
{
    private static readonly string[] DefaultNetworks = ["deeplabv3-resnet50", "deeplabv3-mobilenet-v3-large"];

    public static int Run(string[] args)
    {
        if (args is ["--worker", var name, var engine, var workers, var images, ..])
            return InferenceWorker.Run(name, engine, Whole(workers), images);
        var folder = Option(args, "--pytorch") ?? "";
        var networks = Option(args, "--networks")?.Split(',') ?? DefaultNetworks;
        var rounds = Whole(Option(args, "--rounds") ?? "7");
        var threads = (Option(args, "--threads") ?? "1,2").Split(',').Select(Whole).ToList();
        var engines = Option(args, "--engines")?.Split(',') ?? InferenceWorker.Engines;
        foreach (var count in threads)
        {
            using var roofline = new Worker("", "roofline", count, "");
            Console.WriteLine($"{Threads(count)}: {roofline.Read()}");
        }
        Console.WriteLine();
        Console.WriteLine("| network, 1x3x513x513 | threads | engine | median ms | least to most | ratio | peak MB | ratio |");
        Console.WriteLine("|---|---:|---|---:|---:|---:|---:|---:|");
        foreach (var network in networks)
        {
            foreach (var count in threads)
            {
                var there = engines.Where(e => e != "pytorch-onnx" || File.Exists(PyTorchFile(folder, network)));
                Compare(network, count, there, rounds, folder);
            }
        }
        Console.WriteLine();
        foreach (var network in networks)
            InferenceProfile.Print(network, threads[^1]);
        return 0;
    }

    public static string PyTorchFile(string folder, string network) => Path.Combine(folder, network + ".onnx");

    private static void Compare(string network, int threads, IEnumerable<string> engines, int rounds, string folder)
    {
        var temporary = Directory.CreateTempSubdirectory("inference");
        var workers = engines.Select(Start).ToList();
        var times = workers.Select(_ => new List<double>()).ToList();
        try
        {
            foreach (var worker in workers)
                worker.Read();
            for (var round = 0; round < rounds; round++)
            {
                foreach (var (worker, own) in workers.Zip(times))
                    own.Add(double.Parse(worker.Ask("run"), CultureInfo.InvariantCulture));
            }
            var peaks = workers.Select(w => double.Parse(w.Ask("peak"), CultureInfo.InvariantCulture)).ToList();
            var medians = times.Select(t => Measure.Median([.. t])).ToList();
            for (var i = 0; i < workers.Count; i++)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| `{network}` | {threads} | {workers[i].Engine} | {medians[i]:0.0} | {times[i].Min():0.0}–{times[i].Max():0.0} | "
                    + $"{medians[i] / medians[0]:0.00} | {peaks[i] / 1e6:0} | {peaks[i] / peaks[0]:0.00} |"));
            }
        }
        finally
        {
            foreach (var worker in workers)
                worker.Dispose();
            temporary.Delete(recursive: true);
        }

        Worker Start(string engine)
        {
            if (engine == "pytorch-onnx")
                return new Worker(network, InferenceWorker.Runtime, threads, PyTorchFile(folder, network)) { Engine = engine };
            if (!InferenceWorker.IsExport(engine))
                return new Worker(network, engine, threads, "");
            var file = Path.Combine(temporary.FullName, engine + ".onnx");
            // Exported by another process, so that the memory of the one that is measured is ONNX Runtime's.
            new Worker(network, engine, threads, file).Dispose();
            return new Worker(network, InferenceWorker.Runtime, threads, file) { Engine = engine };
        }
    }

    private static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    private static int Whole(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string? Option(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }

    /// <summary>A process that computes when it is asked to.</summary>
    internal sealed class Worker : IDisposable
    {
        private readonly Process _process;

        public Worker(string network, string engine, int threads, string file, bool isVerbose = false)
        {
            Engine = engine;
            var start = new ProcessStartInfo(
                Environment.ProcessPath!,
                ["inference", "--worker", network, engine, threads.ToString(CultureInfo.InvariantCulture), file])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            if (isVerbose)
                start.Environment["ONEDNN_VERBOSE"] = "1";
            _process = Process.Start(start)!;
        }

        public string Engine { get; init; }

        /// <summary>The next line that it writes.</summary>
        public string Read() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Engine} has ended");

        public string Ask(string what)
        {
            _process.StandardInput.WriteLine(what);
            return Read();
        }

        /// <summary>All lines until one that begins with a word.</summary>
        public IReadOnlyList<string> AskLines(string what, string end)
        {
            _process.StandardInput.WriteLine(what);
            return Lines(end);
        }

        public IReadOnlyList<string> Lines(string end)
        {
            var lines = new List<string>();
            while (Read() is var line && !line.StartsWith(end, StringComparison.Ordinal))
                lines.Add(line);
            return lines;
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
