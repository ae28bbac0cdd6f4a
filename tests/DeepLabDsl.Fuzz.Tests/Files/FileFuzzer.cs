using System;
using System.Collections.Generic;
using System.IO;

namespace DeepLabDsl.Fuzz;

/// <summary>Draws files of one format, has each read, and gathers what failed.</summary>
/// <param name="format">The kind of the files.</param>
/// <param name="folder">Where each file lies while it is read: what ends the process is left there.</param>
/// <param name="measuresPeak">Whether the process's own peak is looked at: only where it does nothing else.</param>
internal sealed class FileFuzzer(FileFormat format, string folder, bool measuresPeak)
{
    public List<(string Made, byte[] Bytes, string Fault)> Failures { get; } = [];

    public int Cases { get; private set; }

    /// <summary>Files that were read, not refused.</summary>
    public int Accepted { get; private set; }

    public (TimeSpan Time, string Made) Slowest { get; private set; }

    public (long Bytes, string Made) Largest { get; private set; }

    public void Run(int seed, int number) =>
        Run($"{format.Name}, seed {seed}, case {number}", format.Draw(new Random(unchecked(seed * 1_000_003 + number))));

    public void Run(string made, byte[] bytes)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, format.FileName);
        File.WriteAllBytes(path, bytes);
        var verdict = FileOracle.Judge(format, path, measuresPeak);
        Cases++;
        Accepted += verdict.IsRead ? 1 : 0;
        if (verdict.Time > Slowest.Time)
            Slowest = (verdict.Time, made);
        if (Math.Max(verdict.Allocated, verdict.Peak) is var most && most > Largest.Bytes)
            Largest = (most, made);
        if (verdict.Fault is not null)
            Failures.Add((made, bytes, verdict.Fault));
    }
}
