using System;
using System.IO;
using System.Linq;
using DeepLabDsl;
using DeepLabDsl.Errors;

if (args.Length != 3)
{
    Console.Error.WriteLine("usage: SegmentFolder MODEL.onnx IMAGES OUT");
    return 2;
}
try
{
    using var segmenter = Segmenter.Load(args[0]);
    foreach (var result in segmenter.SegmentAll(Directory.EnumerateFiles(args[1]).Where(IsImage).Order()))
    {
        var path = Path.Combine(args[2], Path.GetFileNameWithoutExtension(result.Name));
        result.SaveMask(path + "_index.png");
        result.SaveOverlay(path + "_overlay.png");
        Console.WriteLine(path);
    }
    return 0;
}
catch (Exception e) when (e is DeepLabDslException or IOException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}

static bool IsImage(string path) => Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png";
