using System.Collections.Generic;

namespace DeepLabDsl.Data;

/// <summary>What makes one picture a relative of another.</summary>
public enum PictureKinship
{
    /// <summary>It is the same picture, as it is or compressed, scaled or lit otherwise.</summary>
    Copy,

    /// <summary>It is a part of the other, or the other of it.</summary>
    Crop,

    /// <summary>It is the other's mirror image, or a part of it.</summary>
    Mirrored,

    /// <summary>It shows the same things from nearby, as neighbouring frames of a film do.</summary>
    Scene,
}

/// <summary>A picture of one split that has a close relative in another.</summary>
/// <param name="Image">Its file.</param>
/// <param name="Relative">The closest relative's file.</param>
/// <param name="Kinship">What they have in common.</param>
/// <param name="Places">How many places of one were found in the other, where they must be.</param>
/// <param name="Share">The part of the places that both show which were found: near 1 for a copy.</param>
public sealed record PictureRelation(string Image, string Relative, PictureKinship Kinship, int Places, double Share)
{
    /// <summary>Where the picture lies in its relative, both at the size at which they are described.</summary>
    internal PictureMatch Match { get; init; }

    /// <summary>The picture's files: more than one where channels are stacked.</summary>
    internal IReadOnlyList<string> Files { get; init; } = [Image];

    /// <summary>Its relative's files.</summary>
    internal IReadOnlyList<string> RelativeFiles { get; init; } = [Relative];
}

/// <summary>How much of one split is known from another.</summary>
/// <param name="Split">What is scored on, such as <c>val</c>.</param>
/// <param name="Source">What it is compared with, such as <c>train</c>.</param>
/// <param name="Images">Pictures of <paramref name="Split"/> that were compared.</param>
/// <param name="Relations">Those of them that have a close relative, the closest first.</param>
/// <param name="SharedGroups">Films, places and the like that both have pictures of, by their names.</param>
/// <param name="ImagesOfSharedGroups">Pictures of <paramref name="Split"/> that are of these.</param>
public sealed record SplitLeakage(
    string Split, string Source, int Images, IReadOnlyList<PictureRelation> Relations, IReadOnlyList<string> SharedGroups,
    int ImagesOfSharedGroups);
