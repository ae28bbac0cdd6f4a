using System.Collections.Generic;

namespace DeepLabDsl.Native;

/// <summary>What became of one of the native fixes.</summary>
public enum NativeFixState
{
    /// <summary>The machine does not need it.</summary>
    NotNeeded,

    /// <summary>It is in force.</summary>
    InForce,

    /// <summary>The user left it off by <see cref="NativeBackend.SwitchVariable"/>.</summary>
    Off,

    /// <summary>The machine needs it, and it can't be had.</summary>
    Unavailable,
}

/// <summary>One thing that is done so that libtorch works on this machine; see docs/native-library.md.</summary>
/// <param name="Name">Its name in <see cref="NativeBackend.SwitchVariable"/>.</param>
/// <param name="State">Whether it is in force.</param>
/// <param name="Detail">What was found or done, in a sentence.</param>
public sealed record NativeFix(string Name, NativeFixState State, string Detail);

/// <summary>The native side of this process.</summary>
/// <param name="LibtorchFolder">The folder that libtorch was loaded from; null where the system does not tell.</param>
/// <param name="LibtorchVersion">Its version, such as <c>2.10.0</c>.</param>
/// <param name="LibtorchBuild">The linker's id of the build; empty where there is none.</param>
/// <param name="Caches">The processor's caches as CPUID tells them.</param>
/// <param name="Fixes">Every fix that DeepLabDsl knows, in force or not.</param>
public sealed record NativeReport(
    string? LibtorchFolder, string? LibtorchVersion, string LibtorchBuild, CpuCaches Caches, IReadOnlyList<NativeFix> Fixes);
