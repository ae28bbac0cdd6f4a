using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Onnx;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli;

/// <summary>Exports in 8 bits: ranges from images of a dataset, and what the rounding costs on others of it.</summary>
internal sealed class Int8Export
{
    private readonly Option<string?> _data = CommandOptions.Text("--data",
        "With --weights-type int8: the dataset's folder, whose images say which values come, and what the rounding costs.", "DIR");
    private readonly Option<string> _calibration = CommandOptions.TextOr("--calibration-split", "train",
        "The split whose images say which values come.", "NAME");
    private readonly Option<int> _images = CommandOptions.CountOr("--calibration-images", 32, "How many of them, evenly spread.", "N");
    private readonly Option<string> _split = CommandOptions.TextOr("--split", "val",
        "The split on which the cost in mIoU is measured, or none.", "NAME");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _data, _calibration, _images, _split })
            command.Options.Add(option);
    }

    /// <summary>Whether an option is given that only 8 bits have.</summary>
    public bool IsGiven(ParseResult result) => new Option[] { _data, _calibration, _images, _split }.Any(o =>
        result.GetResult(o) is { Implicit: false });

    /// <summary>Finds the ranges of a network's values.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="dataset">What the files and classes are.</param>
    /// <param name="ofAnySize">The network exported for images of any size, with the same input.</param>
    /// <param name="normalizer">Mean and std.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="threads">Threads of one operation.</param>
    public OnnxCalibration Calibrate(ParseResult result, string? dataset, OnnxModel ofAnySize, ImageNormalizer normalizer, int classes,
        int? threads)
    {
        var samples = Open(result, result.GetRequiredValue(_calibration), dataset, classes);
        var wanted = result.GetValue(_images);
        if (wanted < 1)
            throw new UserException($"--calibration-images must be 1 or more, not {wanted}");
        var count = Math.Min(wanted, samples.Count);
        var images = Enumerable.Range(0, count).Select(i => (int)((long)i * samples.Count / count)).Select(i =>
            (Func<(RgbImage, ChannelImage?)>)(() =>
        {
            var sample = samples.Load(i);
            return (sample.Image, sample.Planes);
        })).ToList();
        using var progress = new ProgressLine("calibrating");
        return OnnxCalibration.Run(ofAnySize, images, normalizer, done => progress.Show(done, 2 * count), threads);
    }

    /// <summary>Scores the network before and after, in ONNX Runtime.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="dataset">What the files and classes are.</param>
    /// <param name="before">The model in 32 bits, for images of any size.</param>
    /// <param name="after">The same in 8 bits.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="threads">Threads of one operation.</param>
    /// <returns>A line; null where it was not asked for.</returns>
    public string? Cost(ParseResult result, string? dataset, OnnxModel before, OnnxModel after, int classes, int? threads)
    {
        var split = result.GetRequiredValue(_split);
        if (split == "none")
            return null;
        var samples = Open(result, split, dataset, classes);
        var (full, rounded) = (Score(before, "float32"), Score(after, "int8"));
        return string.Create(CultureInfo.InvariantCulture,
            $"mIoU on {split}, {Output.Count(samples.Count, "image")}: float32 {100 * full:0.00} %, int8 {100 * rounded:0.00} %: "
                + $"{100 * (rounded - full):+0.00;-0.00;0.00} points");

        double Score(OnnxModel model, string name)
        {
            using var predictor = new OnnxPredictor(new OnnxSegmenter(model, new PredictionOptions(), threads));
            using var progress = new ProgressLine("scoring " + name);
            return Evaluator.Run(predictor, samples, progress: progress).Scores.MeanIoU;
        }
    }

    private SegmentationDataset Open(ParseResult result, string split, string? dataset, int classes)
    {
        var samples = SegmentationDataset.Open(
            result.GetValue(_data)
                ?? throw new UserException("--weights-type int8 needs --data DIR: images of your dataset say which values come"), split,
                dataset);
        return samples.Classes.Count == classes ? samples : throw new UserException(
            $"{samples.Name} has {samples.Classes.Count} classes, and the network tells {classes} apart");
    }
}
