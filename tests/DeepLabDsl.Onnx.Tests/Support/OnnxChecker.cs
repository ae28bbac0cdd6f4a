using System.ComponentModel;
using System.Diagnostics;

namespace DeepLabDsl.Onnx.Tests;

/// <summary>The checker of ONNX's own Python package, where that is installed.</summary>
internal static class OnnxChecker
{
    // Debian 12's package knows operators up to set 17; what is exported in set 18 is the same there.
    private const string Script = """
        import glob, sys
        try:
            import onnx
        except ImportError:
            sys.exit(77)
        for path in sorted(glob.glob(sys.argv[1] + '/*.onnx')):
            try:
                onnx.checker.check_model(path)
            except Exception as e:
                print(path, str(e).splitlines()[0])
        """;

    /// <summary>What it says of the models in a folder; null where it is not installed.</summary>
    public static string? Run(string folder)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3",
                ["-c", Script, folder])
            { RedirectStandardOutput = true })!;
            var said = python.StandardOutput.ReadToEnd().Trim();
            python.WaitForExit();
            return python.ExitCode == 0 ? said : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
