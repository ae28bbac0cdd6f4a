using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Tests.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>A network run at several scales with the same weights (DeepLab v2's MSC).</summary>
public class ScalesTests
{
    [Fact]
    public void Each_scale_is_the_network_on_the_rescaled_image_and_the_largest_score_holds()
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        using var network = new Scaled();
        network.eval();
        var image = rand(2, 3, 65, 97);

        var output = network.forward(image);

        var whole = Run(1);
        var half = Run(0.5);
        Assert.True(output.Whole.equal(whole).all().ToBoolean());
        Assert.True(output.Half.equal(half).all().ToBoolean());
        var fused = maximum(maximum(whole, Layers.Resize(half, to: whole)), Layers.Resize(Run(0.75), to: whole));
        Assert.True(output.Fused.equal(fused).all().ToBoolean());
        Assert.Equal([2, 3, 65, 97], output.Logits.shape);

        Tensor Run(double factor) => network.Scores.call(network.Backbone.call(Layers.Resize(image, factor)).Item1);
    }

    [Fact]
    public void Outputs_carry_the_losses_that_the_spec_says()
    {
        using var scope = NewDisposeScope();
        using var network = new Scaled();

        var supervised = network.forward(rand(2, 3, 65, 97)).Supervised;

        Assert.Equal(["whole", "half", "fused"], supervised.Select(s => s.Name));
        Assert.Equal([1, 0.5, 1], supervised.Select(s => s.LossWeight));
        Assert.All(supervised, s => Assert.True(s.AtOutput));
    }

    [Fact]
    public void Scales_may_stand_in_blocks_and_within_scales()
    {
        using var scope = NewDisposeScope();
        using var network = new ScaledWithin();
        network.eval();
        var image = rand(1, 3, 37, 50);

        var output = network.forward(image);

        Assert.Equal([1, 3, 37, 50], output.Logits.shape);
        Assert.Equal(ScaledWithin.ParameterCount, network.parameters().Sum(p => p.numel()));
        var second = network.Second.call(network.First.call(image).Item1);
        var scores = network.Scores.call(second);
        Assert.Equal([1, 3, 37, 50], scores.shape);
        output.Logits.mean().backward();
        Assert.All(network.parameters(), p => Assert.NotNull(p.grad));
    }

    [Fact]
    public void Weights_are_there_once()
    {
        using var network = new Scaled();

        Assert.Equal(Scaled.ParameterCount, network.parameters().Sum(p => p.numel()));
        Assert.All(ModuleState.Of(network), e => Assert.Matches("^(backbone|scores)\\.", e.Name));
    }
}
