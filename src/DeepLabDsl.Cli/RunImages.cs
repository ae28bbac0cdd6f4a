using System.Collections.Generic;
using System.IO;
using DeepLabDsl.Data;

namespace DeepLabDsl.Cli;

/// <summary>The images of a run: two splits of a dataset, or a split without one of its folds and that fold.</summary>
internal static class RunImages
{
    /// <summary>The fact of a run that says which fold it holds out.</summary>
    public const string FoldFact = "fold";

    /// <summary>The split, of a fold the one that is divided, that a run learns from.</summary>
    public const string TrainSplitFact = "train_split";

    /// <summary>The fold that is named; null: none is.</summary>
    public static Fold? ReadFold(string? text) => text is null
        ? null
        : Fold.Parse(text) ?? throw new UserException($"--fold must be k/n with n from 2 and k from 1 to n, such as 1/3, not '{text}'");

    /// <summary>The fold that a run holds out; null: it has none.</summary>
    /// <exception cref="UserException">The run's files are damaged.</exception>
    public static Fold? FoldOf(string folder, IReadOnlyDictionary<string, string> facts) =>
        facts.GetValueOrDefault(FoldFact) is not { } text
            ? null
            : Fold.Parse(text) ?? throw new UserException($"{folder}: config.json is damaged: its fold is '{text}'");

    /// <summary>What a run learns from and is scored on.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="source">The dataset's folder.</param>
    /// <param name="facts">What the run says.</param>
    public static (SegmentationDataset Train, SegmentationDataset Validation) Open(
        string folder, string source, IReadOnlyDictionary<string, string> facts)
    {
        var (train, dataset) = (facts.GetValueOrDefault(TrainSplitFact, "train"), facts.GetValueOrDefault("dataset"));
        return FoldOf(folder, facts) is { } fold
            ? SegmentationDataset.OpenFold(source, train, fold, dataset)
            : (SegmentationDataset.Open(source, train, dataset),
                SegmentationDataset.Open(source, facts.GetValueOrDefault("val_split", "val"), dataset));
    }

    /// <summary>What a run is scored on.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="facts">What the run says.</param>
    /// <param name="data">The dataset's folder where it is named; null: where it was.</param>
    /// <param name="dataset">The dataset file where it is named; null: the run's.</param>
    /// <param name="split">The split where it is named; null: the run's own, or its fold.</param>
    /// <exception cref="UserException">The data is not where it was.</exception>
    public static SegmentationDataset OpenValidation(
        string folder, IReadOnlyDictionary<string, string> facts, string? data, string? dataset, string? split)
    {
        var source = data ?? facts.GetValueOrDefault("data");
        if (source is null || !Directory.Exists(source))
            throw new UserException($"{folder}: the data of the run is not at {source ?? "(unknown)"}; name its folder with --data");
        dataset ??= facts.GetValueOrDefault("dataset");
        if (split is null && FoldOf(folder, facts) is { } fold)
            return SegmentationDataset.OpenFold(source, facts.GetValueOrDefault(TrainSplitFact, "train"), fold, dataset).HeldOut;
        split ??= facts.GetValueOrDefault("val_split") ?? facts.GetValueOrDefault("validation")?.Split(',')[0] ?? "val";
        return SegmentationDataset.Open(source, split, dataset);
    }
}
