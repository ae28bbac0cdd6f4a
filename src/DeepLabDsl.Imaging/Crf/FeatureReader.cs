using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Crf;

/// <summary>The features of the pixels of one term, read as they are needed: nothing of them is kept.</summary>
internal abstract class FeatureReader
{
    protected FeatureReader(int dimensions)
    {
        Low = new float[dimensions];
        High = new float[dimensions];
    }

    /// <summary>The number of features.</summary>
    public int Dimensions => Low.Length;

    /// <summary>No value of each feature is below.</summary>
    public float[] Low { get; }

    /// <summary>No value of each feature is above.</summary>
    public float[] High { get; }

    /// <summary>Reads pixels side by side: feature f of pixel i to <c>to[f * stride + i]</c>.</summary>
    /// <param name="pixel">Index of the first in the image.</param>
    /// <param name="count">How many.</param>
    /// <param name="to">Takes them.</param>
    /// <param name="stride">The distance of two features of a pixel.</param>
    public abstract void Read(int pixel, int count, Span<float> to, int stride);

    /// <summary>A term's reader for an image.</summary>
    /// <exception cref="ArgumentException">The term needs colours and there are none, or its features are of another size.</exception>
    public static FeatureReader Of(PairwiseTerm term, int width, int height, RgbImage? image) => term switch
    {
        GaussianTerm gaussian => new Spatial(width, height, (float)gaussian.Sigma, null, 1),
        BilateralTerm bilateral => new Spatial(
            width, height, (float)bilateral.SigmaXY,
            image ?? throw new ArgumentException("A bilateral term needs the image."), (float)bilateral.SigmaRgb),
        FeatureTerm features => new Planes(features, width, height),
        _ => throw new ArgumentException($"There is no reader for a {term.Name} term."),
    };

    /// <summary>
    /// (x, y) or (x, y, R, G, B), divided by their sigmas in this order: the lattice is not symmetric in the order of features,
    /// and this one is the published implementations'.
    /// </summary>
    private sealed class Spatial : FeatureReader
    {
        private readonly int _width;
        private readonly float _sigma;
        private readonly byte[]? _pixels;
        private readonly float[] _colors = new float[256];

        public Spatial(int width, int height, float sigma, RgbImage? image, float sigmaRgb)
            : base(image is null ? 2 : 5)
        {
            _width = width;
            _sigma = sigma;
            _pixels = image?.Pixels;
            (High[0], High[1]) = ((width - 1) / sigma, (height - 1) / sigma);
            for (var i = 0; i < 256; i++)
                _colors[i] = i / sigmaRgb;
            High.AsSpan(2).Fill(_colors[255]);
        }

        public override void Read(int pixel, int count, Span<float> to, int stride)
        {
            var (y, x) = Math.DivRem(pixel, _width);
            for (var i = 0; i < count; i++)
                to[i] = (x + i) / _sigma;
            to.Slice(stride, count).Fill(y / _sigma);
            if (_pixels is null)
                return;
            var colors = _pixels.AsSpan(pixel * 3, count * 3);
            for (var i = 0; i < count; i++)
            {
                to[2 * stride + i] = _colors[colors[3 * i]];
                to[3 * stride + i] = _colors[colors[3 * i + 1]];
                to[4 * stride + i] = _colors[colors[3 * i + 2]];
            }
        }
    }

    private sealed class Planes : FeatureReader
    {
        private readonly float[] _features;
        private readonly int _pixels;

        public Planes(FeatureTerm term, int width, int height)
            : base(term.Count)
        {
            _features = term.Features;
            _pixels = width * height;
            if (_features.LongLength != (long)term.Count * _pixels)
            {
                throw new ArgumentException(
                    $"The feature term has {_features.LongLength} values; {term.Count} features of {width}x{height} pixels are "
                    + $"{(long)term.Count * _pixels}.");
            }
            for (var f = 0; f < term.Count; f++)
            {
                var plane = _features.AsSpan(f * _pixels, _pixels);
                (Low[f], High[f]) = (plane[0], plane[0]);
                foreach (var value in plane)
                    (Low[f], High[f]) = (Math.Min(Low[f], value), Math.Max(High[f], value));
            }
        }

        public override void Read(int pixel, int count, Span<float> to, int stride)
        {
            for (var f = 0; f < Dimensions; f++)
                _features.AsSpan(f * _pixels + pixel, count).CopyTo(to[(f * stride)..]);
        }
    }
}
