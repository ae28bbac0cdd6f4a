using System;
using System.IO;
using System.Reflection;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Samples.Tests;

/// <summary>The console samples, each run as its program is.</summary>
[Collection("console")]
public sealed class ConsoleSampleTests(TrainedModel model) : IClassFixture<TrainedModel>
{
    [Fact]
    public void SegmentPhoto_takes_weights_and_models()
    {
        foreach (var path in new[] { TrainedModel.Weights, model.Onnx })
        {
            var (code, output, _) = Run("SegmentPhoto", path, model.Photo);

            Assert.Equal(0, code);
            Assert.Matches(@"scene0\.png: 320x240, \w+ \d+\.\d %", output);
            using var segmenter = Segmenter.Load(path);
            Assert.Equal(
                segmenter.Segment(model.Photo).Labels.Indices, ImageFile.ReadLabels(model.Photo + ".mask.png").Indices);
            Assert.True(File.Exists(model.Photo + ".overlay.png"));
            File.Delete(model.Photo + ".mask.png");
            File.Delete(model.Photo + ".overlay.png");
        }
    }

    [Fact]
    public void SegmentPhoto_says_in_a_line_what_is_wrong()
    {
        var (code, _, error) = Run("SegmentPhoto", model.In("nothing.onnx"), model.Photo);

        Assert.Equal((1, $"error: {model.In("nothing.onnx")}: no such file\n"), (code, error.ReplaceLineEndings("\n")));
    }

    [Fact]
    public void SegmentFolder_writes_masks_and_overlays()
    {
        var target = model.In("masks");

        var (code, _, _) = Run("SegmentFolder", model.Onnx, model.Photos, target);

        Assert.Equal(0, code);
        Assert.Equal((320, 240), (ImageFile.ReadLabels(Path.Combine(target, "scene1_index.png")) is var labels ? labels.Width : 0,
            labels.Height));
    }

    private static (int Code, string Output, string Error) Run(string sample, params string[] args)
    {
        var (output, error) = (Console.Out, Console.Error);
        using var outputText = new StringWriter();
        using var errorText = new StringWriter();
        try
        {
            Console.SetOut(outputText);
            Console.SetError(errorText);
            var code = (int)Assembly.Load(sample).EntryPoint!.Invoke(null, [args])!;
            return (code, outputText.ToString(), errorText.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
