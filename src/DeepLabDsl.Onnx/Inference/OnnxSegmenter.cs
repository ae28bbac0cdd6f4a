using System;
using System.Linq;
using System.Numerics.Tensors;
using System.Threading.Tasks;
using DeepLabDsl.Crf;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;
using DeepLabDsl.Rendering;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace DeepLabDsl.Onnx;

/// <summary>
/// Segments images of any size by a model that <c>export</c> wrote: classes, normalisation and all else are in the file. Needs no
/// libtorch. May be used by several threads at once.
/// </summary>
/// <example>
/// <code>
/// using var segmenter = new OnnxSegmenter("streets.onnx");
/// var image = ImageFile.ReadRgb("street.jpg");
/// ImageFile.WritePng("street.png", segmenter.Overlay(image));
/// </code>
/// </example>
public sealed class OnnxSegmenter : IDisposable
{
    private readonly OnnxRun _run;
    private readonly string _path;
    private readonly string _output;
    private readonly bool _takesPictures;
    private readonly (int Height, int Width)? _fixedSize;

    /// <summary>Loads a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Scales, flip, windows; null: as the network's spec has its images predicted.</param>
    /// <param name="threads">Threads of one operation; null: one a core.</param>
    /// <exception cref="OnnxModelException">The file is missing, no model, another program's, or not one for single images.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public OnnxSegmenter(string path, PredictionOptions? options = null, int? threads = null)
        : this(path, info => options ?? info.Evaluation, threads)
    {
    }

    /// <summary>Loads a model whose options depend on what it says of itself.</summary>
    internal OnnxSegmenter(string path, Func<OnnxModelInfo, PredictionOptions> options, int? threads)
        : this(path, OnnxRun.Load(path, threads), options)
    {
    }

    /// <summary>Takes a model that was exported just now, in no file.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Scales, flip, windows; null: as the network's spec has its images predicted.</param>
    /// <param name="threads">Threads of one operation; null: one a core.</param>
    public OnnxSegmenter(OnnxModel model, PredictionOptions? options = null, int? threads = null)
        : this("the exported model", OnnxRun.Load(model, threads), info => options ?? info.Evaluation)
    {
    }

    private OnnxSegmenter(string path, OnnxRun run, Func<OnnxModelInfo, PredictionOptions> options)
    {
        (_path, _run) = (path, run);
        try
        {
            Info = OnnxModelInfo.From(_run.Metadata)
                ?? throw new OnnxModelException($"{path}: says nothing of its classes: it is no model that 'deeplabdsl export' wrote");
            Options = options(Info);
            Options.Validate();
            _output = Info.Result switch
            {
                OnnxResult.Logits => OnnxExporter.LogitsName,
                OnnxResult.Labels => "labels",
                _ => "probabilities",
            };
            if (!_run.Outputs.Contains(_output))
                throw new OnnxModelException($"{path}: has no output '{_output}'; export the network with its logits");
            _takesPictures = _run.InputType == TensorElementType.UInt8;
            var shape = _run.InputShape;
            if (shape[0] is > 1 and var images)
                throw new OnnxModelException($"{path}: takes {images} images at once; export it for any number of them, or for one");
            var (height, width) = _takesPictures ? (shape[1], shape[2]) : (shape[2], shape[3]);
            if ((height > 0) != (width > 0))
                throw new OnnxModelException($"{path}: has one side of a fixed length; export it for any size, or for one");
            _fixedSize = height > 0 ? (height, width) : null;
            if (Info.Result == OnnxResult.Labels && !IsPlain(Options))
            {
                throw new OnnxModelException(
                    $"{path}: gives labels, which can't be averaged over scales, flips and windows; export probabilities or logits, or "
                        + "predict at scale 1 alone");
            }
        }
        catch
        {
            _run.Dispose();
            throw;
        }
    }

    /// <summary>What the model says of itself.</summary>
    public OnnxModelInfo Info { get; }

    /// <summary>The classes with their colours.</summary>
    public ClassSet Classes => Info.Classes;

    /// <summary>How images are predicted.</summary>
    public PredictionOptions Options { get; }

    /// <summary>The channels of the images that it takes.</summary>
    public int Channels => Info.Normalizer.Channels;

    /// <summary>The most likely class of every pixel.</summary>
    /// <param name="image">The image.</param>
    /// <returns>A map of the image's size.</returns>
    /// <exception cref="OnnxModelException">The model takes other channels, or no image of that size.</exception>
    public LabelMap Predict(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Predict(Source.Of(this, image));
    }

    /// <summary>The most likely class of every pixel of an image of any number of channels.</summary>
    /// <inheritdoc cref="Predict(RgbImage)"/>
    public LabelMap Predict(ChannelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Predict(Source.Of(this, image));
    }

    /// <summary>The probability of each class at every pixel, averaged over windows, scales and flips.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="OnnxModelException">The model gives labels alone, takes other channels, or no image of that size.</exception>
    public ClassProbabilities PredictProbabilities(RgbImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Probabilities(Source.Of(this, image));
    }

    /// <inheritdoc cref="PredictProbabilities(RgbImage)"/>
    public ClassProbabilities PredictProbabilities(ChannelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Probabilities(Source.Of(this, image));
    }

    /// <summary>The classes of an image drawn over it.</summary>
    /// <param name="image">The image.</param>
    /// <inheritdoc cref="Predict(RgbImage)"/>
    public RgbImage Overlay(RgbImage image) => MaskRenderer.Overlay(image, Predict(image), Classes);

    /// <summary>The most likely class of every pixel after a dense CRF on what the model gives.</summary>
    /// <param name="image">The image.</param>
    /// <param name="crf">The CRF; null: the spec's, or else the papers'.</param>
    /// <inheritdoc cref="PredictProbabilities(RgbImage)"/>
    public LabelMap PredictRefined(RgbImage image, CrfOptions? crf = null)
    {
        var found = PredictProbabilities(image);
        using var field = new DenseCrf(crf ?? (Info.Crf ?? new CrfRecipe()).ToOptions());
        return field.Infer(image, UnaryCosts.Of(found.Values), found.Classes).Map;
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    private static bool IsPlain(PredictionOptions options) => options is { Scales: [1.0], Flip: false, Window: null };

    private LabelMap Predict(Source source)
    {
        if (Options is not { Scales: [1.0], Flip: false })
            return Probabilities(source).MostLikely();
        var window = WindowFor(source);
        if (window != (source.Height, source.Width))
            return PredictInWindows(source, window);
        // A single pass over the whole image needs no probabilities: the largest score has the largest one.
        if (Info.Result == OnnxResult.Labels)
            return new LabelMap(source.Width, source.Height, source.Run<byte>(_output).Values);
        return new LabelMap(
            source.Width, source.Height, ClassProbabilities.Largest(Scores(source), Classes.Count, source.Width * source.Height));
    }

    private LabelMap PredictInWindows(Source source, (int Height, int Width) window)
    {
        if (Info.Result == OnnxResult.Labels)
            throw new OnnxModelException($"{_path}: gives labels, which can't be put together from windows; export probabilities or "
                + "logits");
        var labels = new LabelMap(source.Width, source.Height);
        var plane = window.Height * source.Width;
        InWindows(source, window, isFlipped: false, (top, rows, found) =>
            ClassProbabilities.Largest(found, Classes.Count, plane).AsSpan(0, rows * source.Width)
                .CopyTo(labels.Indices.AsSpan(top * source.Width)));
        return labels;
    }

    /// <summary>The windows that an image is seen in, or its own size where it is seen whole.</summary>
    private (int Height, int Width) WindowFor(Source image)
    {
        if (_fixedSize is { } size && (image.Height < size.Height || image.Width < size.Width))
        {
            throw new OnnxModelException(
                $"{_path}: takes {size.Height}x{size.Width} pixels (height x width), and the image has {image.Height}x{image.Width} here; "
                + "export it for any size, or with pictures that it resizes itself");
        }
        var wanted = _fixedSize ?? Options.Window ?? (image.Height, image.Width);
        return (Math.Min(wanted.Height, image.Height), Math.Min(wanted.Width, image.Width));
    }

    private ClassProbabilities Probabilities(Source source)
    {
        if (Info.Result == OnnxResult.Labels)
            throw new OnnxModelException($"{_path}: gives labels and no probabilities; export probabilities or logits");
        var (height, width) = (source.Height, source.Width);
        float[]? sum = null;
        foreach (var scale in Options.Scales)
        {
            var scaled = scale == 1 ? source : source.Resize((int)Math.Floor(height * scale), (int)Math.Floor(width * scale));
            foreach (var isFlipped in Options.Flip ? new[] { false, true } : [false])
            {
                var found = Pass(scaled, isFlipped, height, width);
                if (sum is null)
                    sum = found;
                else
                    Planes.AddTo(sum, found);
            }
        }
        Planes.Normalize(sum!, Classes.Count, height * width);
        return new ClassProbabilities(Classes.Count, width, height, sum!);
    }

    /// <summary>
    /// Probabilities of one pass at the size of the unscaled image. Scores are enlarged before they become probabilities (DeepLab
    /// v3, section 4.1).
    /// </summary>
    private float[] Pass(Source image, bool isFlipped, int height, int width)
    {
        var window = WindowFor(image);
        var isWhole = window == (image.Height, image.Width);
        var found = isWhole ? Scores(image, isFlipped) : InWindows(image, window, isFlipped);
        if ((image.Height, image.Width) != (height, width))
            found = Planes.Resize(found, Classes.Count, image.Height, image.Width, height, width);
        if (isWhole && Info.Result == OnnxResult.Logits)
            Planes.Softmax(found, Classes.Count, height * width);
        return found;
    }

    private float[] InWindows(Source image, (int Height, int Width) window, bool isFlipped)
    {
        var (height, width) = (image.Height, image.Width);
        var all = new float[(long)Classes.Count * height * width];
        InWindows(image, window, isFlipped, (top, rows, found) =>
        {
            for (var c = 0; c < Classes.Count; c++)
                found.AsSpan(c * window.Height * width, rows * width).CopyTo(all.AsSpan((c * height + top) * width));
        });
        return all;
    }

    /// <summary>
    /// Runs windows row by row from the top. What no later row of windows reaches is told at once: of the probabilities of all classes, a
    /// row of windows is in memory and not the whole map.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="window">Height and width of a window.</param>
    /// <param name="isFlipped">Whether the model sees each window mirrored.</param>
    /// <param name="take">
    /// Takes finished rows: the first of the image, how many, and their probabilities, <c>[classes, window.Height, width]</c>, of which
    /// they are
    /// the first rows.
    /// </param>
    private void InWindows(Source image, (int Height, int Width) window, bool isFlipped, Action<int, int, float[]> take)
    {
        var (width, classes) = (image.Width, Classes.Count);
        var (down, across) = (Windows.Weights(window.Height, Options.Blend), Windows.Weights(window.Width, Options.Blend));
        var tops = Windows.Starts(image.Height, window.Height, Options.Overlap);
        var plane = window.Height * width;
        var sum = new float[(long)classes * plane];
        var total = new float[plane];
        for (var t = 0; t < tops.Count; t++)
        {
            foreach (var left in Windows.Starts(width, window.Width, Options.Overlap))
            {
                var found = Scores(image.Crop(tops[t], left, window.Height, window.Width), isFlipped);
                if (Info.Result == OnnxResult.Logits)
                    Planes.Softmax(found, classes, window.Height * window.Width);
                for (var y = 0; y < window.Height; y++)
                {
                    for (var x = 0; x < window.Width; x++)
                        total[y * width + left + x] += down[y] * across[x];
                }
                Parallel.For(0, classes, c =>
                {
                    for (var y = 0; y < window.Height; y++)
                    {
                        var seen = found.AsSpan((c * window.Height + y) * window.Width, window.Width);
                        var target = sum.AsSpan(c * plane + y * width + left, window.Width);
                        for (var x = 0; x < seen.Length; x++)
                            target[x] += seen[x] * down[y] * across[x];
                    }
                });
            }
            var rows = t + 1 < tops.Count ? tops[t + 1] - tops[t] : window.Height;
            var done = rows * width;
            for (var c = 0; c < classes; c++)
                TensorPrimitives.Divide(sum.AsSpan(c * plane, done), total.AsSpan(0, done), sum.AsSpan(c * plane, done));
            take(tops[t], rows, sum);
            for (var c = 0; c < classes; c++)
                Shift(sum.AsSpan(c * plane, plane), done);
            Shift(total, done);
        }

        static void Shift(Span<float> values, int by)
        {
            values[by..].CopyTo(values);
            values[^by..].Clear();
        }
    }

    private float[] Scores(Source image, bool isFlipped = false)
    {
        var seen = isFlipped ? image.Mirror() : image;
        var value = seen.Run<float>(_output);
        if (value.Shape[2] != image.Height || value.Shape[3] != image.Width || value.Shape[1] != Classes.Count)
        {
            throw new OnnxModelException(
                $"{_path}: gives {value.Shape[1]} maps of {value.Shape[2]}x{value.Shape[3]} for an image of {image.Height}x{image.Width}; "
                    + $"expected {Classes.Count} of the image's size");
        }
        return isFlipped ? Planes.Mirror(value.Values, image.Width) : value.Values;
    }

    /// <summary>What goes into the model: a picture's bytes, or maps that are normalised.</summary>
    private sealed class Source
    {
        private readonly OnnxSegmenter _owner;
        private readonly byte[]? _bytes;
        private readonly float[]? _maps;

        private Source(OnnxSegmenter owner, int height, int width, byte[]? bytes, float[]? maps) =>
            (_owner, Height, Width, _bytes, _maps) = (owner, height, width, bytes, maps);

        public int Height { get; }

        public int Width { get; }

        private int Channels => _owner.Channels;

        public static Source Of(OnnxSegmenter owner, RgbImage image)
        {
            Require(owner, 3);
            return owner._takesPictures
                ? new Source(owner, image.Height, image.Width, image.Pixels, null)
                : new Source(owner, image.Height, image.Width, null, owner.Info.Normalizer.Normalize(image));
        }

        public static Source Of(OnnxSegmenter owner, ChannelImage image)
        {
            Require(owner, image.Channels);
            if (!owner._takesPictures)
                return new Source(owner, image.Height, image.Width, null, owner.Info.Normalizer.Normalize(image));
            var (size, channels) = (image.Height * image.Width, image.Channels);
            var bytes = new byte[size * channels];
            for (var c = 0; c < channels; c++)
            {
                for (var i = 0; i < size; i++)
                    bytes[i * channels + c] = ToByte(image.Planes[c * size + i] * 255);
            }
            return new Source(owner, image.Height, image.Width, bytes, null);
        }

        public OnnxValue<T> Run<T>(string output)
            where T : unmanaged => _bytes is not null
            ? _owner._run.Run<byte, T>(_bytes, [1, Height, Width, Channels], [output])[0]
            : _owner._run.Run<float, T>(_maps, [1, Channels, Height, Width], [output])[0];

        public Source Resize(int height, int width)
        {
            if (height < 1 || width < 1)
                throw new OnnxModelException(
                    $"{_owner._path}: an image of {Height}x{Width} pixels (height x width) is too small for its scales");
            if (_maps is not null)
                return new Source(_owner, height, width, null, Planes.Resize(_maps, Channels, Height, Width, height, width));
            var planes = new float[_bytes!.Length];
            var size = Height * Width;
            for (var i = 0; i < planes.Length; i++)
                planes[i % Channels * size + i / Channels] = _bytes[i];
            planes = Planes.Resize(planes, Channels, Height, Width, height, width);
            var bytes = new byte[planes.Length];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = ToByte(planes[i % Channels * (height * width) + i / Channels]);
            return new Source(_owner, height, width, bytes, null);
        }

        public Source Mirror() => new(
            _owner, Height, Width, _bytes is null ? null : Planes.Mirror(_bytes, Width, Channels),
            _maps is null ? null : Planes.Mirror(_maps, Width));

        public Source Crop(int top, int left, int height, int width)
        {
            return new Source(_owner, height, width, _bytes is null ? null : Cut(_bytes, 1, Channels), _maps is null ? null
                : Cut(_maps, Channels, 1));

            T[] Cut<T>(T[] values, int planes, int pixelSize)
            {
                var part = new T[planes * height * width * pixelSize];
                for (var row = 0; row < planes * height; row++)
                {
                    var (plane, y) = (row / height, row % height);
                    values.AsSpan(((plane * Height + top + y) * Width + left) * pixelSize, width * pixelSize).CopyTo(
                        part.AsSpan(row * width * pixelSize));
                }
                return part;
            }
        }

        private static void Require(OnnxSegmenter owner, int channels)
        {
            if (channels != owner.Channels)
                throw new OnnxModelException($"{owner._path}: takes images of {owner.Channels} channels, and the image has {channels}");
        }

        private static byte ToByte(float value) => (byte)Math.Clamp(MathF.Round(value), 0, 255);
    }
}
