using System;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Host.Tests;

/// <summary>A dataset of drawn scenes on disk, in the CamVid layout with a dataset YAML; gone when disposed.</summary>
internal sealed class SceneFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("deeplabdsl-host-").FullName;

    public SceneFolder(int train = 4, int validation = 2)
    {
        foreach (var (split, count) in new[] { ("train", train), ("val", validation) })
        {
            var scenes = DemoScenes.CreateDataset(split, count, width: 64, height: 48);
            for (var i = 0; i < count; i++)
            {
                var sample = scenes.Load(i);
                ImageFile.WritePng(Path.Combine(Data, split, sample.Name + ".png"), sample.Image);
                ImageFile.WriteIndexedPng(Path.Combine(Data, split + "annot", sample.Name + ".png"), sample.Labels, DemoScenes.Classes);
            }
        }
        File.WriteAllText(Path.Combine(Data, "dataset.yaml"), "dataset: scenes\nlayout: camvid\nclasses:\n"
            + string.Concat(DemoScenes.Classes.Classes.Select(c => $"  {c.Name}: [{c.Color.R}, {c.Color.G}, {c.Color.B}]\n")) + "void: 255\n");
    }

    public string Data => Path.Combine(_root, "data");

    public string Images => Path.Combine(Data, "val");

    public string In(string name) => Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
