using System;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// How much of the colours of pictures their labels explain: 0 nothing, 1 all. Labels that lie turned on their pictures explain
/// less.
/// </summary>
/// <param name="classes">The number of classes.</param>
internal sealed class ColorFit(int classes)
{
    private const int SamplesOfImage = 1 << 16;

    private readonly double[] _pixels = new double[classes];
    private readonly double[] _sums = new double[classes * 3];
    private double _squares;

    /// <summary>The number of pixels counted.</summary>
    public double Pixels
    {
        get
        {
            var all = 0.0;
            foreach (var pixels in _pixels)
                all += pixels;
            return all;
        }
    }

    /// <summary>The variance between the classes of the whole variance, over red, green and blue (Fisher's correlation ratio).</summary>
    public double Share
    {
        get
        {
            double between = 0, mean = 0, all = Pixels;
            for (var channel = 0; channel < 3; channel++)
            {
                var sum = 0.0;
                for (var c = 0; c < classes; c++)
                {
                    if (_pixels[c] == 0)
                        continue;
                    sum += _sums[3 * c + channel];
                    between += _sums[3 * c + channel] * _sums[3 * c + channel] / _pixels[c];
                }
                mean += sum * sum / Math.Max(1, all);
            }
            return _squares > mean ? (between - mean) / (_squares - mean) : 0;
        }
    }

    /// <summary>Counts pixels of a picture, spread over all of it; void does not count.</summary>
    public void Add(RgbImage picture, LabelMap labels)
    {
        var step = Math.Max(1, labels.Indices.Length / SamplesOfImage);
        for (var i = 0; i < labels.Indices.Length; i += step)
        {
            var label = labels.Indices[i];
            if (label >= classes)
                continue;
            _pixels[label]++;
            for (var channel = 0; channel < 3; channel++)
            {
                double value = picture.Pixels[3 * i + channel];
                _sums[3 * label + channel] += value;
                _squares += value * value;
            }
        }
    }

    /// <summary>Adds what another has counted, each pixel as a part of one.</summary>
    public void Add(ColorFit other, double weight = 1)
    {
        for (var i = 0; i < _pixels.Length; i++)
            _pixels[i] += weight * other._pixels[i];
        for (var i = 0; i < _sums.Length; i++)
            _sums[i] += weight * other._sums[i];
        _squares += weight * other._squares;
    }
}
