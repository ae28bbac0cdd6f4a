using System;
using System.Collections.Generic;
using DeepLabDsl.Graph;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Networks;

/// <summary>What the compiler knows of a network without building it. All counts are for <see cref="DefaultClasses"/>.</summary>
public sealed record NetworkDescriptor
{
    /// <summary>The name in the spec and on the command line, such as <c>deeplabv3-resnet50</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The generated class, such as <c>DeepLabV3ResNet50</c>.</summary>
    public required string ClassName { get; init; }

    /// <summary>One line from the spec that says what the network is.</summary>
    public required string Summary { get; init; }

    /// <summary>The number of classes that the spec names.</summary>
    public required int DefaultClasses { get; init; }

    /// <summary>Channels of the input image.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Height in pixels of the input for which the counts are stated; the network takes any other.</summary>
    public required int ReferenceHeight { get; init; }

    /// <summary>Width in pixels of the input for which the counts are stated.</summary>
    public required int ReferenceWidth { get; init; }

    /// <summary>Mean of each input channel on the scale 0 to 1; subtracted before the network sees the image.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Standard deviation of each input channel on the scale 0 to 1; divides after the mean is subtracted.</summary>
    public required IReadOnlyList<double> Std { get; init; }

    /// <summary>Ratio of the input's side to the side of the backbone's last feature map.</summary>
    public required int OutputStride { get; init; }

    /// <summary>Trainable values (batch norm scale and shift included, running statistics not).</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of all convolutions for one input of the stated size.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>Side in input pixels of the receptive field of the backbone's last feature map.</summary>
    public required int ReceptiveField { get; init; }

    /// <summary>
    /// Whether a batch norm follows a global pooling, so that a training batch of one image leaves it one value a
    /// channel, of which there is no variance.
    /// </summary>
    public required bool NormalizesPooledFeatures { get; init; }

    /// <summary>The recipe of the spec's <c>training:</c>; what it leaves out has its default.</summary>
    public TrainingRecipe Training { get; init; } = new();

    /// <summary>Where each value of <see cref="Training"/> that the spec states stands, as <c>file:line</c>, by key.</summary>
    public IReadOnlyDictionary<string, string> TrainingOrigins { get; init; } = new Dictionary<string, string>();

    /// <summary>How the spec's <c>evaluation:</c> has images predicted; what it leaves out has its default.</summary>
    public PredictionOptions Evaluation { get; init; } = new();

    /// <summary>Where each value of <see cref="Evaluation"/> that the spec states stands, as <c>file:line</c>, by key.</summary>
    public IReadOnlyDictionary<string, string> EvaluationOrigins { get; init; } = new Dictionary<string, string>();

    /// <summary>The dense CRF that its paper refines predictions with, where the spec has a <c>crf:</c>; null: none.</summary>
    public CrfRecipe? Crf { get; init; }

    /// <summary>Reads the graph that the assembly carries.</summary>
    public required Func<NetworkGraph> ReadGraph { private get; init; }

    /// <summary>Reads the specs that the assembly carries.</summary>
    public required Func<IReadOnlyList<SpecSource>> ReadSpecs { private get; init; }

    /// <summary>
    /// The network as a graph: its operations with all that they mean, its weights and outputs, for any number of classes and any size of
    /// the input. It is read when it is first asked for.
    /// </summary>
    public NetworkGraph Graph => _graph ??= ReadGraph();

    /// <summary>The spec files that the network is made of, that with the network first.</summary>
    public IReadOnlyList<SpecSource> Specs => _specs ??= ReadSpecs();

    /// <summary>The networks that this one extends, the nearest first; none where its spec extends none.</summary>
    public IReadOnlyList<string> Bases() => _bases ??= NetworkBases.Of(Name, Specs);

    private NetworkGraph? _graph;
    private IReadOnlyList<string>? _bases;
    private IReadOnlyList<SpecSource>? _specs;

    /// <summary>Builds the network with random weights for a number of classes.</summary>
    public required Func<int, SegmentationNetwork> Create { get; init; }
}
