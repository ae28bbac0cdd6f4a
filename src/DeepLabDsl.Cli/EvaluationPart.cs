using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;

namespace DeepLabDsl.Cli;

/// <summary>
/// The score of one shard of a dataset, as <c>eval --shard i/n --out</c> writes it, or of the whole, as <c>eval --out</c> does: counts, not
/// scores, so that the parts add up to exactly what one process counts; and the question that they answer, so that parts of different
/// questions are told apart.
/// </summary>
internal sealed record EvaluationPart
{
    /// <summary>What every such file begins with.</summary>
    public const string FormatName = "deeplabdsl evaluation part 1";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary><see cref="FormatName"/>.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>Which shard, from 1.</summary>
    public required int Shard { get; init; }

    /// <summary>Of how many.</summary>
    public required int Parts { get; init; }

    /// <summary>What the score depends on: network, weights, data, how images are predicted.</summary>
    public required Dictionary<string, string> Question { get; init; }

    /// <summary>The classes' names.</summary>
    public required string[] Classes { get; init; }

    /// <summary>Images of the whole dataset.</summary>
    public required int Images { get; init; }

    /// <summary>How long this part took.</summary>
    public required double Seconds { get; init; }

    /// <summary>What was counted of the network's predictions.</summary>
    public required Counts Plain { get; init; }

    /// <summary>What was counted after the CRF; null: there is none.</summary>
    public Counts? Refined { get; init; }

    /// <summary>Keeps what an evaluation of a shard counted.</summary>
    public static EvaluationPart Of(
        Shard shard, ISegmentationDataset dataset, IReadOnlyDictionary<string, string> question, EvaluationResult result) => new()
        {
            Shard = shard.Number,
            Parts = shard.Parts,
            Question = new(question)
            {
                ["dataset"] = dataset.Name,
                ["split"] = dataset.Split,
                ["images"] = dataset.Count.ToString(CultureInfo.InvariantCulture),
                ["image list"] = Sha256.OfText(
                    string.Join('\n', Enumerable.Range(0, dataset.Count).Select(i => dataset.GetInfo(i).Name))),
            },
            Classes = [.. dataset.Classes.Names],
            Images = dataset.Count,
            Seconds = result.Elapsed.TotalSeconds,
            Plain = Counts.Of(result.Tally!),
            Refined = result.Refined is { } refined ? Counts.Of(refined.Tally!) : null,
        };

    /// <summary>Keeps what the folds of a cross-validation counted together.</summary>
    /// <param name="dataset">One of the folds.</param>
    /// <param name="result">The scores of all of them.</param>
    public static EvaluationPart OfAll(ISegmentationDataset dataset, EvaluationResult result) => new()
    {
        Shard = 1,
        Parts = 1,
        Question = new() { ["dataset"] = dataset.Name, ["split"] = "all folds" },
        Classes = [.. dataset.Classes.Names],
        Images = result.Images,
        Seconds = result.Elapsed.TotalSeconds,
        Plain = Counts.Of(result.Tally!),
    };

    /// <summary>The file in a run's folder that takes the scores of its best weights.</summary>
    public const string ScoresName = "scores.json";

    /// <summary>Writes the whole evaluation of a run's best weights into its folder, for <c>compare</c>.</summary>
    public static void WriteTo(string folder, NetworkDescriptor network, ISegmentationDataset dataset, EvaluationResult result)
    {
        if (result.Tally is null)
            return;
        var bytes = Of(new Shard(1, 1), dataset, new Dictionary<string, string> { ["network"] = network.Name }, result).ToBytes();
        AtomicFile.Write(Path.Combine(folder, ScoresName), stream => stream.Write(bytes));
    }

    /// <summary>As JSON.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>Reads a part.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnusableDataException">It can't be read, or is no part.</exception>
    public static EvaluationPart Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UnusableDataException(
                $"{path}: is no part of an evaluation, as 'eval --shard i/n --out FILE' writes it: {e.Message}", e);
        }
    }

    /// <summary>Reads a part from the bytes of its file.</summary>
    /// <exception cref="JsonException">They are none.</exception>
    public static EvaluationPart Parse(byte[] bytes)
    {
        var part = JsonSerializer.Deserialize<EvaluationPart>(bytes, Json);
        return part is { Format: FormatName, Question: not null, Classes: not null, Plain: not null }
            && part.Shard >= 1 && part.Shard <= part.Parts && part.Images >= 0
            && part.Classes.Length is > 0 and < 256
            && part.Plain.Fits(part.Classes.Length) && part.Refined?.Fits(part.Classes.Length) != false
            && (part.Refined is null || part.Refined.Rings is null == part.Plain.Rings is null)
            ? part
            : throw new JsonException("its counts do not fit together.");
    }

    /// <summary>What the file of a whole evaluation says.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UnusableDataException">It can't be read, is none, or is a shard.</exception>
    public static (EvaluationPart Part, EvaluationResult Result) ReadWhole(string path)
    {
        var part = Read(path);
        return part.Parts == 1
            ? (part, Merge([(path, part)]))
            : throw new UnusableDataException(
                $"{path}: is shard {part.Shard} of {part.Parts}, and not a whole evaluation: score without --shard.");
    }

    /// <summary>Puts all parts of one evaluation together.</summary>
    /// <param name="parts">The parts, with the file of each.</param>
    /// <returns>What one process would have found; the time is the sum of the parts'.</returns>
    /// <exception cref="UnusableDataException">Parts are missing, doubled, or of another question; the message names them.</exception>
    public static EvaluationResult Merge(IReadOnlyList<(string Path, EvaluationPart Part)> parts)
    {
        var (firstPath, first) = parts[0];
        foreach (var (path, part) in parts.Skip(1))
        {
            if (part.Parts != first.Parts)
            {
                throw new UnusableDataException(
                    $"{path}: is one of {part.Parts} shards, and {firstPath} one of {first.Parts}: they are of different evaluations.");
            }
            foreach (var key in first.Question.Keys.Union(part.Question.Keys))
            {
                var (was, now) = (first.Question.GetValueOrDefault(key, "nothing"), part.Question.GetValueOrDefault(key, "nothing"));
                if (was != now)
                {
                    throw new UnusableDataException(
                        $"{path}: is of another evaluation than {firstPath}: its {key} is {now}, not {was}.");
                }
            }
            if (!part.Classes.SequenceEqual(first.Classes) || part.Refined is null != first.Refined is null
                || part.Plain.Rings is null != first.Plain.Rings is null)
                throw new UnusableDataException($"{path}: counts other things than {firstPath}: they are of different evaluations.");
        }
        foreach (var group in parts.GroupBy(p => p.Part.Shard).Where(g => g.Count() > 1))
        {
            throw new UnusableDataException(
                $"Shard {group.Key}/{first.Parts} is there {group.Count()} times: {string.Join(", ", group.Select(g => g.Path))}. "
                + "Name each shard once.");
        }
        var missing = Enumerable.Range(1, first.Parts).Except(parts.Select(p => p.Part.Shard)).ToList();
        if (missing.Count > 0)
        {
            throw new UnusableDataException(
                $"Of {first.Parts} shards {string.Join(", ", missing.Select(m => $"{m}/{first.Parts}"))} "
                + $"{(missing.Count == 1 ? "is" : "are")} missing. Score what is missing by 'eval --shard', and name its file too.");
        }
        foreach (var (path, part) in parts)
        {
            var expected = new Shard(part.Shard, part.Parts).Of(part.Images);
            if (!part.Plain.Scores.Select(s => s.Index).SequenceEqual(expected))
                throw new UnusableDataException($"{path}: does not hold the images of shard {part.Shard}/{part.Parts}.");
        }
        var ordered = parts.Select(p => p.Part).OrderBy(p => p.Shard).ToList();
        var elapsed = TimeSpan.FromSeconds(ordered.Sum(p => p.Seconds));
        var plain = Sum(ordered.Select(p => p.Plain), first.Classes.Length);
        plain.RequirePixels(first.Question.GetValueOrDefault("dataset", ""), first.Question.GetValueOrDefault("split", ""));
        return plain.Finish(elapsed) with
        {
            Refined = first.Refined is null ? null : Sum(ordered.Select(p => p.Refined!), first.Classes.Length).Finish(elapsed),
        };
    }

    private static EvaluationTally Sum(IEnumerable<Counts> counts, int classes)
    {
        EvaluationTally? sum = null;
        foreach (var tally in counts.Select(c => c.ToTally(classes)))
        {
            if (sum is null)
                sum = tally;
            else
                sum.Merge(tally);
        }
        return sum!;
    }

    /// <summary>One image's score.</summary>
    public sealed record Score(int Index, string Name, double MeanIou, double PixelAccuracy)
    {
        /// <summary>The film, place or the like; null: nothing says.</summary>
        public string? Group { get; init; }

        /// <summary>Right pixels of each class; null: it was not counted by itself.</summary>
        public long[]? Hits { get; init; }

        /// <summary>Pixels of each class in the truth.</summary>
        public long[]? Truth { get; init; }

        /// <summary>Pixels of each class in the prediction.</summary>
        public long[]? Predicted { get; init; }

        public static Score Of(ImageScore image) => new(image.Index, image.Name, image.MeanIoU, image.PixelAccuracy)
        {
            Group = image.Group,
            Hits = image.Counts?.Hits.ToArray(),
            Truth = image.Counts?.Truth.ToArray(),
            Predicted = image.Counts?.Predicted.ToArray(),
        };

        public bool Fits(int classes) =>
            Name is not null
            && (Hits is null ? Truth is null && Predicted is null : new[] { Hits, Truth, Predicted }.All(c => c?.Length == classes));

        public ImageScore ToScore() => new(Index, Name, MeanIou, PixelAccuracy)
        {
            Group = Group,
            Counts = Hits is null ? null : new ImageCounts(Hits, Truth!, Predicted!),
        };
    }

    /// <summary>Outline F of one image, a class each.</summary>
    public sealed record OutlineF(int Index, double[] F);

    /// <summary>What was counted of one kind of predictions.</summary>
    public sealed record Counts
    {
        /// <summary>The confusion matrix, the predicted class running fastest.</summary>
        public required long[] Confusion { get; init; }

        /// <summary>Void pixels.</summary>
        public required long Void { get; init; }

        /// <summary>Each image's score.</summary>
        public required Score[] Scores { get; init; }

        /// <summary>The confusion matrix of each distance from a boundary; null: boundaries were not asked for.</summary>
        public long[][]? Rings { get; init; }

        /// <summary>What bands are measured from.</summary>
        public BoundarySource Source { get; init; }

        /// <summary>Outline F of each image.</summary>
        public OutlineF[] Outlines { get; init; } = [];

        public static Counts Of(EvaluationTally tally) => new()
        {
            Confusion = tally.Confusion.Counts.ToArray(),
            Void = tally.Confusion.VoidPixels,
            Scores = [.. tally.Images.Select(Score.Of)],
            Rings = tally.Boundaries is { } near ? [.. near.Rings.Select(r => r.Counts.ToArray())] : null,
            Source = tally.Boundaries?.Source ?? default,
            Outlines = tally.Boundaries is { } lines ? [.. lines.Outlines.Select(o => new OutlineF(o.Index, o.F))] : [],
        };

        public bool Fits(int classes) =>
            Confusion?.Length == classes * classes && Scores?.All(s => s?.Fits(classes) == true) == true && Confusion.All(c => c >= 0)
            && Void >= 0
            && (Rings is null || (Rings.Length == BoundaryEvaluation.WidestBand && Rings.All(r => r?.Length == classes * classes)))
            && Outlines?.All(o => o?.F?.Length == classes) == true;

        public EvaluationTally ToTally(int classes) => new(
            new ConfusionMatrix(classes, Confusion, Void), Scores.Select(s => s.ToScore()),
            Rings is null
                ? null
                : new BoundaryEvaluation(
                    classes, Source, [.. Rings.Select(r => new ConfusionMatrix(classes, r, 0))], Outlines.Select(o => (o.Index, o.F))));
    }
}
