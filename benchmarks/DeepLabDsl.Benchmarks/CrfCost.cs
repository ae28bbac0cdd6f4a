using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Benchmarks;

/// <summary>How the dense CRF's cost grows with pixels, classes and features, and an image of Cityscapes' size.</summary>
internal static class CrfCost
{
    private const int Iterations = 10;

    public static void Run(RgbImage image, LabelMap labels, int threads, int repeat)
    {
        Console.WriteLine(
            $"{Iterations} iterations, {threads} thread{(threads == 1 ? "" : "s")}; per pixel: time of lattices, "
            + "time of an iteration, bytes held");
        foreach (var (width, height) in new[] { (160, 120), (320, 240), (640, 480) })
        {
            foreach (var classes in new[] { 2, 11, 21 })
            {
                foreach (var (name, terms) in Kernels())
                    Report($"{width}x{height}, {classes} classes, {name}", image, labels, (width, height), classes, terms, threads, repeat);
            }
        }
        Report("2048x1024, 19 classes, both", image, labels, (2048, 1024), 19, CrfCase.Example.Terms, threads, Math.Min(repeat, 3));
    }

    private static IEnumerable<(string Name, IReadOnlyList<PairwiseTerm> Terms)> Kernels()
    {
        yield return ("positions (d = 2)", [CrfCase.Example.Terms[0]]);
        yield return ("positions and colours (d = 5)", [CrfCase.Example.Terms[1]]);
        yield return ("both", CrfCase.Example.Terms);
    }

    private static void Report(
        string name, RgbImage image, LabelMap labels, (int Width, int Height) size, int classes, IReadOnlyList<PairwiseTerm> terms,
        int threads, int repeat)
    {
        var (picture, known) = (CrfCase.Resize(image, size.Width, size.Height), CrfCase.Resize(labels, size.Width, size.Height));
        var unary = CrfCase.Soft(known, classes);
        using var crf = new DenseCrf(new CrfOptions { Terms = terms, Iterations = Iterations, Threads = threads });
        crf.Infer(picture, unary, classes);
        var runs = Enumerable.Range(0, repeat).Select(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            var timing = crf.Infer(picture, unary, classes).Timing;
            return (Total: Stopwatch.GetElapsedTime(start).TotalMilliseconds, Build: timing.Build.TotalMilliseconds,
                Steps: (timing.Pixels + timing.Blur).TotalMilliseconds);
        }).ToList();
        double Median(Func<(double Total, double Build, double Steps), double> part) => Measure.Median(runs.Select(part).ToArray());
        var pixels = (double)size.Width * size.Height;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {Median(r => r.Total):0.0} ms | {1e6 * Median(r => r.Build) / pixels:0} ns | "
            + $"{1e6 * Median(r => r.Steps) / pixels / Iterations:0.0} ns | {crf.Bytes / pixels:0} | "
            + $"{crf.Vertices.Sum() / pixels:0.00} |"));
    }
}
