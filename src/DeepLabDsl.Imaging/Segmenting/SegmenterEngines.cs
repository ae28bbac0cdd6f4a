using System;
using DeepLabDsl.Errors;

namespace DeepLabDsl;

/// <summary>Finds what runs a file: ONNX Runtime or TorchSharp, whichever the program brings.</summary>
internal static class SegmenterEngines
{
    /// <summary>The extension of what ONNX Runtime runs.</summary>
    public const string ModelExtension = ".onnx";

    /// <summary>Opens a model, a file of weights or the folder of a run.</summary>
    /// <exception cref="SetupException">The package that runs it is not there.</exception>
    public static ISegmenterEngine Open(string path, SegmenterOptions options)
    {
        // By their literal names a trimmer sees the types too.
        if (path.EndsWith(ModelExtension, StringComparison.OrdinalIgnoreCase))
        {
            var onnx = Type.GetType("DeepLabDsl.Onnx.OnnxEngineFactory, DeepLabDsl.Onnx")
                ?? throw Missing(path, "an ONNX model", "DeepLabDsl.Onnx", "ONNX Runtime");
            return ((ISegmenterEngineFactory)Activator.CreateInstance(onnx)!).Open(path, options);
        }
        var torch = Type.GetType("DeepLabDsl.Inference.TorchEngineFactory, DeepLabDsl")
            ?? throw Missing(path, "a run, or weights,", "DeepLabDsl", "TorchSharp");
        return ((ISegmenterEngineFactory)Activator.CreateInstance(torch)!).Open(path, options);
    }

    private static SetupException Missing(string path, string kind, string package, string engine) => new(
        $"{path}: {kind} needs the package {package}, which runs it in {engine}. Add it to the project: dotnet add package {package}.");
}
