using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Reports;

/// <summary>What the files of a run's folder tell of its course and recipe; what a file lacks is empty here.</summary>
internal sealed class RunHistory
{
    /// <summary>A step that was logged.</summary>
    public sealed record Step(double Iteration, double Epoch, double Loss, double LearningRate, double ImagesPerSecond, double WaitShare,
        double Seconds, double MemoryMegabytes);

    /// <summary>An evaluation that was logged.</summary>
    public sealed record Score(double Iteration, double Epoch, double MeanIoU, double PixelAccuracy, double Seconds);

    private RunHistory(string folder)
    {
        Folder = folder;
        Name = Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar));
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>The folder's name.</summary>
    public string Name { get; }

    /// <summary>The network's name.</summary>
    public string Network { get; private set; } = "";

    /// <summary>Where data and weights were, the machine.</summary>
    public IReadOnlyDictionary<string, string> Facts { get; private set; } = new Dictionary<string, string>();

    /// <summary>Every value of the recipe and where it comes from.</summary>
    public IReadOnlyList<(string Name, string Value, string From)> Recipe { get; private set; } = [];

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<Step> Steps { get; private set; } = [];

    /// <summary>The evaluations, in order.</summary>
    public IReadOnlyList<Score> Scores { get; private set; } = [];

    /// <summary>When the last line was logged.</summary>
    public DateTime LastWritten { get; private set; }

    /// <summary>The evaluation with the highest mIoU; null where there is none.</summary>
    public Score? Best => Scores.Where(s => double.IsFinite(s.MeanIoU)).MaxBy(s => s.MeanIoU);

    /// <summary>Seconds from the start to the last line.</summary>
    public double Seconds => Math.Max(Steps.LastOrDefault()?.Seconds ?? 0, Scores.LastOrDefault()?.Seconds ?? 0);

    /// <summary>Reads a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnusableDataException">It is no run's folder, or its files are damaged.</exception>
    public static RunHistory Read(string folder)
    {
        var config = Path.Combine(folder, "config.json");
        var log = Path.Combine(folder, "log.jsonl");
        if (!File.Exists(config))
            throw new UnusableDataException($"{folder}: is no run: it has no config.json. Name a folder that a training has written.");
        var history = new RunHistory(folder);
        try
        {
            using (var json = JsonDocument.Parse(File.ReadAllBytes(config)))
                history.ReadConfig(json.RootElement);
            if (File.Exists(log))
            {
                history.ReadLog(File.ReadLines(log));
                history.LastWritten = File.GetLastWriteTime(log);
            }
            return history;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{folder}: the run cannot be read: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new UnusableDataException($"{config}: is damaged: {exception.Message}", exception);
        }
    }

    /// <summary>The losses smoothed by a running mean over about a thirtieth of the course, without a pull to 0 at the start.</summary>
    public IReadOnlyList<(double X, double Y)> SmoothedLosses()
    {
        var smooth = new List<(double, double)>(Steps.Count);
        var (sum, weight) = (0.0, 0.0);
        var part = 1.0 / Math.Clamp(Steps.Count / 30.0, 2, 60);
        foreach (var step in Steps.Where(s => double.IsFinite(s.Loss)))
        {
            sum += part * (step.Loss - sum);
            weight += part * (1 - weight);
            smooth.Add((step.Iteration, sum / weight));
        }
        return smooth;
    }

    private void ReadConfig(JsonElement root)
    {
        Network = root.TryGetProperty("network", out var network) ? network.ToString() : "";
        if (root.TryGetProperty("facts", out var facts))
            Facts = facts.EnumerateObject().GroupBy(f => f.Name).ToDictionary(f => f.Key, f => f.Last().Value.ToString());
        Recipe = root.TryGetProperty("recipe", out var recipe)
            ? [.. recipe.EnumerateObject().Select(r => (r.Name, Part(r, "value"), Part(r, "from")))]
            : [.. root.EnumerateObject().Where(p => p.Name is not ("network" or "classes" or "facts")
                && p.Value.ValueKind != JsonValueKind.Null).Select(p => (p.Name, Text(p.Value), ""))];
    }

    private static string Part(JsonProperty property, string part) => property.Value.TryGetProperty(part, out var value)
        ? Text(value)
        : throw new JsonException($"'{property.Name}' of the recipe has no '{part}'");

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? string.Join(", ", value.EnumerateArray().Select(v => v.ToString())) : value.ToString();

    private void ReadLog(IEnumerable<string> lines)
    {
        var steps = new List<Step>();
        var scores = new List<Score>();
        foreach (var line in lines)
        {
            try
            {
                using var json = JsonDocument.Parse(line);
                double Value(string name) => json.RootElement.TryGetProperty(name, out var value)
                    && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
                if (json.RootElement.TryGetProperty("loss", out _))
                {
                    steps.Add(new Step(
                        Value("iteration"), Value("epoch"), Value("loss"), Value("learning_rate"), Value("images_per_second"),
                            Value("wait_share"), Value("seconds"), Value("memory_mb")));
                }
                else if (json.RootElement.TryGetProperty("mean_iou", out _))
                {
                    scores.Add(new Score(Value("iteration"), Value("epoch"), Value("mean_iou"), Value("pixel_accuracy"), Value("seconds")));
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // The last line of a run that was killed may be cut short.
            }
        }
        (Steps, Scores) = (steps, scores);
    }

    /// <summary>A duration as people say it.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        >= 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)(seconds / 3600)} h {(int)(seconds % 3600 / 60):00} min"),
        >= 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
    };
}
