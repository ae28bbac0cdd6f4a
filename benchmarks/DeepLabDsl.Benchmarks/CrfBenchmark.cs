using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Benchmarks;

/// <summary>The dense CRF against the published implementation, and where its time goes.</summary>
internal static class CrfBenchmark
{
    public static int Run(string[] args)
    {
        var image = ImageFile.ReadRgb(args[0]);
        var labels = ImageFile.ReadLabels(args[1]);
        var repeat = int.Parse(Option(args, "--repeat") ?? "7", CultureInfo.InvariantCulture);
        var threads = (Option(args, "--threads") ?? "1,2").Split(',').Select(t => int.Parse(t, CultureInfo.InvariantCulture)).ToList();
        if (args.Contains("--cost"))
        {
            foreach (var count in threads)
                CrfCost.Run(image, labels, count, repeat);
            return 0;
        }
        var cases = CrfCase.All(image, labels);
        if (Option(args, "--case") is { } wanted)
            cases = wanted.Split(',').Select(i => cases[int.Parse(i, CultureInfo.InvariantCulture)]).ToList();
        foreach (var count in threads)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"memory: {Measure.Bandwidth(count) / 1e9:0.0} GB/s by {count} thread{(count == 1 ? "" : "s")}"));
        }
        Compare(cases, threads, int.Parse(Option(args, "--rounds") ?? "3", CultureInfo.InvariantCulture), repeat, Option(args, "--peer"));
        return 0;
    }

    /// <summary>Each case: in each round the peer, then ours, so that a machine that is slow for a while is slow for both.</summary>
    private static void Compare(IReadOnlyList<CrfCase> cases, IReadOnlyList<int> threads, int rounds, int repeat, string? peer)
    {
        foreach (var one in cases)
        {
            Console.WriteLine($"{one.Image.Width}x{one.Image.Height} {one.Name}, {one.Options.Iterations} iterations");
            var theirs = new List<PeerRun>();
            var ours = threads.ToDictionary(t => t, _ => new List<(double Total, CrfTiming Timing)>());
            var last = new Dictionary<int, CrfResult?>();
            var crfs = threads.Select(t => new DenseCrf(one.Options with { Threads = t })).ToList();
            for (var round = 0; round < rounds; round++)
            {
                if (peer is not null)
                    theirs.Add(RunPeer(peer, one, repeat));
                foreach (var (count, crf) in threads.Zip(crfs))
                {
                    for (var run = -2; run < repeat; run++)
                    {
                        var start = Stopwatch.GetTimestamp();
                        var result = crf.Infer(one.Image, one.Unary, one.Classes, spent: last.GetValueOrDefault(count));
                        if (run >= 0)
                            ours[count].Add((Stopwatch.GetElapsedTime(start).TotalMilliseconds, result.Timing));
                        last[count] = result;
                    }
                }
            }
            if (peer is not null)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  peer      {PeerMedian(theirs),8:0.00} ms (medians of rounds {theirs.Min(t => t.Median):0.00} to "
                    + $"{theirs.Max(t => t.Median):0.00}, fastest run {theirs.Min(t => t.Minimum):0.00})"));
            }
            foreach (var (count, crf) in threads.Zip(crfs))
            {
                Report(one, crf, count, ours[count], last[count]!.Probabilities, theirs);
                crf.Dispose();
            }
        }
    }

    private static void Report(
        CrfCase one, DenseCrf crf, int threads, IReadOnlyList<(double Total, CrfTiming Timing)> runs, float[] probabilities,
        IReadOnlyList<PeerRun> theirs)
    {
        double Part(Func<CrfTiming, TimeSpan> part) => Measure.Median(runs.Select(r => part(r.Timing).TotalMilliseconds).ToArray());
        var (total, minimum) = (Measure.Median(runs.Select(r => r.Total).ToArray()), runs.Min(r => r.Total));
        Console.Write(string.Create(CultureInfo.InvariantCulture,
            $"  {threads} thread{(threads == 1 ? " " : "s")} {total,8:0.00} ms (fastest {minimum:0.00}): build {Part(t => t.Build):0.00}, "
            + $"read {Part(t => t.Read):0.00}, pixels {Part(t => t.Pixels):0.00}, blur {Part(t => t.Blur):0.00}, write "
            + $"{Part(t => t.Write):0.00}; vertices {string.Join("+", crf.Vertices)}; "
            + $"{(double)crf.Bytes / one.Image.Width / one.Image.Height:0} B/pixel"));
        Console.Write(Reached(one, crf, Part(t => t.Pixels), Part(t => t.Blur)));
        if (theirs.Count > 0)
        {
            var distance = probabilities.Zip(theirs[0].Probabilities, (a, b) => Math.Abs(a - b)).Max();
            Console.Write(string.Create(CultureInfo.InvariantCulture,
                $"; {PeerMedian(theirs) / total:0.00} times as fast by medians, {theirs.Min(t => t.Minimum) / minimum:0.00} by fastest "
                + $"runs; furthest apart {distance:0.0e0}"));
        }
        Console.WriteLine();
    }

    private static double PeerMedian(IReadOnlyList<PeerRun> runs) => Measure.Median(runs.Select(t => t.Median).ToArray());

    /// <summary>
    /// Bytes a second of what a part must move at least: of the pass over the pixels the scores, the corners, and each vertex read once and
    /// written once; of the blur each vertex read and written along each axis.
    /// </summary>
    private static string Reached(CrfCase one, DenseCrf crf, double pixels, double blur)
    {
        var channels = one.Classes switch { <= 4 => 4, <= 8 => 8, <= 16 => 16, _ => 24 };
        const int corner = 8;
        double count = one.Image.Width * one.Image.Height;
        var corners = one.Options.Terms.Select(t => t is GaussianTerm ? 3 : 6).ToList();
        var pass = count * (channels * sizeof(float) + corners.Sum() * corner) + crf.Vertices.Sum() * 2.0 * channels * sizeof(float);
        var axes = crf.Vertices.Zip(corners, (v, c) => (double)v * c).Sum() * 2 * channels * sizeof(float);
        return string.Create(CultureInfo.InvariantCulture,
            $"; pixels {pass * one.Options.Iterations / pixels / 1e6:0.0} GB/s, blur at most "
            + $"{axes * one.Options.Iterations / blur / 1e6:0.0} GB/s");
    }

    private static PeerRun RunPeer(string peer, CrfCase one, int repeat)
    {
        var folder = Directory.CreateTempSubdirectory("crf-benchmark-");
        try
        {
            string Path(string name) => System.IO.Path.Combine(folder.FullName, name);
            File.WriteAllBytes(Path("rgb"), one.Image.Pixels);
            File.WriteAllBytes(Path("unary"), MemoryMarshal.AsBytes<float>(one.Unary).ToArray());
            var (gaussian, bilateral) = ((GaussianTerm)one.Options.Terms[0], (BilateralTerm)one.Options.Terms[1]);
            object[] arguments =
            [
                one.Image.Width, one.Image.Height, one.Classes, Path("rgb"), Path("unary"), gaussian.Sigma, gaussian.Weight,
                bilateral.SigmaXY, bilateral.SigmaRgb, bilateral.Weight, one.Options.Iterations, repeat, Path("q"),
            ];
            var start = new ProcessStartInfo(peer, arguments.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)!))
            {
                RedirectStandardOutput = true,
            };
            using var process = Process.Start(start)!;
            var line = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            using var json = JsonDocument.Parse(line);
            return new PeerRun(
                json.RootElement.GetProperty("total").GetDouble(), json.RootElement.GetProperty("min_total").GetDouble(),
                MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path("q"))).ToArray());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string? Option(string[] args, string name)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }

    /// <summary>What the peer says of one round.</summary>
    private sealed record PeerRun(double Median, double Minimum, float[] Probabilities);
}
