using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Reports;
using DeepLabDsl.Training;
using DeepLabDsl.Weights;
using DeepLabDsl.Weights.Names;

namespace DeepLabDsl.Fuzz;

/// <summary>A kind of file that is read at run time.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="FileName">What a file of it is called, where the name matters.</param>
/// <param name="Draw">Draws a valid file and changes it, or not.</param>
/// <param name="Read">Reads it wholly, by its path.</param>
internal sealed record FileFormat(string Name, string FileName, Func<Random, byte[]> Draw, Action<string> Read)
{
    public static IReadOnlyList<FileFormat> All { get; } =
    [
        new("safetensors", "a.safetensors", r => WeightFiles.Draw(r, WeightFiles.SafeTensors), ReadWeights),
        new("pytorch-zip", "a.pth", r => WeightFiles.Draw(r, WeightFiles.PyTorchZip), ReadWeights),
        new("pytorch-stream", "a.pt", r => WeightFiles.Draw(r, WeightFiles.PyTorchStream), ReadWeights),
        new("caffemodel", "a.caffemodel", r => WeightFiles.Draw(r, WeightFiles.Caffe), ReadWeights),
        new("tensorflow-checkpoint", "a.index", r => WeightFiles.Draw(r, TensorFlowFiles.Bundle), ReadBundle),
        new("tensorflow-graph", "a.pb", r => WeightFiles.Draw(r, TensorFlowFiles.Graph), ReadWeights),
        new("tensorflow-lite", "a.tflite", r => WeightFiles.Draw(r, WordFiles.Lite), ReadWeights),
        new("keras", "a.h5", r => WeightFiles.Draw(r, WordFiles.Keras), ReadWeights),
        new("torchsharp", "a.dat", r => WeightFiles.Draw(r, WeightFiles.TorchSharp), ReadWeights),
        new("npy", "a.npy", r => WeightFiles.Draw(r, WeightFiles.Npy), ReadArray),
        new("tiff", "a.tif", r => WeightFiles.Draw(r, PictureFiles.Tiff), ReadPicture),
        new("png", "a.png", r => WeightFiles.Draw(r, PictureFiles.Png), ReadPicture),
        new("jpeg", "a.jpg", r => WeightFiles.Draw(r, PictureFiles.Jpeg), ReadPicture),
        new("other-pictures", "a.bmp", r => WeightFiles.Draw(r, PictureFiles.Other), ReadPicture),
        new("dataset", "dataset.yaml", TextFiles.Dataset, path => DatasetDefinition.Read(path)),
        new("name-map", "map.yaml", TextFiles.NameMap, ReadNameMap),
        new("config", "config.json", TextFiles.Config, ReadConfig),
        new("log", "log.jsonl", TextFiles.Log, ReadLog),
        new("checkpoint", "iteration-00000004.safetensors", r => WeightFiles.Draw(r, WeightFiles.Checkpoint), ReadCheckpoint),
    ];

    public static FileFormat Find(string name) => All.First(f => f.Name == name);

    private static void ReadWeights(string path)
    {
        var file = WeightsFile.Open(path);
        WeightsMetadata.Of(file);
        foreach (var tensor in file.Tensors)
            tensor.Load().Dispose();
    }

    private static void ReadBundle(string path)
    {
        var prefix = Path.ChangeExtension(path, null);
        foreach (var shard in new[] { "00000-of-00001", "00000-of-00002", "00001-of-00002" })
            File.WriteAllBytes($"{prefix}.data-{shard}", new byte[TensorFlowFiles.DataLength]);
        ReadWeights(path);
    }

    private static void ReadArray(string path)
    {
        NpyFile.Read(path).Dispose();
        ChannelFile.ReadSamples(path, PictureOrientation.Apply);
    }

    /// <summary>In all the ways in which pictures are read; what the first refuses the others may take.</summary>
    private static void ReadPicture(string path)
    {
        if (new FileInfo(path).Length > 0)
            ImageFile.OrientationOf(path);
        EachOf(
            Path.GetFileName(path), () => ImageFile.ReadRgb(path), () => ChannelFile.ReadSamples(path, PictureOrientation.Apply),
                () => ImageFile.ReadLabels(path));
    }

    private static void ReadNameMap(string path)
    {
        var map = NameMap.Read(path);
        EachOf(Path.GetFileName(path), () => map.Apply(TextFiles.Keys), () => map.UnusedRules(TextFiles.Keys),
            () => map.Check(_ => TextFiles.Keys));
    }

    private static void ReadConfig(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        EachOf(Path.GetFileName(folder), () => RunConfig.Read(folder).Recipe.Lines().Count(), () => RunHistory.Read(folder));
    }

    private static void ReadLog(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        File.WriteAllText(Path.Combine(folder, RunConfig.FileName), """{"network": "n", "classes": ["a"], "facts": {}, "recipe": {}}""");
        EachOf(Path.GetFileName(folder), () => RunHistory.Read(folder).SmoothedLosses(), () => new RunLog(path).CutAfter(3));
    }

    private static void ReadCheckpoint(string path)
    {
        // A forged one: its checksum is right.
        File.WriteAllText(path + ".sha256", Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))) + "  " + Path.GetFileName(path));
        var faults = new List<string>();
        try
        {
            var checkpoint = new CheckpointStore(Path.GetDirectoryName(path)!).Open(faults.Add);
            foreach (var tensor in checkpoint.File.Tensors)
                tensor.Load().Dispose();
        }
        catch (Errors.UnusableDataException e) when (faults.Count == 1 && faults[0].Contains(path, StringComparison.Ordinal))
        {
            // The folder is refused once each file in it has been named.
            throw new Errors.UnusableDataException(faults[0], e);
        }
    }

    /// <summary>A file in each of the ways in which it is read: refused where it is refused in all of them.</summary>
    private static void EachOf(string name, params Action[] ways)
    {
        Errors.DeepLabDslException? last = null;
        var isRead = false;
        foreach (var way in ways)
        {
            try
            {
                way();
                isRead = true;
            }
            catch (Errors.DeepLabDslException e) when (FileOracle.Misses(e, name) is null)
            {
                last = e;
            }
        }
        if (!isRead)
            throw last!;
    }
}
