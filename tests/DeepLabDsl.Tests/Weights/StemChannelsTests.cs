using DeepLabDsl.Errors;
using DeepLabDsl.Tests.Networks;
using DeepLabDsl.Weights;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Weights;

/// <summary>Weights of a network of colour images as the start of one of more channels, or of one.</summary>
public class StemChannelsTests
{
    [Fact]
    public void More_channels_take_the_files_in_turn()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.File("colour.safetensors");
        using var colour = new Learner();
        WeightsFile.Save(colour, path);
        using var five = new LearnerOfFive();

        Assert.Throws<WeightsException>(() => WeightsFile.Load(five, path));
        var match = WeightsFile.Load(five, WeightsFile.Open(path), partial: true);

        Assert.Empty(match.Differences);
        Assert.Equal("conv.weight: 3 channels of the image made 5", Assert.Single(match.Adapted));
        var (ours, theirs) = (five.Conv.weight!, colour.Conv.weight!);
        for (var i = 0; i < 5; i++)
            Assert.True(ours.select(1, i).allclose(theirs.select(1, i % 3).mul(0.6f)), $"channel {i}");
    }

    [Fact]
    public void One_channel_sees_grey_as_three_did()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var path = folder.File("colour.safetensors");
        using var colour = new Learner();
        WeightsFile.Save(colour, path);
        using var grey = new LearnerOfOne();
        WeightsFile.Load(grey, WeightsFile.Open(path), partial: true);
        colour.eval();
        grey.eval();
        var image = rand(1, 1, 24, 32);

        Assert.True(grey.forward(image).Logits.allclose(colour.forward(image.expand(1, 3, 24, 32)).Logits, rtol: 1e-4, atol: 1e-5));
    }
}
