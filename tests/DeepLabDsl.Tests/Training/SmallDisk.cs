using System;
using System.Diagnostics;
using System.Globalization;

namespace DeepLabDsl.Tests.Training;

/// <summary>A file system in memory of a few kilobytes, mounted on a folder until it is disposed.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    /// <summary>Mounts one; skips the test where that is not allowed.</summary>
    public static SmallDisk Mount(string folder, int kilobytes)
    {
        Skip.IfNot(
            OperatingSystem.IsLinux() && Call("mount", "-t", "tmpfs", "-o", Size(kilobytes), "tmpfs", folder),
            "A file system can't be mounted here.");
        return new SmallDisk(folder);
    }

    public static void Grow(string folder, int kilobytes) => Assert.True(Call("mount", "-o", "remount," + Size(kilobytes), folder));

    public void Dispose() => Call("umount", _folder);

    private static string Size(int kilobytes) => string.Create(CultureInfo.InvariantCulture, $"size={kilobytes}k");

    private static bool Call(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
        process!.WaitForExit();
        return process.ExitCode == 0;
    }
}
