using System;
using System.Collections.Generic;
using DeepLabDsl.Crf;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;

namespace DeepLabDsl;

/// <summary>What runs the network of a <see cref="Segmenter"/>. Several threads may use it at a time.</summary>
internal interface ISegmenterEngine : IDisposable
{
    /// <summary>The network's name.</summary>
    string Network { get; }

    /// <summary>The classes that it tells apart.</summary>
    ClassSet Classes { get; }

    /// <summary>How images are read where they are no ordinary pictures; null: they are.</summary>
    ChannelFormat? Format { get; }

    /// <summary>The CRF of the network's spec; null: it has none.</summary>
    CrfRecipe? Crf { get; }

    /// <summary>What there is to say of the weights: a line each.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Segments one image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="withProbabilities">Whether the probabilities are wanted.</param>
    /// <param name="crf">The CRF; null: none.</param>
    /// <exception cref="Errors.DeepLabDslException">The network can't take it; the message need not name the image.</exception>
    (LabelMap Labels, ClassProbabilities? Probabilities) Run(SegmenterImage image, bool withProbabilities, CrfOptions? crf);
}

/// <summary>An image on its way through a segmenter.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="Picture">What people see of it.</param>
/// <param name="Planes">What the network sees where that is another thing.</param>
internal sealed record SegmenterImage(string Name, RgbImage Picture, ChannelImage? Planes);

/// <summary>Opens engines of one kind. A class of it is found by its name, so that a program needs one kind's assembly alone.</summary>
internal interface ISegmenterEngineFactory
{
    /// <summary>Opens what is at a path.</summary>
    ISegmenterEngine Open(string path, SegmenterOptions options);
}
