using System;

namespace DeepLabDsl;

/// <summary>One picture of many samples: a row each of image, truth, prediction and overlay, over a legend of the classes.</summary>
public sealed class ContactSheet
{
    /// <summary>Starts a sheet.</summary>
    /// <param name="classes">The classes, for colours and legend.</param>
    /// <param name="title">A line above the rows; null: none.</param>
    public ContactSheet(ClassSet classes, string? title = null)
    {
    }

    /// <summary>The width in pixels to which each tile is scaled; default 320.</summary>
    public int TileWidth { get; init; } = 320;

    /// <summary>The number of rows so far.</summary>
    public int Rows => throw new NotImplementedException();

    /// <summary>Adds a row.</summary>
    /// <param name="caption">What is written under the image, such as its name.</param>
    /// <param name="image">The image.</param>
    /// <param name="truth">The truth; null where there is none.</param>
    /// <param name="prediction">The prediction; null where there is none.</param>
    /// <exception cref="ArgumentException">A map's size is not the image's.</exception>
    public void Add(string caption, RgbImage image, LabelMap? truth, LabelMap? prediction) => throw new NotImplementedException();

    /// <summary>Draws the sheet.</summary>
    /// <returns>The picture.</returns>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public RgbImage Render() => throw new NotImplementedException();

    /// <summary>Draws the sheet into a PNG file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void Write(string path) => ImageFile.WritePng(path, Render());
}
