using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Onnx;
using DeepLabDsl.Weights;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Samples.Tests;

/// <summary>The demo's network as weights and as an ONNX model, and a scene to segment; one for all tests of a class.</summary>
public sealed class TrainedModel : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("deeplabdsl-samples-");

    public TrainedModel()
    {
        var scenes = DemoScenes.CreateDataset("val", 2, width: 320, height: 240);
        for (var i = 0; i < scenes.Count; i++)
            ImageFile.WritePng(Path.Combine(Photos, $"scene{i}.png"), scenes.Load(i).Image);
        using var network = new DemoNetwork(DemoScenes.Classes.Count);
        WeightsFile.Load(network, Weights);
        network.eval();
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor);
        var info = new OnnxModelInfo(
            "demo", DemoScenes.Classes, new ImageNormalizer(DemoNetwork.Descriptor.Mean, DemoNetwork.Descriptor.Std));
        using var file = File.Create(Onnx);
        OnnxExporter.Export(
            network.Graph, network.Classes, key => state[key].data<float>().ToArray(), new() { Metadata = info.ToMetadata() }).Write(file);
    }

    public static string Weights => Path.Combine(AppContext.BaseDirectory, "by-day.safetensors");

    public string Onnx => In("demo.onnx");

    public string Photos => In("photos");

    public string Photo => Path.Combine(Photos, "scene0.png");

    public string In(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
