using System;
using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Recipes;
using static TorchSharp.torch;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// One pass of a network over an image: at one scale, mirrored or not, whole or in windows. Tells probabilities by rows of the
/// image from top to bottom, and keeps of the scaled image's rows only those that are still asked for: however tall the image is, a
/// row of windows is in memory, and not a map of all classes.
/// </summary>
internal sealed class ScaledPass : IDisposable
{
    private readonly Tensor _image;
    private readonly bool _isFlipped;
    private readonly bool _isWhole;
    private readonly WindowBlend _blend;
    private readonly Func<Tensor, Tensor> _logits;
    private readonly int[] _tops;
    private readonly int[] _lefts;
    private readonly Extent _window;

    // Row of windows to come; rows that are finished, from _first on; of the last row of windows, sums that others still add to.
    private int _next;
    private int _first;
    private Tensor? _finished;
    private Tensor? _open;
    private Tensor? _openWeights;

    /// <summary>Begins a pass; nothing is computed before rows are asked for.</summary>
    /// <param name="image">The scaled image <c>[1, C, h, w]</c>; the caller keeps it.</param>
    /// <param name="isFlipped">Whether the network sees it mirrored; what it says is mirrored back.</param>
    /// <param name="options">Windows, overlap, blend.</param>
    /// <param name="logits">The network: scores <c>[1, classes, h, w]</c> of an image.</param>
    public ScaledPass(Tensor image, bool isFlipped, PredictionOptions options, Func<Tensor, Tensor> logits)
    {
        var (rows, columns) = ((int)image.shape[2], (int)image.shape[3]);
        _image = image;
        _isFlipped = isFlipped;
        _blend = options.Blend;
        _logits = logits;
        var whole = new Extent(rows, columns);
        var window = options.Window ?? whole;
        _window = (Math.Min(window.Height, rows), Math.Min(window.Width, columns));
        _isWhole = _window == whole;
        _tops = [.. Windows.Starts(rows, _window.Height, options.Overlap)];
        _lefts = [.. Windows.Starts(columns, _window.Width, options.Overlap)];
    }

    private int Rows => (int)_image.shape[2];

    private int Columns => (int)_image.shape[3];

    /// <summary>Probabilities of rows of the unscaled image, never above those of a call before.</summary>
    /// <param name="from">The first row.</param>
    /// <param name="to">The row after the last.</param>
    /// <param name="height">All rows of the unscaled image.</param>
    /// <param name="width">Its columns.</param>
    /// <returns>A new tensor <c>[1, classes, to - from, width]</c>.</returns>
    public Tensor Band(int from, int to, int height, int width)
    {
        using var scope = NewDisposeScope();
        // Bilinear with half-pixel centres, as Layers.Resize: row y lies at (y + 1/2) h / height - 1/2.
        var places = Enumerable.Range(from, to - from).Select(y => Rows == height ? y : Math.Max(0, (y + 0.5) * Rows / height - 0.5))
            .ToArray();
        var (low, high) = ((int)places[0], Math.Min(Rows, (int)places[^1] + 2));
        Finish(low, high);
        var known = _finished!.narrow(2, low - _first, high - low);
        if (Rows != height)
        {
            using var above = tensor(places.Select(p => (long)p - low).ToArray(), device: _image.device);
            using var below = tensor(places.Select(p => (long)Math.Min(p + 1, Rows - 1) - low).ToArray(), device: _image.device);
            using var share = tensor(places.Select(p => (float)(p - Math.Floor(p))).ToArray(), [1, 1, to - from, 1], device: _image.device);
            known = known.index_select(2, above).lerp(known.index_select(2, below), share);
        }
        else
        {
            known = known.narrow(2, 0, to - from);
        }
        if (Columns != width)
            known = nn.functional.interpolate(known, [to - from, width], mode: InterpolationMode.Bilinear, align_corners: false);
        // Scores are enlarged before they become probabilities, as in the paper; those of windows are put together first.
        return (_isWhole ? known.softmax(1) : known.clone()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _finished?.Dispose();
        _open?.Dispose();
        _openWeights?.Dispose();
    }

    /// <summary>
    /// Computes rows of windows until the scaled image's rows up to <paramref name="to"/> are finished; forgets those above
    /// <paramref name="from"/>.
    /// </summary>
    private void Finish(int from, int to)
    {
        while (_finished is null || _first + _finished.shape[2] < to)
        {
            using var scope = NewDisposeScope();
            var rows = _isWhole ? Whole() : WindowRow();
            if (_finished is { } before)
                rows = cat([before, rows], 2);
            Keep(ref _finished, rows);
        }
        if (from > _first)
        {
            Keep(ref _finished, _finished.narrow(2, from - _first, _finished.shape[2] - (from - _first)).clone());
            _first = from;
        }
    }

    private Tensor Whole() => Seen(_image);

    /// <summary>Runs the next row of windows. What no later row reaches is finished.</summary>
    private Tensor WindowRow()
    {
        var top = _tops[_next++];
        var height = _window.Height;
        Tensor? sum = null;
        using var weights = Weights(height, _window.Width);
        var total = zeros(1, 1, height, Columns, device: _image.device);
        foreach (var left in _lefts)
        {
            using var step = NewDisposeScope();
            var found = Seen(_image.narrow(2, top, height).narrow(3, left, _window.Width)).softmax(1);
            sum ??= zeros(1, found.shape[1], height, Columns, device: _image.device).MoveToOuterDisposeScope();
            sum.narrow(3, left, _window.Width).add_(found.mul_(weights), TensorArithmetic.One);
            total.narrow(3, left, _window.Width).add_(weights, TensorArithmetic.One);
        }
        if (_open is not null)
        {
            var shared = _open.shape[2];
            sum!.narrow(2, 0, shared).add_(_open, TensorArithmetic.One);
            total.narrow(2, 0, shared).add_(_openWeights!, TensorArithmetic.One);
        }
        var done = _next < _tops.Length ? _tops[_next] - top : height;
        Keep(ref _open, sum!.narrow(2, done, height - done).clone());
        Keep(ref _openWeights, total.narrow(2, done, height - done).clone());
        return sum.narrow(2, 0, done).div(total.narrow(2, 0, done));
    }

    /// <summary>The weight of each pixel of a window, <c>[1, 1, height, width]</c>.</summary>
    private Tensor Weights(int height, int width)
    {
        using var rows = tensor(Windows.Weights(height, _blend), device: _image.device);
        using var columns = tensor(Windows.Weights(width, _blend), device: _image.device);
        using var product = rows.unsqueeze(1) * columns.unsqueeze(0);
        return product.view(1, 1, height, width).alias();
    }

    private Tensor Seen(Tensor image)
    {
        if (!_isFlipped)
            return _logits(image);
        using var mirrored = image.flip(3);
        using var found = _logits(mirrored);
        return found.flip(3);
    }

    private static void Keep(ref Tensor? kept, Tensor value)
    {
        kept?.Dispose();
        kept = value.DetachFromDisposeScope();
    }
}
