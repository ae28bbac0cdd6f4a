using System;
using System.IO;
using DeepLabDsl.Cli.Demo;

namespace DeepLabDsl.Cli.Tests;

/// <summary>A dataset of drawn scenes on disk, in the CamVid layout with a dataset YAML; gone when disposed.</summary>
internal sealed class SceneFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("deeplabdsl-host-").FullName;

    public SceneFolder(int train = 4, int validation = 2) => DemoScenes.Write(Data,
    [
        DemoScenes.CreateDataset("train", train, width: 64, height: 48),
        DemoScenes.CreateDataset("val", validation, width: 64, height: 48),
    ]);

    public string Data => Path.Combine(_root, "data");

    public string Images => Path.Combine(Data, "val");

    public string In(string name) => Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
