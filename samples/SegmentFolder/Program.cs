using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Onnx;
using DeepLabDsl.Rendering;

if (args.Length != 3)
{
    Console.Error.WriteLine("usage: SegmentFolder MODEL.onnx IMAGES OUT");
    return 2;
}
try
{
    using var segmenter = new OnnxSegmenter(args[0]);
    foreach (var path in Directory.EnumerateFiles(args[1]).Where(IsImage).Order())
    {
        var image = ImageFile.ReadRgb(path);
        var result = Path.Combine(args[2], Path.GetFileNameWithoutExtension(path));
        var labels = segmenter.Predict(image);
        ImageFile.WriteIndexedPng(result + "_index.png", labels, segmenter.Classes);
        ImageFile.WritePng(result + "_overlay.png", MaskRenderer.Overlay(image, labels, segmenter.Classes));
        Console.WriteLine(result);
    }
    return 0;
}
catch (Exception e) when (e is OnnxModelException or UnusableDataException or IOException)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}

static bool IsImage(string path) => Path.GetExtension(path).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png";
