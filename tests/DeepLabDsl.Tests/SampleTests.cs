using System.Linq;
using DenseAspp.Networks;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>A user's own project: its backbone, its blocks and its networks are YAML outside the zoo's folder.</summary>
public class SampleTests
{
    [Fact]
    public void An_own_backbone_has_the_published_parameters()
    {
        using var network = new DeepLabV3DenseNet121();

        // torchvision's densenet121 less its classifier: 7,978,856 - 1,025,000.
        Assert.Equal(6_953_856, network.Backbone.parameters().Sum(p => p.numel()));
        Assert.Equal(DeepLabV3DenseNet121.Descriptor.Parameters, network.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void An_own_block_takes_parameters_and_runs()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var network = new DenseAspp121(classes: 5);
        network.eval();

        Assert.Equal([3L, 6, 12, 18, 24], network.Head.Pyramid.Select(u => u.Conv2.dilation[0]));
        Assert.Equal([1, 5, 65, 97], network.call(rand(1, 3, 65, 97)).Logits.shape);
    }

    [Fact]
    public void Atrous_control_is_the_compilers_for_an_own_backbone_too()
    {
        Assert.Equal(8, DenseAspp121.OutputStride);
        using var network = new DenseAspp121();

        Assert.All(network.Backbone.Denseblock3, u => Assert.Equal(2, u.Conv2.dilation[0]));
        Assert.All(network.Backbone.Denseblock4, u => Assert.Equal(4, u.Conv2.dilation[0]));
        Assert.Equal(["dense-aspp-121", "deeplabv3-densenet121"], NetworkCatalog.All.Select(n => n.Name).OrderDescending());
    }
}
