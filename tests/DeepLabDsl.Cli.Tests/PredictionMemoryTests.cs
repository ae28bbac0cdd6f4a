using DeepLabDsl.Recipes;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What is said of an image that is too large to be predicted whole.</summary>
public class PredictionMemoryTests
{
    [Fact]
    public void An_image_that_no_machine_has_the_memory_for_is_refused_with_the_way_out()
    {
        var error = Assert.Throws<UserException>(() => Memory(new()).Require(1_000_000, 1_000_000));

        Assert.StartsWith("1000000x1000000 pixels take some ", error.Message, System.StringComparison.Ordinal);
        Assert.EndsWith("give --window 513x513 (or another size), or a smaller image", error.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void In_windows_its_size_does_not_matter() => Memory(new() { Window = (513, 513) }).Require(1_000_000, 1_000_000);

    [Fact]
    public void Passes_that_are_added_up_are_held_together()
    {
        var one = Memory(new()).Bytes(1024, 1024);

        // Two passes of 21 maps, their sum and the one that is being added, a quarter more for the heap's gaps.
        Assert.Equal(one + (long)(1.25 * 4 * 21 * 1024 * 1024 * sizeof(float)), Memory(new() { Flip = true }).Bytes(1024, 1024), 4.0);
    }

    private static PredictionMemory Memory(PredictionOptions options) =>
        new(NetworkSet.Zoo.Find("deeplabv3-resnet50"), 21, options, CPU);
}
