using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using SkiaSharp;

namespace DeepLabDsl.Rendering;

/// <summary>
/// One picture of many samples: a row each of image, truth, an earlier prediction, prediction and overlay, over a legend of the
/// classes. The overlay shows the prediction, or the truth where there is no prediction.
/// </summary>
public sealed class ContactSheet
{
    private const int Margin = 16;
    private const int Gap = 8;
    private const int CaptionHeight = 22;
    private const int HeaderHeight = 24;
    private const int TitleHeight = 34;
    private const int LegendRow = 24;
    private const int Swatch = 14;
    private const float TextSize = 12.5f;
    private const float TitleTextSize = 17;

    // Beyond this many classes the legend shows only those that occur.
    private const int WholeLegend = 32;

    private static readonly SKColor Background = new(0x17, 0x1A, 0x20);
    private static readonly SKColor Text = new(0xE6, 0xE9, 0xEF);
    private static readonly SKColor QuietText = new(0x9A, 0xA3, 0xB2);
    private static readonly SKColor Outline = new(0xFF, 0xFF, 0xFF, 0x60);

    private readonly ClassSet _classes;
    private readonly string? _title;
    private readonly List<Row> _rows = [];

    /// <summary>Starts a sheet.</summary>
    /// <param name="classes">The classes, for colours and legend.</param>
    /// <param name="title">A line above the rows; null: none.</param>
    public ContactSheet(ClassSet classes, string? title = null)
    {
        ArgumentNullException.ThrowIfNull(classes);
        _classes = classes;
        _title = title;
    }

    /// <summary>The width in pixels to which each tile is scaled; default 320, at least 48.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 48.</exception>
    public int TileWidth
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 48);
            field = value;
        }
    } = 320;

    /// <summary>The number of rows so far.</summary>
    public int Rows => _rows.Count;

    /// <summary>Adds a row.</summary>
    /// <param name="caption">What is written under the row, such as the sample's name and scores.</param>
    /// <param name="image">The image.</param>
    /// <param name="truth">The truth; null where there is none.</param>
    /// <param name="prediction">The prediction; null where there is none.</param>
    /// <param name="earlier">A prediction from before a training, shown as "before" beside "after"; null where there is none.</param>
    /// <exception cref="ArgumentException">A map's size is not the image's.</exception>
    public void Add(string caption, RgbImage image, LabelMap? truth, LabelMap? prediction, LabelMap? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(image);
        if (truth != null)
            MaskRenderer.RequireSize(image, truth, nameof(truth));
        if (prediction != null)
            MaskRenderer.RequireSize(image, prediction, nameof(prediction));
        if (earlier != null)
            MaskRenderer.RequireSize(image, earlier, nameof(earlier));
        _rows.Add(new Row(caption, image, truth, prediction, earlier));
    }

    /// <summary>Draws the sheet. A column that no row has something for is left out.</summary>
    /// <returns>The picture.</returns>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public RgbImage Render()
    {
        if (_rows.Count == 0)
            throw new InvalidOperationException("A contact sheet needs at least one row.");

        var columns = Columns();
        var width = 2 * Margin + columns.Count * TileWidth + (columns.Count - 1) * Gap;
        var legend = Legend();
        var legendLines = LayOut(legend, width - 2 * Margin);
        var titleHeight = _title == null ? 0 : TitleHeight;
        var height = Margin + titleHeight + HeaderHeight
            + _rows.Sum(r => HeightOf(r) + CaptionHeight + Gap)
            + legendLines.Count * LegendRow + Margin;

        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(Background);

        var y = Margin;
        if (_title != null)
        {
            var title = PictureText.Fit(_title, TitleTextSize, width - 2 * Margin);
            PictureText.Draw(canvas, title, Margin, y + 16, TitleTextSize, Text);
            y += titleHeight;
        }
        for (var i = 0; i < columns.Count; i++)
            PictureText.Draw(canvas, columns[i].Header, Margin + i * (TileWidth + Gap), y + 12, TextSize, QuietText);
        y += HeaderHeight;

        foreach (var row in _rows)
        {
            var tileHeight = HeightOf(row);
            for (var i = 0; i < columns.Count; i++)
            {
                if (columns[i].Picture(row) is { } picture)
                    DrawTile(canvas, picture, Margin + i * (TileWidth + Gap), y, tileHeight);
            }
            y += tileHeight;
            var caption = PictureText.Fit(row.Caption, TextSize, width - 2 * Margin);
            PictureText.Draw(canvas, caption, Margin, y + 16, TextSize, Text);
            y += CaptionHeight + Gap;
        }
        foreach (var line in legendLines)
        {
            foreach (var (entry, x) in line)
                DrawLegendEntry(canvas, entry, Margin + x, y);
            y += LegendRow;
        }
        canvas.Flush();
        return Skia.ToImage(bitmap);
    }

    /// <summary>Draws the sheet into a PNG file.</summary>
    /// <param name="path">The file; its folder is made where it is missing, an older file is replaced.</param>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    /// <exception cref="UnusableDataException">The file cannot be written.</exception>
    public void Write(string path) => ImageFile.WritePng(path, Render());

    private List<(string Header, Func<Row, RgbImage?> Picture)> Columns()
    {
        var columns = new List<(string, Func<Row, RgbImage?>)> { ("image", r => r.Image) };
        if (_rows.Exists(r => r.Truth != null))
            columns.Add(("truth", r => r.Truth == null ? null : MaskRenderer.Colorize(r.Truth, _classes)));
        var isCompared = _rows.Exists(r => r.Earlier != null);
        if (isCompared)
            columns.Add(("before", r => r.Earlier == null ? null : MaskRenderer.Colorize(r.Earlier, _classes)));
        if (_rows.Exists(r => r.Prediction != null))
        {
            columns.Add(
                (isCompared ? "after" : "prediction", r => r.Prediction == null ? null : MaskRenderer.Colorize(r.Prediction, _classes)));
        }
        if (columns.Count > 1)
        {
            columns.Add(("overlay", r => (r.Prediction ?? r.Truth) is { } labels
                ? MaskRenderer.Overlay(r.Image, labels, _classes)
                : null));
        }
        return columns;
    }

    private int HeightOf(Row row) => Math.Max(1, (int)Math.Round((double)row.Image.Height * TileWidth / row.Image.Width));

    private void DrawTile(SKCanvas canvas, RgbImage picture, int x, int y, int height)
    {
        using var bitmap = Skia.ToBitmap(picture);
        using var image = SKImage.FromBitmap(bitmap);
        var sampling = TileWidth < picture.Width
            ? new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear)
            : new SKSamplingOptions(SKCubicResampler.Mitchell);
        canvas.DrawImage(image, new SKRect(x, y, x + TileWidth, y + height), sampling);
    }

    private static void DrawLegendEntry(SKCanvas canvas, (string Name, Rgb Color) entry, float x, float y)
    {
        var (r, g, b) = entry.Color;
        using var fill = new SKPaint { Color = new SKColor(r, g, b), IsAntialias = true };
        using var line = new SKPaint { Color = Outline, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = 1 };
        var box = new SKRect(x + 0.5f, y + 4.5f, x + Swatch + 0.5f, y + Swatch + 4.5f);
        canvas.DrawRoundRect(box, 3, 3, fill);
        canvas.DrawRoundRect(box, 3, 3, line);
        PictureText.Draw(canvas, entry.Name, x + Swatch + 7, y + 16, TextSize, Text);
    }

    private List<(string Name, Rgb Color)> Legend()
    {
        var occurring = new bool[256];
        foreach (var map in _rows.SelectMany(r => new[] { r.Truth, r.Prediction, r.Earlier }))
        {
            if (map == null)
                continue;
            foreach (var label in map.Indices)
                occurring[label] = true;
        }
        var entries = new List<(string, Rgb)>();
        for (var label = 0; label < _classes.Count; label++)
        {
            if (_classes.Count <= WholeLegend || occurring[label])
                entries.Add((_classes[label].Name, _classes[label].Color));
        }
        if (occurring.AsSpan(_classes.Count).Contains(true))
            entries.Add(("void", _classes.VoidColor));
        return entries;
    }

    private static List<List<((string Name, Rgb Color) Entry, float X)>> LayOut(List<(string Name, Rgb Color)> entries, int width)
    {
        var lines = new List<List<((string, Rgb), float)>> { new() };
        var x = 0f;
        foreach (var entry in entries)
        {
            var needed = Swatch + 7 + PictureText.Measure(entry.Name, TextSize);
            if (x > 0 && x + needed > width)
            {
                lines.Add([]);
                x = 0;
            }
            lines[^1].Add((entry, x));
            x += needed + 20;
        }
        return lines;
    }

    private sealed record Row(string Caption, RgbImage Image, LabelMap? Truth, LabelMap? Prediction, LabelMap? Earlier);
}
