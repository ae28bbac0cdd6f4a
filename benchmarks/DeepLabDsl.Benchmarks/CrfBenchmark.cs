using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace DeepLabDsl.Benchmarks;

/// <summary>The dense CRF against the published implementation, and where its time goes.</summary>
internal static class CrfBenchmark
{
    public static int Run(string[] args)
    {
        var image = ImageFile.ReadRgb(args[0]);
        var labels = ImageFile.ReadLabels(args[1]);
        var repeat = int.Parse(Option(args, "--repeat") ?? "15", CultureInfo.InvariantCulture);
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
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory: {Measure.Bandwidth(count) / 1e9:0.0} GB/s by {count} thread{(count == 1 ? "" : "s")}"));
        Compare(cases, threads, repeat, Option(args, "--peer"));
        return 0;
    }

    /// <summary>Each case: the peer and ours, one after the other.</summary>
    private static void Compare(IReadOnlyList<CrfCase> cases, IReadOnlyList<int> threads, int repeat, string? peer)
    {
        foreach (var one in cases)
        {
            Console.WriteLine($"{one.Image.Width}x{one.Image.Height} {one.Name}, {one.Options.Iterations} iterations");
            var (theirs, theirQ) = peer is null ? (0.0, null) : RunPeer(peer, one, repeat);
            foreach (var count in threads)
            {
                using var crf = new DenseCrf(one.Options with { Threads = count });
                var results = Enumerable.Range(0, repeat + 2).Select(_ =>
                {
                    var start = Stopwatch.GetTimestamp();
                    var result = crf.Infer(one.Image, one.Unary, one.Classes);
                    return (Total: Stopwatch.GetElapsedTime(start).TotalMilliseconds, Result: result);
                }).Skip(2).ToList();
                double Part(Func<CrfTiming, TimeSpan> part) => Measure.Median(results.Select(r => part(r.Result.Timing).TotalMilliseconds).ToArray());
                var total = Measure.Median(results.Select(r => r.Total).ToArray());
                Console.Write(string.Create(CultureInfo.InvariantCulture,
                    $"  {count} thread{(count == 1 ? " " : "s")} {total,8:0.00} ms (least {results.Min(r => r.Total):0.00}): build {Part(t => t.Build):0.00}, read {Part(t => t.Read):0.00}, pixels {Part(t => t.Pixels):0.00}, blur {Part(t => t.Blur):0.00}, write {Part(t => t.Write):0.00}; vertices {string.Join("+", crf.Vertices)}; {(double)crf.Bytes / one.Image.Width / one.Image.Height:0} B/pixel"));
                Console.Write(Reached(one, crf, Part(t => t.Pixels), Part(t => t.Blur)));
                if (theirQ is not null)
                {
                    var ours = results[0].Result.Probabilities;
                    Console.Write(string.Create(CultureInfo.InvariantCulture, $"; {theirs / total:0.00} times as fast; furthest apart {ours.Zip(theirQ, (a, b) => Math.Abs(a - b)).Max():0.0e0}"));
                }
                Console.WriteLine();
            }
        }
    }

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
            $"; pixels {pass * one.Options.Iterations / pixels / 1e6:0.0} GB/s, blur at most {axes * one.Options.Iterations / blur / 1e6:0.0} GB/s");
    }

    private static (double Milliseconds, float[] Probabilities) RunPeer(string peer, CrfCase one, int repeat)
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
            var start = new ProcessStartInfo(peer, arguments.Select(a => Convert.ToString(a, CultureInfo.InvariantCulture)!)) { RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            var line = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            Console.WriteLine($"  peer {line}");
            using var json = JsonDocument.Parse(line);
            return (json.RootElement.GetProperty("total").GetDouble(), MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path("q"))).ToArray());
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
}
