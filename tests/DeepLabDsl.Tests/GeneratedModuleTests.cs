using System;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Tests.Networks;
using DeepLabDsl.Zoo;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests;

/// <summary>Generated modules at work: what the compiler says of them is what they are.</summary>
public class GeneratedModuleTests
{
    public static TheoryData<string> SmallNetworks =>
    [
        "deeplabv3-mobilenet-v2", "deeplabv3-mobilenet-v2-aspp", "deeplabv3-mobilenet-v2-half", "deeplabv3-mobilenet-v2-os8", "demo",
        "deeplabv3-mobilenet-v3-large", "deeplabv3-mobilenet-v3-small", "deeplabv3plus-mobilenet-v2", "deeplabv3plus-mobilenet-v2-dense",
        "deeplabv3plus-mobilenet-v2-light",
        "lraspp-mobilenet-v3-large", "lraspp-mobilenet-v3-large-seg", "lraspp-mobilenet-v3-small", "lraspp-mobilenet-v3-small-seg",
        "deeplabv3plus-xception41",
    ];

    private static NetworkDescriptor Find(string name) => DeepLabDsl.Zoo.NetworkCatalog.All.Single(n => n.Name == name);

    [Fact]
    public void Every_primitive_runs_with_the_shapes_that_the_compiler_states()
    {
        using var scope = NewDisposeScope();
        using var network = new Everything(classes: 5);
        network.eval();

        var output = network.forward(rand(2, 4, 64, 96));

        Assert.Equal([2, 5, 64, 96], output.Logits.shape);
        Assert.Equal([2, 16, 8, 12], output.Early.shape);
        Assert.Equal([2, 16, 8, 12], output.Late.shape);
        Assert.Equal(["logits", "small", "early", "late"], output.Named.Select(n => n.Key));
        Assert.True(output.Early.min().ToSingle() < 0, "the tapped batch norm must not be overwritten by the ReLU behind it");
    }

    [Fact]
    public void Keys_are_as_the_spec_says()
    {
        using var network = new Everything();
        var keys = ModuleState.Of(network).Select(e => e.Name).ToList();

        Assert.Contains("squeeze.gate.weigh.weight", keys);
        Assert.Contains("backbone.two.1.conv.weight", keys);
        Assert.Contains("backbone.two.1.norm.running_var", keys);
        Assert.DoesNotContain(keys, k => k.Contains('<', StringComparison.Ordinal));
        Assert.Equal(keys.Distinct(), keys);
    }

    [Fact]
    public void Members_are_typed()
    {
        using var network = new DeepLabV3ResNet50();

        Assert.Equal([512, 512, 3, 3], network.Backbone.Layer4[2].Conv2.weight!.shape);
        Assert.Null(network.Backbone.Layer4[2].Downsample);
        Assert.NotNull(network.Backbone.Layer4[0].Downsample);
        Assert.Equal(42_004_074, DeepLabV3ResNet50.ParameterCount);
    }

    [Theory]
    [MemberData(nameof(SmallNetworks))]
    public void Parameters_are_counted_right(string name)
    {
        using var network = Find(name).Create(Find(name).DefaultClasses);

        Assert.Equal(network.Descriptor.Parameters, network.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void The_number_of_classes_is_an_argument()
    {
        using var scope = NewDisposeScope();
        using var network = Find("deeplabv3-mobilenet-v2").Create(7);
        network.eval();

        Assert.Equal([1, 7, 65, 97], network.call(rand(1, 3, 65, 97)).Logits.shape);
    }

    [Fact]
    public void Forward_leaves_nothing_behind_but_its_output()
    {
        using var network = Find("demo").Create(3);
        network.eval();
        using var input = rand(1, 3, 64, 64);
        using var inference = inference_mode();
        network.call(input).Dispose();

        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 3; i++)
            network.call(input).Dispose();

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Gradients_reach_every_parameter()
    {
        using var scope = NewDisposeScope();
        using var network = new Everything();
        network.train();
        var output = network.forward(rand(2, 4, 64, 96));

        (output.Logits.square().mean() + output.Late.mean()).backward();

        // Stage three feeds nothing that carries a loss, and a frozen batch norm learns nothing.
        Assert.All(
            network.named_parameters().Where(p => p.parameter.grad is null).Select(p => p.name),
            name => Assert.Matches(@"^(backbone\.(three|two\.2)|frozen)\.", name));
    }

    [Fact]
    public void A_batch_of_one_is_refused_before_it_poisons_statistics()
    {
        using var scope = NewDisposeScope();
        using var network = Find("demo").Create(3);
        network.train();
        var image = rand(1, 3, 64, 64);

        var fault = Assert.Throws<TrainingException>(() => network.call(image));

        Assert.Contains("a batch of 2 or more", fault.Message, StringComparison.Ordinal);
        Assert.All(ModuleState.Of(network), e => Assert.False(e.Tensor.isnan().any().ToBoolean(), e.Name));
    }

    /// <summary>What counts is the norm's own mode: a module may train around norms that are frozen.</summary>
    [Fact]
    public void A_batch_of_one_trains_where_the_norms_are_frozen()
    {
        using var scope = NewDisposeScope();
        using var network = Find("demo").Create(3);
        network.train();
        foreach (var norm in network.modules().OfType<BatchNorm2d>())
            norm.eval();

        var loss = network.call(rand(1, 3, 64, 64)).Logits.square().mean();
        loss.backward();

        Assert.All(network.parameters().Where(p => p.grad is not null), p => Assert.True(p.grad!.isfinite().all().ToBoolean()));
    }

    [Fact]
    public void Two_line_change_of_the_output_stride_takes_the_same_weights()
    {
        using var trained = Find("deeplabv3-mobilenet-v2").Create(21);
        using var finer = Find("deeplabv3-mobilenet-v2-os8").Create(21);

        Assert.Equal(
            ModuleState.Of(trained).Select(e => (e.Name, string.Join(",", e.Tensor.shape))),
            ModuleState.Of(finer).Select(e => (e.Name, string.Join(",", e.Tensor.shape))));
    }
}
