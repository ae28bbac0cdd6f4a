using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using DeepLabDsl.Crf;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;

namespace DeepLabDsl;

/// <summary>
/// A trained network, ready to segment images of any size: the run of a training, a file of weights, or an ONNX model.
/// </summary>
/// <remarks>
/// May be used by several threads at once. <see cref="SegmenterOptions.MaxConcurrency"/> images are decoded and segmented at a time and
/// the others wait without taking memory, so that one segmenter serves all requests of a web service. The numbers are those of the
/// command <c>predict</c>, to the bit.
/// </remarks>
/// <example>
/// <code>
/// using var segmenter = Segmenter.Load("runs/fields");
/// Segmentation result = segmenter.Segment("photo.jpg");
/// result.SaveOverlay("overlay.png");
/// </code>
/// </example>
public sealed class Segmenter : IDisposable
{
    // An image that came without a name.
    private const string Unnamed = "the image";

    private readonly ISegmenterEngine _engine;
    private readonly CrfOptions? _crf;
    private readonly SemaphoreSlim _gate;
    private int _isDisposed;

    internal Segmenter(ISegmenterEngine engine, SegmenterOptions options)
    {
        _engine = engine;
        Options = options;
        _crf = options.HasCrf
            ? (options.Crf ?? engine.Crf ?? new CrfRecipe()).ToOptions() with { Threads = options.Threads }
            : null;
        _gate = new SemaphoreSlim(options.MaxConcurrency);
    }

    /// <summary>Loads a trained network.</summary>
    /// <param name="path">
    /// The folder of a run (its best weights are taken), a file of weights that says which network of the zoo it is of, as trainings
    /// write it, or an <c>.onnx</c> file that <c>export</c> wrote. For a network of a project of one's own, or weights of others, the
    /// package DeepLabDsl has overloads that take the network.
    /// </param>
    /// <param name="options">How it works; null: as the network's spec says.</param>
    /// <exception cref="DeepLabDslException">There is nothing there that can be loaded; the message names the file.</exception>
    /// <exception cref="SetupException">The package that runs it, or the device, is not there.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static Segmenter Load(string path, SegmenterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new SegmenterOptions();
        options.Validate();
        return new Segmenter(SegmenterEngines.Open(path, options), options);
    }

    /// <summary>The network's name.</summary>
    public string Network => _engine.Network;

    /// <summary>The classes with their colours, in the order of their indices.</summary>
    public ClassSet Classes => _engine.Classes;

    /// <summary>How it works.</summary>
    public SegmenterOptions Options { get; }

    /// <summary>What there is to say of the weights, such as tensors that were left over in their file: a line each.</summary>
    public IReadOnlyList<string> Notes => _engine.Notes;

    /// <summary>Segments an image file.</summary>
    /// <param name="path">
    /// JPEG, PNG, WebP, BMP, GIF or TIFF; for a network of other than three channels also a NumPy array. It is turned as its EXIF
    /// orientation says.
    /// </param>
    /// <param name="cancellationToken">Gives up while it waits, or before the network runs; one that runs is not interrupted.</param>
    /// <exception cref="DeepLabDslException">The image can't be read, or the network can't take it; the message names the file.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The segmenter was disposed.</exception>
    public Segmentation Segment(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Work(() => Read(path), cancellationToken);
    }

    /// <summary>Segments the image of a stream.</summary>
    /// <param name="stream">
    /// The bytes of an image file, from where the stream stands to its end. It stays open. No more than
    /// <see cref="SegmenterOptions.MaxStreamBytes"/> are read, and no image of more than <see cref="SegmenterOptions.MaxStreamPixels"/> is
    /// decoded.
    /// </param>
    /// <param name="cancellationToken">Gives up while it waits, or before the network runs; one that runs is not interrupted.</param>
    /// <inheritdoc cref="Segment(string, CancellationToken)"/>
    public Segmentation Segment(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var bytes = BoundedStream.Read(stream, Options.MaxStreamBytes, Unnamed, cancellationToken);
        return Work(() => Read(bytes), cancellationToken);
    }

    /// <summary>Segments raw pixels.</summary>
    /// <param name="image">The pixels; see <see cref="RgbImage.FromPixels"/> for those of other libraries.</param>
    /// <param name="cancellationToken">Gives up while it waits, or before the network runs; one that runs is not interrupted.</param>
    /// <inheritdoc cref="Segment(string, CancellationToken)"/>
    public Segmentation Segment(RgbImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Work(() => new SegmenterImage(Unnamed, image, null), cancellationToken);
    }

    /// <summary>Segments an image of any number of channels.</summary>
    /// <param name="image">The channels, on the scale 0 to 1, as many as the network takes.</param>
    /// <param name="cancellationToken">Gives up while it waits, or before the network runs; one that runs is not interrupted.</param>
    /// <inheritdoc cref="Segment(string, CancellationToken)"/>
    public Segmentation Segment(ChannelImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Work(() => Show(image), cancellationToken);
    }

    /// <inheritdoc cref="Segment(string, CancellationToken)"/>
    public Task<Segmentation> SegmentAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return WorkAsync(() => Read(path), cancellationToken);
    }

    /// <inheritdoc cref="Segment(Stream, CancellationToken)"/>
    public Task<Segmentation> SegmentAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return ReadAndWorkAsync();

        // Compressed bytes are small beside what they become: they are taken while others are in work, and a slow sender keeps nobody
        // waiting.
        async Task<Segmentation> ReadAndWorkAsync()
        {
            var bytes = await BoundedStream.ReadAsync(stream, Options.MaxStreamBytes, Unnamed, cancellationToken).ConfigureAwait(false);
            return await WorkAsync(() => Read(bytes), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="Segment(RgbImage, CancellationToken)"/>
    public Task<Segmentation> SegmentAsync(RgbImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return WorkAsync(() => new SegmenterImage(Unnamed, image, null), cancellationToken);
    }

    /// <inheritdoc cref="Segment(ChannelImage, CancellationToken)"/>
    public Task<Segmentation> SegmentAsync(ChannelImage image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return WorkAsync(() => Show(image), cancellationToken);
    }

    /// <summary>Segments many image files in their order, one after another; the next is read while one is in the network.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="progress">Is told after each image.</param>
    /// <param name="onError">
    /// Is told of an image that can't be segmented, with its path, and the next one follows. Null: the error is thrown, and ends the
    /// sequence.
    /// </param>
    /// <param name="cancellationToken">Ends the sequence before the next image.</param>
    /// <returns>The results, each computed when it is asked for.</returns>
    /// <inheritdoc cref="Segment(string, CancellationToken)" path="/exception"/>
    public IEnumerable<Segmentation> SegmentAll(
        IEnumerable<string> paths, IProgress<ImageProgress>? progress = null, Action<string, DeepLabDslException>? onError = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Results();

        IEnumerable<Segmentation> Results()
        {
            var list = new PathList(paths, Read);
            while (list.MoveNext())
            {
                Segmentation? result = null;
                try
                {
                    result = Work(list.Current.GetAwaiter().GetResult, cancellationToken);
                }
                catch (DeepLabDslException error) when (onError is not null)
                {
                    onError(list.Path, error);
                }
                progress?.Report(list.Progress);
                if (result is not null)
                    yield return result;
            }
        }
    }

    /// <inheritdoc cref="SegmentAll"/>
    public IAsyncEnumerable<Segmentation> SegmentAllAsync(
        IEnumerable<string> paths, IProgress<ImageProgress>? progress = null, Action<string, DeepLabDslException>? onError = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Results(cancellationToken);

        async IAsyncEnumerable<Segmentation> Results([EnumeratorCancellation] CancellationToken cancelled = default)
        {
            var list = new PathList(paths, Read);
            while (list.MoveNext())
            {
                Segmentation? result = null;
                try
                {
                    var image = await list.Current.ConfigureAwait(false);
                    result = await WorkAsync(() => image, cancelled).ConfigureAwait(false);
                }
                catch (DeepLabDslException error) when (onError is not null)
                {
                    onError(list.Path, error);
                }
                progress?.Report(list.Progress);
                if (result is not null)
                    yield return result;
            }
        }
    }

    /// <summary>Waits for the images that are in work, and lets go of the network. Whoever waits for a turn gets an exception.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        for (var i = 0; i < Options.MaxConcurrency; i++)
            _gate.Wait();
        _engine.Dispose();
        // Who comes later goes through and is told.
        _gate.Release(Options.MaxConcurrency);
    }

    private Segmentation Work(Func<SegmenterImage> read, CancellationToken cancellationToken)
    {
        _gate.Wait(cancellationToken);
        try
        {
            return Run(read, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<Segmentation> WorkAsync(Func<SegmenterImage> read, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Run(read, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    private Segmentation Run(Func<SegmenterImage> read, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        cancellationToken.ThrowIfCancellationRequested();
        var image = read();
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            var (labels, probabilities) = _engine.Run(image, Options.KeepProbabilities, _crf);
            return new Segmentation(image, Classes, labels, probabilities);
        }
        catch (UnusableDataException error) when (!error.Message.Contains(image.Name, StringComparison.Ordinal))
        {
            throw new UnusableDataException($"{image.Name}: {error.Message}", error);
        }
    }

    private SegmenterImage Read(string path)
    {
        if (_engine.Format is not { } format)
            return new SegmenterImage(path, ImageFile.ReadRgb(path), null);
        var (picture, planes) = ImageFile.ReadChannels([path], format, Wanted(format));
        return new SegmenterImage(path, picture, planes);
    }

    private SegmenterImage Read(byte[] bytes)
    {
        ImageFile.RequirePixels(bytes, Options.MaxStreamPixels, Unnamed);
        if (_engine.Format is not { } format)
            return new SegmenterImage(Unnamed, ImageFile.ReadRgb(bytes, Unnamed), null);
        var (picture, planes) = ImageFile.ReadChannels(bytes, Unnamed, format, Wanted(format));
        return new SegmenterImage(Unnamed, picture, planes);
    }

    private SegmenterImage Show(ChannelImage image)
    {
        var format = _engine.Format;
        if (format is null || format.Count != image.Channels)
        {
            throw new UnusableDataException(
                $"{Unnamed}: has {image.Channels} channels, and {Network} takes {format?.Count ?? 3}"
                + (format is null ? " of 8 bits: segment an RgbImage." : "."));
        }
        return new SegmenterImage(Unnamed, image.Preview(format.Preview.Red, format.Preview.Green, format.Preview.Blue), image);
    }

    private string Wanted(ChannelFormat format) => $"{Network} takes {format.Count}";

    /// <summary>Files in their order, of which the next is read while one is in work.</summary>
    private sealed class PathList(IEnumerable<string> paths, Func<string, SegmenterImage> read)
    {
        private readonly IReadOnlyList<string> _paths = [.. paths];
        private int _at = -1;
        private Task<SegmenterImage>? _next;

        public string Path => _paths[_at];

        /// <summary>The image in hand.</summary>
        public Task<SegmenterImage> Current { get; private set; } = null!;

        public ImageProgress Progress => new(_at + 1, _paths.Count);

        public bool MoveNext()
        {
            if (++_at >= _paths.Count)
                return false;
            Current = _next ?? Reading(_at);
            _next = _at + 1 < _paths.Count ? Reading(_at + 1) : null;
            return true;
        }

        private Task<SegmenterImage> Reading(int at) => Task.Run(() => read(_paths[at]));
    }
}
