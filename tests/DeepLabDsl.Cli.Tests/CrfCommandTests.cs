using System;
using System.IO;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Tests;

[Collection(Host.Collection)]
public sealed class CrfCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crf-").FullName;

    public CrfCommandTests()
    {
        var image = new RgbImage(16, 12);
        for (var i = 0; i < image.Pixels.Length; i++)
            image.Pixels[i] = (byte)(i % 48 < 24 ? 40 : 200);
        ImageFile.WritePng(In("image.png"), image);
        using var unary = Unary(float.NaN);
        unary[0] = tensor(0.4f).expand(12, 16);
        unary[1] = tensor(1.2f).expand(12, 16);
        NpyFile.Write(In("u.npy"), unary);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Writes_probabilities_and_classes(bool tensors)
    {
        string[] form = tensors ? ["--tensors"] : [];
        var output = Host.Succeed([
            "crf", "--image", In("image.png"), "--unary", In("u.npy"), "--out", In("out"), "--iterations", "3", "--gaussian-sigma", "2",
            "--gaussian-weight", "1", "--bilateral-sigma-xy", "10", "--bilateral-sigma-rgb", "20", "--bilateral-weight", "2",
            "--normalization", "after", .. form]);

        Assert.Contains(" ms", output, StringComparison.Ordinal);
        using var q = NpyFile.Read(In("out/q.npy"));
        Assert.Equal([2, 12, 16], q.shape);
        Assert.All(ImageFile.ReadLabels(In("out/map.png")).Indices, label => Assert.Equal(0, label));
    }

    [Fact]
    public void What_does_not_fit_is_named_and_nothing_is_written()
    {
        using var wrongSize = ones(2, 12, 15);
        NpyFile.Write(In("size.npy"), wrongSize);
        using var notANumber = Unary(float.NaN);
        NpyFile.Write(In("nan.npy"), notANumber);
        using var noClass = ones(0, 12, 16);
        NpyFile.Write(In("none.npy"), noClass);

        Assert.Contains("size.npy: the unary is 15x12 pixels and the image 16x12", Fail("size.npy"), StringComparison.Ordinal);
        Assert.Contains("nan.npy: The unary of class 0 at x = 0, y = 0 is NaN", Fail("nan.npy"), StringComparison.Ordinal);
        Assert.Contains(
            "none.npy: the unary must be [classes, height, width] with 1 to 255 classes", Fail("none.npy"), StringComparison.Ordinal);
        Assert.Contains(
            "--bilateral-sigma-rgb must be above 0, not 0", Fail("u.npy", "--bilateral-sigma-rgb", "0"), StringComparison.Ordinal);
        Assert.Contains(
            "--normalization must be one of symmetric, after, before, none, not 'symetric'",
            Run("u.npy", "--normalization", "symetric").Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("out")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Tensor Unary(float value) => tensor(value).expand(2, 12, 16).clone();

    private string In(string name) => Path.Combine(_folder, name);

    private string Fail(string unary, params string[] more) => Host.Fail(Line(unary, more));

    private HostRun Run(string unary, params string[] more) => Host.Run(Line(unary, more));

    private string[] Line(string unary, string[] more) =>
        ["crf", "--image", In("image.png"), "--unary", In(unary), "--out", In("out"), .. more];
}
