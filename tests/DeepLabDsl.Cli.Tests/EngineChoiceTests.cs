using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What runs a network when nobody says what.</summary>
public class EngineChoiceTests
{
    [Theory]
    [InlineData("demo", true, false, "Engine: TorchSharp, because on this CPU it takes")]
    [InlineData("demo", false, true, "Engine: ONNX Runtime, because it is faster")]
    [InlineData("deeplabv3-mobilenet-v2-crf", false, false, "Engine: TorchSharp, because ONNX has no operation")]
    public void On_the_CPU_it_is_the_faster_one_that_can(string network, bool isFused, bool isOnnx, string said)
    {
        var choice = EngineChoice.For(NetworkSet.Zoo.Find(network), null, CPU, isFused);

        Assert.Equal(isOnnx ? EngineKind.Onnx : EngineKind.Torch, choice.Kind);
        Assert.StartsWith(said, choice.ToString(), System.StringComparison.Ordinal);
    }

    [Fact]
    public void A_GPU_has_one_and_what_is_asked_for_is_taken()
    {
        var network = NetworkSet.Zoo.Find("demo");

        Assert.Equal(EngineKind.Torch, EngineChoice.For(network, null, new Device(DeviceType.CUDA), isFused: false).Kind);
        Assert.Equal(EngineKind.Onnx, EngineChoice.For(network, EngineKind.Onnx, CPU, isFused: true).Kind);
    }
}
