using System.Runtime.CompilerServices;

namespace DeepLabDsl.Native;

/// <summary>Puts the native fixes in force when this assembly is loaded, since every program that uses DeepLabDsl loads it.</summary>
internal static class NativeInitializer
{
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "A NuGet consumer must need no call.")]
    internal static void Initialize() => NativeBackend.EnsureLoaded();
}
