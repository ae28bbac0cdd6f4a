using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Host.Doctor;

/// <summary>A native fix.</summary>
/// <param name="Name">Its name.</param>
/// <param name="State">Whether it is in force.</param>
/// <param name="Detail">What was found or done.</param>
internal sealed record FixReport(string Name, string State, string Detail);

/// <summary>The library that computes.</summary>
/// <param name="TorchSharp">TorchSharp's version.</param>
/// <param name="LibtorchFolder">Where libtorch lies; null where nobody tells.</param>
/// <param name="LibtorchVersion">Its version; null where nobody tells.</param>
/// <param name="Cuda">Whether it sees a GPU.</param>
/// <param name="Environment">The variables that are set and choose kernels, threads or memory.</param>
/// <param name="Fixes">What DeepLabDsl does so that it computes rightly here.</param>
internal sealed record LibraryReport(
    string TorchSharp, string? LibtorchFolder, string? LibtorchVersion, bool Cuda, IReadOnlyDictionary<string, string> Environment, IReadOnlyList<FixReport> Fixes)
{
    public static LibraryReport Read() => new(
        typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "?",
        Path.GetDirectoryName(NativeBackend.Find("libtorch_cpu.so")),
        null,
        cuda.is_available(),
        SelfCheck.KernelVariables().ToDictionary(),
        []);
}
