using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Modules;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Formats;

namespace DeepLabDsl.Training;

/// <summary>A checkpoint that was found whole.</summary>
/// <param name="File">Its tensors.</param>
/// <param name="Progress">Where the training stood.</param>
internal sealed record TrainingCheckpoint(WeightsFile File, TrainingProgress Progress);

/// <summary>
/// The checkpoints of a run: safetensors files, each with its SHA-256 beside it as <c>sha256sum</c> writes and checks it. A file
/// without its sum was not finished.
/// </summary>
/// <param name="folder">The folder.</param>
internal sealed class CheckpointStore(string folder)
{
    private const string SumSuffix = ".sha256";
    private const string ProgressKey = "training";
    private const int Kept = 2;

    /// <summary>Writes a checkpoint, whole or not at all, and removes all but the newest two.</summary>
    /// <param name="progress">Where the training stands.</param>
    /// <param name="entries">All tensors.</param>
    /// <param name="metadata">What else to keep with them.</param>
    /// <returns>The file.</returns>
    /// <exception cref="UnusableDataException">It can't be written; the checkpoints before are as they were.</exception>
    public string Save(TrainingProgress progress, IReadOnlyList<StateEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"iteration-{progress.Iteration:D8}.safetensors"));
        // An older file of the name, from before the run was resumed, must not be taken for this one.
        Delete(path + SumSuffix);
        SafeTensors.Write(path, entries, new Dictionary<string, string>(metadata) { [ProgressKey] = progress.ToJson() });
        var sum = Encoding.ASCII.GetBytes($"{Sha256.OfFile(path)}  {Path.GetFileName(path)}\n");
        AtomicFile.Write(path + SumSuffix, stream => stream.Write(sum));
        foreach (var old in Files().Where(f => string.CompareOrdinal(f, path) < 0).Skip(Kept - 1))
        {
            Delete(old + SumSuffix);
            Delete(old);
        }
        return path;
    }

    /// <summary>The newest checkpoint that is whole.</summary>
    /// <param name="warn">Is told of each that is not, and why.</param>
    /// <exception cref="UnusableDataException">There is none.</exception>
    public TrainingCheckpoint Open(Action<string> warn)
    {
        foreach (var path in Files())
        {
            var (checkpoint, fault) = Check(path);
            if (checkpoint is not null)
                return checkpoint;
            warn($"{path}: {fault}; the checkpoint before it is used");
        }
        throw new UnusableDataException(
            $"{folder}: holds no checkpoint that is whole: the run can't be gone on with. Start it again, over what is there.")
        {
            Remedy = ErrorRemedy.OverwriteRun,
        };
    }

    private IEnumerable<string> Files() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "iteration-*.safetensors").OrderDescending(StringComparer.Ordinal)
        : [];

    private static (TrainingCheckpoint? Checkpoint, string Fault) Check(string path)
    {
        try
        {
            if (!File.Exists(path + SumSuffix))
                return (null, "has no checksum beside it: the run ended while it was written");
            var sum = File.ReadAllText(path + SumSuffix).Split(' ')[0];
            if (!string.Equals(sum, Sha256.OfFile(path), StringComparison.OrdinalIgnoreCase))
                return (null, "is damaged: its content does not have the checksum that lies beside it");
            var file = new WeightsFile(SafeTensors.Open(path));
            var progress = file.Metadata.TryGetValue(ProgressKey, out var text) ? TrainingProgress.FromJson(text) : null;
            return progress is null
                ? (null, "does not say where the training stood, or what no training can have reached")
                : (new TrainingCheckpoint(file, progress), "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or WeightsException)
        {
            return (null, $"can't be read ({e.Message})");
        }
    }

    private static void Delete(string path)
    {
        try
        {
            if (File.Exists(path))
                File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be removed: {e.Message}", e);
        }
    }
}
