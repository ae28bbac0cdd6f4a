using System;

namespace DeepLabDsl.Cli.Tests;

/// <summary>A dataset of drawn scenes and a network that has seen them for a moment; one for all tests of a class.</summary>
public sealed class TrainedScenes : IDisposable
{
    private readonly SceneFolder _folder = new(train: 4, validation: 3);

    public TrainedScenes() =>
        Host.Succeed(
            "train", "demo", "--data", Data, "--out", Weights, "--iterations", "6", "--batch", "2", "--crop", "48x48", "--evaluations",
            "1");

    public string Data => _folder.Data;

    public string Images => _folder.Images;

    public string Weights => In("run");

    public string In(string name) => _folder.In(name);

    public void Dispose() => _folder.Dispose();
}
