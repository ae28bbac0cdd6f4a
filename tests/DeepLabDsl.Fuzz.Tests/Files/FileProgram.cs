using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Fuzz;

/// <summary>The long run over files.</summary>
internal static class FileProgram
{
    // A machine that others use too may keep a reader waiting; what runs so long on its clock is stuck.
    private static readonly TimeSpan Stuck = TimeSpan.FromMinutes(3);

    /// <summary>Runs cases of each format, or of some.</summary>
    /// <param name="args">The number of cases, the seed, the folder for what fails, and formats by name, all of them optional.</param>
    public static int Run(string[] args)
    {
        var cases = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
        var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
        var folder = args.Length > 2 ? args[2] : Path.Combine("artifacts", "fuzz-files");
        var failures = 0;
        foreach (var format in FileFormat.All.Where(f => args.Length < 4 || args.Skip(3).Contains(f.Name)))
        {
            var fuzzer = new FileFuzzer(format, Path.Combine(folder, format.Name), measuresPeak: true);
            var watch = Stopwatch.StartNew();
            var (done, since) = (-1, TimeSpan.Zero);
            using var watchdog = new Timer(_ =>
            {
                if (fuzzer.Cases != done)
                    (done, since) = (fuzzer.Cases, watch.Elapsed);
                else if (watch.Elapsed - since > Stuck)
                {
                    Console.WriteLine($"{format.Name}: hangs at seed {seed}, case {done}");
                    Environment.Exit(2);
                }
            });
            watchdog.Change(1000, 1000);
            foreach (var (name, _, make) in FileExtremes.All.Where(e => e.Format == format.Name))
                fuzzer.Run(name, make());
            for (var i = 0; i < cases; i++)
                fuzzer.Run(seed, i);
            var counts = $"{fuzzer.Cases} cases of seed {seed} in {watch.Elapsed.TotalSeconds:0} s, {fuzzer.Accepted} read";
            failures += fuzzer.Failures.Count;
            var slowest = string.Create(CultureInfo.InvariantCulture,
                $"slowest {fuzzer.Slowest.Time.TotalMilliseconds:0} ms ({fuzzer.Slowest.Made})");
            Console.WriteLine($"{format.Name}: {counts}, {fuzzer.Failures.Count} failures; {slowest}, most memory "
                + $"{fuzzer.Largest.Bytes >> 20} MB ({fuzzer.Largest.Made})");
            var number = 0;
            foreach (var kind in fuzzer.Failures.GroupBy(f => Kind(f.Fault)).Take(40))
            {
                var (made, bytes, fault) = kind.First();
                File.WriteAllBytes(Path.Combine(folder, $"{format.Name}-{number++}{Path.GetExtension(format.FileName)}"), bytes);
                Console.WriteLine($"  {kind.Count()} x {made}: {string.Join("\n    ", fault.Split('\n').Take(8))}");
            }
        }
        return failures == 0 ? 0 : 1;
    }

    /// <summary>Faults of one kind: of one exception at one place.</summary>
    private static string Kind(string fault) =>
        string.Concat(fault.Split('\n').Where(l => l.StartsWith("   at DeepLabDsl", StringComparison.Ordinal)).Take(2)
        .Prepend(fault[..Math.Min(fault.Length, 25)]));
}
