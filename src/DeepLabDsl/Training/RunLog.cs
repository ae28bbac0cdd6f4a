using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Training;

/// <summary>The log of a run: one JSON object a line, a step or an evaluation each.</summary>
/// <param name="path">The file.</param>
internal sealed class RunLog(string path)
{
    private readonly List<(double Iteration, double Loss)> _losses = [];
    private readonly List<(double Iteration, double MeanIoU)> _scores = [];

    /// <summary>The losses by iteration.</summary>
    public IReadOnlyList<(double Iteration, double Loss)> Losses => _losses;

    /// <summary>The scores by iteration.</summary>
    public IReadOnlyList<(double Iteration, double MeanIoU)> Scores => _scores;

    public void Add(TrainingStep step)
    {
        _losses.Add((step.Iteration, step.Loss));
        var line = new Dictionary<string, object?>
        {
            ["iteration"] = step.Iteration,
            ["epoch"] = step.Epoch,
            ["loss"] = step.Loss,
            ["learning_rate"] = step.LearningRate,
            ["images_per_second"] = Math.Round(step.ImagesPerSecond, 3),
            ["wait_share"] = Math.Round(step.WaitShare, 4),
            ["seconds"] = Math.Round(step.Elapsed.TotalSeconds, 3),
            ["memory_mb"] = step.Memory >> 20,
            ["tensors"] = step.LiveTensors,
        };
        if (step.RankWaitShare is { } share)
            line["rank_wait_share"] = Math.Round(share, 4);
        if (step.GradientNorm is { } norm)
            line["gradient_norm"] = norm;
        Append(line);
    }

    public void Add(TrainingEvaluation evaluation, ClassSet classes, TimeSpan elapsed)
    {
        var scores = evaluation.Result.Scores;
        _scores.Add((evaluation.Iteration, scores.MeanIoU));
        Append(new()
        {
            ["iteration"] = evaluation.Iteration,
            ["epoch"] = evaluation.Epoch,
            ["mean_iou"] = Finite(scores.MeanIoU),
            ["pixel_accuracy"] = Finite(scores.PixelAccuracy),
            ["iou"] = classes.Names.Zip(scores.IoU).ToDictionary(c => c.First, c => Finite(c.Second)),
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
        });
    }

    /// <summary>Reads the log up to an iteration and forgets what came after it, as the run will do that again.</summary>
    /// <param name="iteration">The last that stays.</param>
    /// <exception cref="UnusableDataException">It can't be read or written.</exception>
    public void CutAfter(int iteration)
    {
        _losses.Clear();
        _scores.Clear();
        try
        {
            var kept = File.Exists(path) ? File.ReadLines(path).TakeWhile(l => Take(l, iteration)).ToList() : [];
            AtomicFile.Write(path, stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                foreach (var line in kept)
                    writer.WriteLine(line);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be read: {e.Message}", e);
        }
    }

    /// <summary>Takes a line up, unless it is cut short or of a later iteration.</summary>
    private bool Take(string line, int last)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var iteration = json.RootElement.GetProperty("iteration").GetInt32();
            if (iteration > last)
                return false;
            if (json.RootElement.TryGetProperty("loss", out var loss))
                _losses.Add((iteration, loss.GetDouble()));
            if (json.RootElement.TryGetProperty("mean_iou", out var score) && score.ValueKind == JsonValueKind.Number)
                _scores.Add((iteration, score.GetDouble()));
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return false;
        }
    }

    private void Append(Dictionary<string, object?> line)
    {
        try
        {
            File.AppendAllText(path, JsonSerializer.Serialize(line) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be written: {e.Message}", e);
        }
    }

    /// <summary>JSON has no NaN: a score of nothing is null.</summary>
    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
