using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Xml.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Training;
using DeepLabDsl.Zoo;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Training;

/// <summary>The compiler's estimate of what a training step holds, against what the C library's heap holds.</summary>
[Collection(TrainingCollection.Name)]
public partial class TrainingMemoryTests
{
    [SkippableTheory]
    [InlineData("deeplabv3-mobilenet-v2")]
    [InlineData("deeplabv3-mobilenet-v3-large")]
    [InlineData("deeplabv3-resnet50-os16")]
    [InlineData("deeplabv3plus-xception41")]
    [InlineData("deeplabv1-msc")]
    public void The_estimate_is_what_the_heap_holds(string name)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Only glibc tells how much its heap holds.");
        const int Side = 129, Images = 2, Classes = 2;
        using var network = (SegmentationNetwork)NetworkCatalog.All.First(n => n.Name == name).Create(Classes);
        network.train();
        var estimate = Images * Estimate(name, Side, Classes);

        // The first call fills what convolutions keep for good.
        Held(network, Images, Side);
        var held = Held(network, Images, Side);

        // The rest of it is there for a moment in the backward pass.
        Assert.InRange(held / (double)estimate, 0.85, 1.05);
    }

    private static long Estimate(string name, int side, int classes)
    {
        var zoo = ZooSpecs.ReadAll().Select(s => SpecFile.Parse(s.Name, s.Text)).ToList();
        var file = zoo.First(f => f.Networks.Contains(name));
        return SpecCompiler.Compile(file, new SpecLibrary(zoo), "Test", (side, side), classes)
            .First(n => n.Name == name).Report!.TrainingBytes;
    }

    private static long Held(SegmentationNetwork network, int images, int side)
    {
        using var scope = NewDisposeScope();
        var input = Layers.ChannelsLast(rand(images, 3, side, side));
        var labels = zeros([images, side, side], ScalarType.Int64);
        var before = InUse();
        var output = network.call(input);
        var losses = output.Supervised.Select(s => SegmentationLoss.CrossEntropy(s, labels)).ToList();
        Assert.NotEmpty(losses);
        return InUse() - before;
    }

    /// <summary>Bytes that callers have of the C library's heap, all threads' parts together.</summary>
    private static long InUse()
    {
        var path = Path.GetTempFileName();
        var stream = Open(path, "w");
        Assert.Equal(0, Describe(0, stream));
        Close(stream);
        var all = XDocument.Load(path).Root!;
        File.Delete(path);
        return Sum("system", "current") + Sum("total", "mmap") - Sum("total", "rest") - Sum("total", "fast");

        long Sum(string element, string type) =>
            (long)all.Elements(element).Single(e => (string?)e.Attribute("type") == type).Attribute("size")!;
    }

    [LibraryImport("libc", EntryPoint = "malloc_info")]
    private static partial int Describe(int options, nint stream);

    [LibraryImport("libc", EntryPoint = "fopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, string mode);

    [LibraryImport("libc", EntryPoint = "fclose")]
    private static partial int Close(nint stream);
}
