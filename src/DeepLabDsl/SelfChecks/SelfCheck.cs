using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using DeepLabDsl.Errors;
using DeepLabDsl.Native;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>
/// The short self-check of numbers: a few convolutions on the CPU beside float64, once for each machine and library, before the first
/// training or prediction. Later processes find its result on disk. See docs/doctor.md.
/// </summary>
/// <remarks>
/// What it looks for can end the process without a word. So it notes on disk what it is about to compute: where a process has ended in the
/// check, the next one says so in place of ending too.
/// </remarks>
public static class SelfCheck
{
    /// <summary>Set to <c>off</c>, this environment variable leaves the check out.</summary>
    public const string SwitchVariable = "DEEPLABDSL_SELF_CHECK";

    private const string Passed = "right";

    /// <summary>To be raised with the cases: what was checked by others counts no more.</summary>
    private const string Edition = "1";

    private static readonly Lock Gate = new();
    private static bool _isDone;

    /// <summary>Checks, unless this process or one before it has.</summary>
    /// <exception cref="SelfCheckException">A result is wrong, or the last check ended its process.</exception>
    public static void Require()
    {
        lock (Gate)
        {
            if (_isDone || string.Equals(Environment.GetEnvironmentVariable(SwitchVariable), "off", StringComparison.OrdinalIgnoreCase))
                return;
            Require(NotePath(), NumberCases.Short);
            _isDone = true;
        }
    }

    /// <summary>Notes what the long form found for this machine and library.</summary>
    /// <param name="isRight">Whether all is right.</param>
    internal static void Note(bool isRight)
    {
        if (NotePath() is not { } note)
            return;
        if (isRight)
            Write(note, Passed);
        else
            Delete(note);
    }

    /// <summary>Checks with a note in a file.</summary>
    /// <param name="note">The file; null: nothing is kept.</param>
    /// <param name="cases">The cases.</param>
    internal static void Require(string? note, IReadOnlyList<NumberCase> cases)
    {
        var last = note is null ? null : Read(note);
        if (last == Passed)
            return;
        if (last is not null && Ended(note!, last) is { } step)
        {
            throw new SelfCheckException(
                $"the last check of this machine's numbers ended its process in: {step}. Run 'deeplabdsl doctor': it finds what is wrong "
                + $"here and says what to do. (If you stopped that process yourself, delete {note}.)");
        }
        using var recorded = inference_mode(false);
        using var gradients = enable_grad();
        // Another process that is at it keeps its note.
        var mayNote = note is not null && last is null;
        foreach (var one in cases)
        {
            foreach (var deviation in one.Run(CPU, step => Enter($"{one.Group} {one.Name}: {step}")))
            {
                if (deviation.IsRight)
                    continue;
                if (mayNote)
                    Delete(note!);
                throw new SelfCheckException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"this machine computes wrong numbers: {one.Group} {one.Name}, {deviation.Format} {deviation.Type}, "
                    + $"{deviation.Quantity}, is off by {deviation.Difference:g3} where rounding explains {deviation.Tolerance:g1}. ")
                    + "Run 'deeplabdsl doctor': it says what else is wrong and what to do.");
            }
        }
        if (note is not null)
            Write(note, Passed);

        void Enter(string step)
        {
            if (mayNote)
                Write(note!, $"{Environment.ProcessId} {step}");
        }
    }

    /// <summary>What a process was in that noted a step and is no more; null where it may still be at it.</summary>
    private static string? Ended(string path, string note)
    {
        var parts = note.Split(' ', 2);
        if (parts.Length < 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return null;
        if (id == Environment.ProcessId)
            return parts[1];
        try
        {
            // Numbers of processes are given again: one that began after the note is another.
            using var process = Process.GetProcessById(id);
            return process.HasExited || process.StartTime > File.GetLastWriteTime(path).AddSeconds(1) ? parts[1] : null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return parts[1];
        }
    }

    /// <summary>The file that keeps the result; null where no folder can.</summary>
    private static string? NotePath()
    {
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        return folder.Length == 0 ? null : Path.Combine(folder, "DeepLabDsl", $"self-check-{Key()}.txt");
    }

    /// <summary>What a result holds for: the processor as it describes itself, the library, and the settings that choose kernels.</summary>
    private static string Key()
    {
        var facts = new StringBuilder(Edition).Append('\n').Append(typeof(SelfCheck).Module.ModuleVersionId).Append('\n')
            .Append(Environment.ProcessorCount);
        if (X86Base.IsSupported)
        {
            // Names, features, caches of Intel's and of AMD's kind. Leaf 1's second register tells which core asked.
            foreach (var (leaf, subleaf) in new[] { (0, 0), (1, 0), (7, 0), (4, 0), (4, 1), (4, 2), (4, 3) })
                Append(leaf, subleaf);
            var extended = X86Base.CpuId(unchecked((int)0x80000000), 0).Eax;
            foreach (var (leaf, subleaf) in new[] { (2, 0), (3, 0), (4, 0), (0x1D, 0), (0x1D, 1), (0x1D, 2), (0x1D, 3) })
            {
                if ((uint)extended >= 0x80000000u + (uint)leaf)
                    Append(unchecked((int)(0x80000000u + (uint)leaf)), subleaf);
            }
        }
        var native = NativeBackend.Describe();
        facts.Append('\n').Append(native.LibtorchFolder).Append(' ').Append(native.LibtorchBuild);
        foreach (var fix in native.Fixes)
            facts.Append('\n').Append(fix.Name).Append(' ').Append(fix.State);
        foreach (var variable in KernelVariables())
            facts.Append('\n').Append(variable.Key).Append('=').Append(variable.Value);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts.ToString())))[..16];

        void Append(int leaf, int subleaf)
        {
            var (eax, ebx, ecx, edx) = X86Base.CpuId(leaf, subleaf);
            facts.Append(CultureInfo.InvariantCulture, $"\n{eax} {(leaf == 1 ? 0 : ebx)} {ecx} {edx}");
        }
    }

    /// <summary>The environment variables that are set and choose kernels or threads, in order.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>> KernelVariables()
    {
        string[] prefixes = ["ONEDNN_", "DNNL_", "MKL_", "OMP_", "KMP_", "GOMP_", "ATEN_", "TORCH_", "PYTORCH_", "DEEPLABDSL_", "CUDA_",
            "CUDNN_", "NVIDIA_", "LD_PRELOAD", "GLIBC_TUNABLES", "MALLOC_"];
        return [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(e => new KeyValuePair<string, string>((string)e.Key, (string?)e.Value ?? ""))
            .Where(e => prefixes.Any(p => e.Key.StartsWith(p, StringComparison.Ordinal))).OrderBy(e => e.Key, StringComparer.Ordinal)];
    }

    private static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Where nothing can be kept, the check is made anew by each process: slower, never wrong. Not flushed to the disk, which takes
    // longer than the check: it is to survive this process, not the machine. A part of a text counts as none.
    private static void Write(string path, string text) => Quietly(() =>
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    });

    private static void Delete(string path) => Quietly(() => File.Delete(path));

    private static void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
