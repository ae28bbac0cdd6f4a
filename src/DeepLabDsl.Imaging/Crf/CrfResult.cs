using System;
using System.Collections.Generic;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Crf;

/// <summary>What the mean field came to.</summary>
/// <param name="Classes">The number of classes.</param>
/// <param name="Width">Pixels a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Probabilities">Q, the probability of each class at each pixel: <c>[classes, H, W]</c>.</param>
/// <param name="Map">The most likely class of each pixel, the lowest of equals.</param>
/// <param name="Divergence">
/// On request: the KL divergence of Q from the model, up to a constant, after 0, 1, … iterations; null where it was not asked for.
/// Falls as long as the mean field gets better.
/// </param>
/// <param name="Timing">How long its parts took.</param>
public sealed record CrfResult(
    int Classes, int Width, int Height, float[] Probabilities, LabelMap Map, IReadOnlyList<double>? Divergence, CrfTiming Timing);

/// <summary>How long the parts of a dense CRF took.</summary>
/// <param name="Build">Building the lattices of the image and their normalisation.</param>
/// <param name="Read">Bringing the unaries into the order of work.</param>
/// <param name="Pixels">Slicing, softmax and splatting of all iterations: one pass over the pixels an iteration.</param>
/// <param name="Blur">Blurring of all iterations.</param>
/// <param name="Write">The most likely classes, and the probabilities in their order.</param>
public sealed record CrfTiming(TimeSpan Build, TimeSpan Read, TimeSpan Pixels, TimeSpan Blur, TimeSpan Write)
{
    /// <summary>All together.</summary>
    public TimeSpan Total => Build + Read + Pixels + Blur + Write;
}
