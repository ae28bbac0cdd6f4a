using System;
using System.Linq;
using static TorchSharp.torch;

namespace DeepLabDsl.Native.Tests;

public sealed class OneDnnCachesTests
{
    [SkippableFact]
    public void Caches_of_one_byte_are_mended_in_the_loaded_library_and_its_numbers_are_right()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "oneDNN's object is known on Linux alone");
        NativeBackend.Describe();
        var image = LoadedImage.Find(OneDnnCaches.Library);
        Assert.NotNull(image);
        // What it reads where AMD's leaf is empty: three caches of one byte each.
        Skip.IfNot(OneDnnCaches.TryOverwrite(image, [1, 1, 1]), "this build of libtorch is not known");

        Assert.Equal(OneDnnCaches.Outcome.Mended, OneDnnCaches.Mend(image));
        Assert.Equal(OneDnnCaches.Outcome.Healthy, OneDnnCaches.Mend(image));

        using var scope = NewDisposeScope();
        var generator = new Generator(1);
        var x = randn([2, 96, 17, 17], generator: generator).contiguous();
        var w = randn([24, 96, 1, 1], generator: generator);
        var expected = nn.functional.conv2d(x.to(ScalarType.Float64), w.to(ScalarType.Float64));
        var found = nn.functional.conv2d(x, w);
        // 96 products of unit normals: each rounding is at most an ulp of a partial sum, about 1e-6; the fault was of whole units.
        Assert.True((found.to(ScalarType.Float64) - expected).abs().max().item<double>() < 1e-4);
    }

    [SkippableFact]
    public void A_build_that_is_not_known_is_left_alone()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "images are read on Linux alone");
        var other = LoadedImage.Find("libc.so");
        Assert.NotNull(other);

        Assert.Equal(OneDnnCaches.Outcome.UnknownBuild, OneDnnCaches.Mend(other));
    }

    [SkippableFact]
    public void A_loaded_library_is_described_by_its_path_and_build()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "images are read on Linux alone");
        NativeBackend.Describe();

        var image = LoadedImage.Find("libc10.so");

        Assert.NotNull(image);
        Assert.Matches("^[0-9a-f]{40}$", image.BuildId);
        Assert.Equal("\x7F" + "ELF", string.Concat(image.Bytes(0, 4).ToArray().Select(b => (char)b)));
        Assert.True(image.Bytes(nuint.MaxValue / 2, 4).IsEmpty);
    }
}
