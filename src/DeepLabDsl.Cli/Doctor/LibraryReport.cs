using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Native;
using DeepLabDsl.SelfChecks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>A native fix.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Whether it is in force.</param>
/// <param name="Detail">What was found or done.</param>
internal sealed record FixReport(string Name, NativeFixState State, string Detail);

/// <summary>The library that computes.</summary>
/// <param name="TorchSharp">TorchSharp's version.</param>
/// <param name="LibtorchFolder">Where libtorch lies; null where nobody tells.</param>
/// <param name="LibtorchVersion">Its version; null where nobody tells.</param>
/// <param name="Cuda">Whether it sees a GPU.</param>
/// <param name="CpuidCaches">The caches as CPUID tells them, which is where oneDNN looks.</param>
/// <param name="Environment">The variables that are set and choose kernels, threads or memory.</param>
/// <param name="Fixes">What DeepLabDsl does so that it computes rightly here.</param>
internal sealed record LibraryReport(
    string TorchSharp, string? LibtorchFolder, string? LibtorchVersion, bool Cuda, string CpuidCaches,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<FixReport> Fixes)
{
    public static LibraryReport Read()
    {
        var native = NativeBackend.Describe();
        return new(
            typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "?",
            native.LibtorchFolder,
            native.LibtorchVersion,
            cuda.is_available(),
            native.Caches.ToString(),
            SelfCheck.KernelVariables().ToDictionary(),
            [.. native.Fixes.Select(f => new FixReport(f.Name, f.State, f.Detail))]);
    }
}
