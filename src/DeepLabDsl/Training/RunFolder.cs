using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace DeepLabDsl;

/// <summary>
/// The folder of a training: <c>config.json</c>, <c>log.jsonl</c> (one JSON object a line), <c>best.safetensors</c>,
/// <c>last.safetensors</c> and <c>curve.png</c>.
/// </summary>
public sealed class RunFolder
{
    /// <summary>The weights with the highest mIoU.</summary>
    public const string BestName = "best.safetensors";

    /// <summary>The weights of the last evaluation or of the end.</summary>
    public const string LastName = "last.safetensors";

    private readonly NetworkDescriptor _network;
    private readonly ClassSet _classes;
    private readonly List<(double Iteration, double Loss)> _losses = [];
    private readonly List<(double Iteration, double MeanIoU)> _scores = [];

    /// <summary>Makes the folder.</summary>
    /// <param name="path">The folder; must not exist or be empty.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="classes">What it tells apart.</param>
    /// <param name="overwrite">Whether files of an earlier run may be replaced.</param>
    /// <exception cref="DataException">The folder holds something already, or can't be made.</exception>
    public RunFolder(string path, NetworkDescriptor network, ClassSet classes, bool overwrite = false)
    {
        Path = path;
        _network = network;
        _classes = classes;
        try
        {
            if (File.Exists(path))
                throw new DataException($"{path}: is a file; a run needs a folder.");
            if (!overwrite && Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
                throw new DataException($"{path}: holds something already; name another folder, or allow it to be overwritten.");
            IsNew = !Directory.Exists(path);
            Directory.CreateDirectory(path);
            File.Delete(LogPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: can't be made: {e.Message}", e);
        }
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Whether this run made the folder.</summary>
    public bool IsNew { get; }

    private string LogPath => System.IO.Path.Combine(Path, "log.jsonl");

    /// <summary>Writes what the run is: network, data and every option.</summary>
    /// <param name="options">The options.</param>
    /// <param name="facts">More that is worth knowing, such as folders.</param>
    public void WriteConfig(TrainingOptions options, IReadOnlyDictionary<string, string> facts)
    {
        var config = new Dictionary<string, object?>
        {
            ["network"] = _network.Name,
            ["classes"] = _classes.Names.ToArray(),
            ["facts"] = facts,
            ["epochs"] = options.Epochs,
            ["iterations"] = options.Iterations,
            ["minutes"] = options.Minutes,
            ["batch"] = options.BatchSize,
            ["learning_rate"] = options.LearningRate,
            ["poly_power"] = options.PolyPower,
            ["warm_up"] = options.WarmUp,
            ["momentum"] = options.Momentum,
            ["weight_decay"] = options.WeightDecay,
            ["class_balance"] = options.ClassBalance,
            ["crop"] = new[] { options.Transform.CropHeight, options.Transform.CropWidth },
            ["scale"] = new[] { options.Transform.MinScale, options.Transform.MaxScale },
            ["flip"] = options.Transform.FlipProbability,
            ["seed"] = options.Seed,
        };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(config, new JsonSerializerOptions { WriteIndented = true });
        AtomicFile.Write(System.IO.Path.Combine(Path, "config.json"), stream => stream.Write(bytes));
    }

    internal void Log(TrainingStep step)
    {
        _losses.Add((step.Iteration, step.Loss));
        Append(new()
        {
            ["iteration"] = step.Iteration,
            ["epoch"] = step.Epoch,
            ["loss"] = step.Loss,
            ["learning_rate"] = step.LearningRate,
            ["images_per_second"] = Math.Round(step.ImagesPerSecond, 3),
            ["wait_share"] = Math.Round(step.WaitShare, 4),
            ["seconds"] = Math.Round(step.Elapsed.TotalSeconds, 3),
            ["memory_mb"] = Environment.WorkingSet >> 20,
        });
    }

    internal void Log(TrainingEvaluation evaluation, TimeSpan elapsed)
    {
        var scores = evaluation.Result.Scores;
        _scores.Add((evaluation.Iteration, scores.MeanIoU));
        Append(new()
        {
            ["iteration"] = evaluation.Iteration,
            ["epoch"] = evaluation.Epoch,
            ["mean_iou"] = scores.MeanIoU,
            ["pixel_accuracy"] = scores.PixelAccuracy,
            ["iou"] = _classes.Names.Zip(scores.IoU).ToDictionary(c => c.First, c => double.IsNaN(c.Second) ? (double?)null : c.Second),
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
        });
    }

    internal void SaveBest(SegmentationNetwork network, TrainingEvaluation evaluation) =>
        Save(network, BestName, evaluation.Iteration, evaluation.Epoch, evaluation.Result.Scores.MeanIoU);

    internal void SaveLast(SegmentationNetwork network, int iteration, int epoch) => Save(network, LastName, iteration, epoch, null);

    internal void DrawCurve()
    {
        if (_losses.Count > 1)
            TrainingCurve.Write(System.IO.Path.Combine(Path, "curve.png"), _network.Name, _losses, _scores);
    }

    private void Save(SegmentationNetwork network, string name, int iteration, int epoch, double? meanIoU)
    {
        var metadata = new WeightsMetadata(_network.Name, _classes).ToDictionary();
        metadata["iteration"] = iteration.ToString(CultureInfo.InvariantCulture);
        metadata["epoch"] = epoch.ToString(CultureInfo.InvariantCulture);
        if (meanIoU is { } score)
            metadata["mean_iou"] = score.ToString("R", CultureInfo.InvariantCulture);
        WeightsFile.Save(network, System.IO.Path.Combine(Path, name), metadata);
    }

    private void Append(Dictionary<string, object?> line)
    {
        try
        {
            File.AppendAllText(LogPath, JsonSerializer.Serialize(line) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{LogPath}: can't be written: {e.Message}", e);
        }
    }
}
