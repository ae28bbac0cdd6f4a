using System;

namespace DeepLabDsl;

/// <summary>Road scenes drawn by a program, with exact truth: something to train on where there is no dataset.</summary>
public static class DemoScenes
{
    /// <summary>The default width of a scene in pixels: 192.</summary>
    public const int DefaultWidth = 192;

    /// <summary>The default height of a scene in pixels: 144.</summary>
    public const int DefaultHeight = 144;

    /// <summary>The classes of the scenes.</summary>
    public static ClassSet Classes { get; } = new("demo", [new SegmentationClass("sky", new Rgb(120, 180, 230))]);

    /// <summary>Draws one scene.</summary>
    /// <param name="seed">Decides everything in it.</param>
    /// <param name="width">Its width in pixels.</param>
    /// <param name="height">Its height in pixels.</param>
    /// <returns>The scene and its truth.</returns>
    public static SegmentationSample Draw(ulong seed, int width = DefaultWidth, int height = DefaultHeight) =>
        throw new NotImplementedException();

    /// <summary>Draws a dataset. Splits of different names have different scenes.</summary>
    /// <param name="split">The split's name.</param>
    /// <param name="count">The number of scenes.</param>
    /// <param name="seed">Decides everything in them; default 0.</param>
    /// <param name="width">The width of a scene in pixels.</param>
    /// <param name="height">The height of a scene in pixels.</param>
    /// <returns>The scenes, drawn.</returns>
    public static InMemoryDataset CreateDataset(
        string split, int count, ulong seed = 0, int width = DefaultWidth, int height = DefaultHeight) =>
        throw new NotImplementedException();
}
