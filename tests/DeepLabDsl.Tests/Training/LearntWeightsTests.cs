using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Training;

/// <summary>Weights under training, their 16-bit copies and their running mean.</summary>
[Collection(TrainingCollection.Name)]
public class LearntWeightsTests
{
    private static SegmentationNetwork Create() => DeepLabDsl.Zoo.NetworkCatalog.All.Single(n => n.Name == "demo").Create(3);

    [Fact]
    public void In_16_bits_depthwise_convolutions_stay_in_32_on_the_cpu()
    {
        using var scope = NewDisposeScope();
        using var network = Create();
        using var weights = new LearntWeights(network, new TrainingRecipe { Precision = TrainingPrecision.BFloat16 }, CPU);

        var convolutions = network.modules().OfType<Conv2d>().ToList();
        Assert.All(convolutions, c => Assert.Equal(c.groups > 1 ? ScalarType.Float32 : ScalarType.BFloat16, c.weight!.dtype));
        Assert.Contains(convolutions, c => c.groups > 1);
        Assert.All(weights.State.Where(e => e.Tensor is Parameter), e => Assert.Equal(ScalarType.Float32, e.Tensor.dtype));

        using var output = network.forward(rand(2, 3, 64, 64).to(ScalarType.BFloat16));
        output.Logits.to(ScalarType.Float32).sum().backward();

        Assert.Equal(ScalarType.BFloat16, output.Logits.dtype);
        Assert.All(convolutions, c => Assert.NotNull(c.weight!.grad));
    }

    [Fact]
    public void The_running_mean_is_of_statistics_too()
    {
        using var scope = NewDisposeScope();
        using var network = Create();
        using var weights = new LearntWeights(network, new TrainingRecipe { Ema = 0.75 }, CPU);
        var name = ModuleState.Of(network).First(e => e.Name.EndsWith("running_mean", System.StringComparison.Ordinal)).Name;
        Tensor Of(SegmentationNetwork of) => ModuleState.Of(of).Single(e => e.Name == name).Tensor;
        using (no_grad())
            Of(network).fill_(8);

        weights.Publish(iteration: 1000);

        Assert.All(Of(weights.Evaluated()).data<float>().ToArray(), v => Assert.Equal(2, v));
    }
}
