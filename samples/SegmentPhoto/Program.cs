using System;
using DeepLabDsl;
using DeepLabDsl.Errors;

if (args.Length < 2)
{
    Console.Error.WriteLine("usage: SegmentPhoto RUN|WEIGHTS|MODEL.onnx PHOTO...");
    return 2;
}
try
{
    using var segmenter = Segmenter.Load(args[0]);
    foreach (var result in segmenter.SegmentAll(args[1..]))
    {
        Console.WriteLine(result);
        result.SaveMask(result.Name + ".mask.png");
        result.SaveOverlay(result.Name + ".overlay.png");
    }
    return 0;
}
catch (DeepLabDslException e)
{
    Console.Error.WriteLine($"error: {e.Message}");
    return 1;
}
