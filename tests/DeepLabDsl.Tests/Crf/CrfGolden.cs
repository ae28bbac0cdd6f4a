using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Crf;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Crf;

/// <summary>A case of the peer's outputs: image, unary, parameters and what the peer made of them.</summary>
internal sealed class CrfGolden
{
    private static readonly string[] SoftFiles = ["soft21"];
    private readonly JsonElement _case;

    private CrfGolden(JsonElement element) => _case = element;

    private static string Root => Path.Combine(Environment.GetEnvironmentVariable("DEEPLABDSL_GOLDEN")!, "crf");

    public static bool IsThere => Environment.GetEnvironmentVariable("DEEPLABDSL_GOLDEN") is { Length: > 0 };

    public int Classes => _case.GetProperty("n_classes").GetInt32();

    public RgbImage Image => ImageFile.ReadRgb(Path.Combine(Root, Text("image") + ".png"));

    public static CrfGolden Open(string name)
    {
        Skip.IfNot(IsThere, "DEEPLABDSL_GOLDEN does not name a folder of reference outputs.");
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "crf.json")));
        return new CrfGolden(
            document.RootElement.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("name").GetString() == name).Clone());
    }

    public CrfOptions Options(int iterations, CrfNormalization normalization = CrfNormalization.Symmetric)
    {
        var p = _case.GetProperty("params");
        double Number(string name) => p.GetProperty(name).GetDouble();
        return CrfOptions.GaussianAndBilateral(
            Number("gauss_sxy"), Number("gauss_compat"), Number("bi_sxy"), Number("bi_srgb"), Number("bi_compat"), iterations,
            normalization);
    }

    /// <summary>The unary that the golden's description builds; checked against what it records.</summary>
    public float[] Unary()
    {
        var labels = ImageFile.ReadLabels(Path.Combine(Root, $"labels_{Text("labels")}.png"));
        var unary = Text("unary") == SoftFiles[0]
            ? CrfUnaries.Soft21(labels)
            : CrfUnaries.Labels(labels, Classes, _case.GetProperty("has_unknown").GetBoolean());
        Assert.Equal(_case.GetProperty("unary_check").GetProperty("sum_float64").GetDouble(), unary.Sum(u => (double)u), 3);
        return unary;
    }

    public IReadOnlyList<double> Divergence =>
        _case.GetProperty("kl_divergence_at_iteration_0_to_10").EnumerateArray().Select(e => e.GetDouble()).ToList();

    /// <summary>Compares probabilities <c>[C, H, W]</c> with the peer's after 1, 5 or 10 iterations.</summary>
    /// <summary>Runs one form of the CRF for each recorded number of iterations and compares it with the peer.</summary>
    /// <param name="infer">Gives probabilities and classes.</param>
    public void CheckAll(Func<RgbImage, float[], CrfOptions, (float[] Probabilities, LabelMap Map)> infer)
    {
        var unary = Unary();
        foreach (var iterations in new[] { 1, 5, 10 })
        {
            var (probabilities, map) = infer(Image, unary, Options(iterations));
            Check(iterations, probabilities, map);
        }
    }

    public void Check(int iterations, float[] probabilities, LabelMap map)
    {
        var output = _case.GetProperty("outputs").EnumerateArray().Single(o => o.GetProperty("iterations").GetInt32() == iterations);
        var q = output.GetProperty("q32");
        Compare(q.GetProperty("file").GetString()!, q.GetProperty("slicing").GetString()!, probabilities, map);
        var expected = ImageFile.ReadLabels(Path.Combine(Root, output.GetProperty("map").GetProperty("file").GetString()!));
        var different = expected.Indices.Zip(map.Indices).Count(p => p.First != p.Second);
        Assert.True(different <= 0.0005 * expected.Indices.Length, $"{different} pixels of the map differ");
    }

    /// <summary>Compares with the peer's five iterations under another normalisation.</summary>
    public void CheckNormalization(string normalization, float[] probabilities, LabelMap map)
    {
        var other = _case.GetProperty("other_normalizations_5_iterations").EnumerateArray()
            .Single(o => o.GetProperty("normalization").GetString() == normalization);
        Compare(other.GetProperty("file").GetString()!, "complete", probabilities, map);
    }

    private static void Compare(string file, string slicing, float[] probabilities, LabelMap map)
    {
        using var scope = NewDisposeScope();
        var expected = NpyFile.Read(Path.Combine(Root, file));
        var step = slicing == "complete" ? 1 : 4;
        var ours = tensor(probabilities, [probabilities.Length / map.Indices.Length, map.Height, map.Width])
            [TensorIndex.Ellipsis, TensorIndex.Slice(step: step), TensorIndex.Slice(step: step)];
        if (!ours.shape.SequenceEqual(expected.shape))
        {
            step = 8;
            ours = tensor(probabilities, [probabilities.Length / map.Indices.Length, map.Height, map.Width])
                [TensorIndex.Ellipsis, TensorIndex.Slice(step: step), TensorIndex.Slice(step: step)];
        }
        Assert.Equal(expected.shape, ours.shape);
        var distance = (ours - expected).abs();
        var (largest, mean) = (distance.max().ToDouble(), distance.mean().ToDouble());
        Assert.True(largest <= 1e-3 && mean <= 1e-4, $"{file}: largest difference {largest:g3}, mean {mean:g3}");
    }

    private string Text(string name) => _case.GetProperty(name).GetString()!;
}
