using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>
/// The folder of a training: <c>config.json</c>, <c>log.jsonl</c> (one JSON object a line), <c>best.safetensors</c>,
/// <c>last.safetensors</c>, <c>curve.svg</c>, <c>checkpoints/</c> to go on from and <c>events.out.tfevents.*</c> for TensorBoard.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The weights with the highest mIoU.</summary>
    public const string BestName = "best.safetensors";

    /// <summary>The weights of the last evaluation or of the end.</summary>
    public const string LastName = "last.safetensors";

    private const string LockName = ".lock";

    // What the framework makes of a lock that another holds: Windows' code, and the error numbers of Linux and macOS.
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;

    private readonly NetworkDescriptor _network;
    private readonly ClassSet _classes;
    private readonly RunLog _log;
    private readonly CheckpointStore _checkpoints;
    private readonly FileStream _lock;
    private EventFile? _events;

    private RunFolder(string path, NetworkDescriptor network, ClassSet classes, bool isNew)
    {
        _lock = Lock(path);
        Path = path;
        _network = network;
        _classes = classes;
        IsNew = isNew;
        _log = new RunLog(System.IO.Path.Combine(path, "log.jsonl"));
        _checkpoints = new CheckpointStore(System.IO.Path.Combine(path, "checkpoints"));
    }

    /// <summary>Makes the folder.</summary>
    /// <param name="path">The folder; must not exist or be empty.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="classes">What it tells apart.</param>
    /// <param name="overwrite">Whether files of an earlier run may be replaced.</param>
    /// <exception cref="UnusableDataException">
    /// The folder holds something already, another process trains into it, or it can't be made.
    /// </exception>
    public static RunFolder Create(string path, NetworkDescriptor network, ClassSet classes, bool overwrite = false)
    {
        try
        {
            if (File.Exists(path))
                throw new UnusableDataException($"{path}: is a file; a run needs a folder.");
            if (!overwrite && Directory.Exists(path)
                && Directory.EnumerateFileSystemEntries(path).Any(e => System.IO.Path.GetFileName(e) != LockName))
            {
                throw new UnusableDataException($"{path}: holds something already; name another folder, or allow it to be overwritten.")
                {
                    Remedy = ErrorRemedy.OverwriteRun,
                };
            }
            var isNew = !Directory.Exists(path);
            Directory.CreateDirectory(path);
            var run = new RunFolder(path, network, classes, isNew);
            try
            {
                if (!isNew)
                    run.Clear();
                return run;
            }
            catch
            {
                run.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be made: {e.Message}", e);
        }
    }

    /// <summary>Opens the folder of a run to go on with it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="network">What is trained.</param>
    /// <param name="classes">What it tells apart.</param>
    /// <exception cref="UnusableDataException">Another process trains into it, or it can't be opened.</exception>
    public static RunFolder Open(string path, NetworkDescriptor network, ClassSet classes)
    {
        try
        {
            return new(path, network, classes, isNew: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be gone on with: {e.Message}", e);
        }
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Mean and std of the data where they are not the network's; saved with the weights.</summary>
    public ImageNormalizer? Normalizer { get; internal set; }

    /// <summary>How the data's images are read where they are not ordinary pictures; saved with the weights.</summary>
    public ChannelFormat? Format { get; internal set; }

    /// <summary>Whether this run made the folder.</summary>
    public bool IsNew { get; }

    /// <summary>Writes what the run is: network, data, and every value of its recipe with where it comes from.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="facts">What else it takes to go on with the run, such as folders.</param>
    public void WriteConfig(EffectiveRecipe recipe, IReadOnlyDictionary<string, string> facts) =>
        new RunConfig(_network.Name, [.. _classes.Names], facts, recipe).Write(Path);

    /// <summary>
    /// Writes what can be known of a run that was begun by a program of one's own and was not described: what 'report', 'compare' and
    /// '--resume' read.
    /// </summary>
    internal void DescribeUnlessThere(TrainingRecipe recipe, ISegmentationDataset train, ISegmentationDataset? validation, Device device)
    {
        if (!File.Exists(System.IO.Path.Combine(Path, RunConfig.FileName)))
            Describe(recipe, train, validation, device, new Dictionary<string, string>());
    }

    /// <summary>Writes what the run of a program of one's own is.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="train">What it learns from.</param>
    /// <param name="validation">What it is scored on; null: it is not.</param>
    /// <param name="device">Where.</param>
    /// <param name="more">Further facts.</param>
    internal void Describe(
        TrainingRecipe recipe, ISegmentationDataset train, ISegmentationDataset? validation, Device device,
        IReadOnlyDictionary<string, string> more)
    {
        var facts = new Dictionary<string, string>(more)
        {
            ["train"] = $"{train.Split}, {train.Count} images",
            ["train_split"] = train.Split,
            ["train_images"] = train.Count.ToString(CultureInfo.InvariantCulture),
            ["device"] = device.type == DeviceType.CUDA ? "cuda" : "cpu",
        };
        if (validation is not null)
        {
            facts["validation"] = $"{validation.Split}, {validation.Count} images";
            facts["val_split"] = validation.Split;
        }
        if (train is SegmentationDataset { Folder: var directory, Named: var definition })
        {
            facts["data"] = System.IO.Path.GetFullPath(directory);
            if (definition is not null)
                facts["dataset"] = File.Exists(definition) ? System.IO.Path.GetFullPath(definition) : definition;
        }
        WriteConfig(EffectiveRecipe.OfProgram(_network, recipe), facts);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events?.Dispose();
        _events = null;
        _lock.Dispose();
    }

    internal void Log(TrainingStep step)
    {
        RequireFolder();
        _log.Add(step);
        Events(step.Iteration).Write(step.Iteration,
            [("train/loss", step.Loss), ("train/learning_rate", step.LearningRate), ("train/images_per_second", step.ImagesPerSecond),
            ("train/wait_share", step.WaitShare)]);
    }

    internal void Log(TrainingEvaluation evaluation, TimeSpan elapsed)
    {
        _log.Add(evaluation, _classes, elapsed);
        var scores = evaluation.Result.Scores;
        Events(evaluation.Iteration).Write(evaluation.Iteration,
        [
            ("val/mean_iou", scores.MeanIoU), ("val/pixel_accuracy", scores.PixelAccuracy),
            .. _classes.Names.Zip(scores.IoU).Where(c => double.IsFinite(c.Second)).Select(c => ($"val_iou/{c.First}", c.Second)),
        ]);
    }

    internal void SaveBest(SegmentationNetwork network, TrainingEvaluation evaluation) =>
        Save(network, BestName, evaluation.Iteration, evaluation.Epoch, evaluation.Result.Scores.MeanIoU);

    internal void SaveLast(SegmentationNetwork network, int iteration, int epoch) => Save(network, LastName, iteration, epoch, null);

    internal string SaveCheckpoint(TrainingProgress progress, IReadOnlyList<StateEntry> state)
    {
        RequireFolder();
        return _checkpoints.Save(
            progress, state, new WeightsMetadata(_network.Name, _classes) { Normalizer = Normalizer, Format = Format }.ToDictionary());
    }

    /// <summary>The checkpoint to go on from; what the log says of later steps is cut off.</summary>
    internal TrainingCheckpoint OpenCheckpoint(Action<string> warn)
    {
        Sweep();
        var checkpoint = _checkpoints.Open(warn);
        _log.CutAfter(checkpoint.Progress.Iteration);
        return checkpoint;
    }

    internal void DrawCurve()
    {
        if (_log.Losses.Count > 1)
            TrainingCurve.Write(System.IO.Path.Combine(Path, "curve.svg"), _network.Name, _log.Losses, _log.Scores);
    }

    /// <summary>
    /// Holds the folder for this process, so that no other trains into it. The system lets go of a lock when its process ends, however it
    /// ends; the file stays, for one that is removed while another process opens it would be locked twice.
    /// </summary>
    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is SharingViolation or WouldBlock or WouldBlockOnMac)
        {
            throw new UnusableDataException(
                $"{folder}: another process trains into this folder; wait until it has ended, stop it, or name another folder.", e);
        }
    }

    /// <summary>
    /// A folder that was removed is not made anew for what a run has left to write: nobody would look for a part of a run.
    /// </summary>
    private void RequireFolder()
    {
        if (!Directory.Exists(Path))
        {
            throw new UnusableDataException(
                $"{Path}: the run's folder has been removed or renamed since the run began, so nothing can be kept "
                + "there. The training stops.");
        }
    }

    private EventFile Events(int iteration) => _events ??= EventFile.Create(Path, iteration);

    /// <summary>Removes what a process that was killed had begun to write.</summary>
    private void Sweep()
    {
        try
        {
            // The run's own folders only: a link leads to what is not the run's.
            var own = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
            foreach (var file in Directory.EnumerateFiles(Path, ".*", own).Where(AtomicFile.IsTemporary))
                File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{Path}: can't be gone on with: {e.Message}", e);
        }
    }

    private void Clear()
    {
        var old = new[] { "config.json", "log.jsonl", BestName, LastName, "curve.svg", "report.html" }
            .Select(n => System.IO.Path.Combine(Path, n))
            .Concat(Directory.EnumerateFiles(Path, EventFile.Pattern));
        foreach (var file in old)
            File.Delete(file);
        if (Directory.Exists(System.IO.Path.Combine(Path, "checkpoints")))
            Directory.Delete(System.IO.Path.Combine(Path, "checkpoints"), recursive: true);
    }

    private void Save(SegmentationNetwork network, string name, int iteration, int epoch, double? meanIoU)
    {
        RequireFolder();
        var metadata = new WeightsMetadata(_network.Name, _classes) { Normalizer = Normalizer, Format = Format }.ToDictionary();
        metadata["iteration"] = iteration.ToString(CultureInfo.InvariantCulture);
        metadata["epoch"] = epoch.ToString(CultureInfo.InvariantCulture);
        if (meanIoU is { } score)
            metadata["mean_iou"] = score.ToString("R", CultureInfo.InvariantCulture);
        WeightsFile.Save(network, System.IO.Path.Combine(Path, name), metadata);
    }
}
