using System;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Native.Tests;

public sealed class NativeBackendTests
{
    [Fact]
    public void The_report_names_the_library_and_every_fix()
    {
        var report = NativeBackend.Describe();

        Assert.StartsWith("2.10.", report.LibtorchVersion, StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
            Assert.True(File.Exists(Path.Combine(report.LibtorchFolder!, "libtorch_cpu.so")));
        Assert.Equal(report.Fixes.Select(f => f.Name).Distinct(), report.Fixes.Select(f => f.Name));
        Assert.Contains(
            report.Fixes, f => f.Name == NativeBackend.OneDnnFix && f.State is NativeFixState.NotNeeded or NativeFixState.InForce);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("on", "")]
    [InlineData("no-malloc, NO-onednn", "malloc onednn")]
    [InlineData("off", "libstdcxx malloc nnpack onednn openmp")]
    public void The_switch_leaves_fixes_off_by_name(string? value, string off) =>
        Assert.Equal(off, string.Join(' ', NativeBackend.ReadSwitch(value).Order(StringComparer.Ordinal)));

    [SkippableFact]
    public void A_folder_without_libtorch_is_refused_with_what_it_lacks()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the variable is for Linux");
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var error = Assert.Throws<DllNotFoundException>(() => TorchLibrary.LoadFrom(folder.FullName, mayPatch: true));

            Assert.Contains(
                $"{NativeBackend.LibtorchVariable}={folder.FullName}: there is no libc10.so", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
