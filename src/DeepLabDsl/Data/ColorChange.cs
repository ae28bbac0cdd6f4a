using System;
using System.Numerics;
using System.Runtime.InteropServices;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// One change of colours on the scale 0 to 255: gains of the channels (white balance), brightness, contrast about the image's mean
/// grey, then saturation and hue in the plane of colour differences, all of which is one affine map; then a gamma. Values are kept to
/// the scale after either.
/// </summary>
internal readonly struct ColorChange
{
    // ITU-R BT.601, as in most libraries' conversion to grey.
    private const double RedPart = 0.299;
    private const double GreenPart = 0.587;
    private const double BluePart = 0.114;

    // U and V of analogue video: the scales at which a turn of (B - Y, R - Y) is a turn of the hue.
    private const double BlueDifference = 0.492;
    private const double RedDifference = 0.877;

    // How red, green and blue make each of the three, row by row, and the shift, which is that of all.
    private readonly float[] _matrix;
    private readonly float _shift;
    private readonly float _gamma;

    private ColorChange(float[] matrix, float shift, float gamma)
    {
        _matrix = matrix;
        _shift = shift;
        _gamma = gamma;
    }

    /// <summary>Draws a change.</summary>
    /// <param name="jitter">How far colours may change.</param>
    /// <param name="factors">Brightness, contrast and saturation, which were drawn before.</param>
    /// <param name="random">Draws the rest.</param>
    /// <param name="image">Its mean is what contrast leaves as it is.</param>
    public static ColorChange Draw(
        ColorJitter jitter, (double Brightness, double Contrast, double Saturation) factors, SeededRandom random, RgbImage image)
    {
        var turn = 2 * Math.PI * random.NextDouble(-jitter.Hue, jitter.Hue);
        var gamma = Math.Pow(1 + jitter.Gamma, random.NextDouble(-1, 1));
        var red = random.NextDouble(1 - jitter.Tint, 1 + jitter.Tint);
        var green = random.NextDouble(1 - jitter.Tint, 1 + jitter.Tint);
        var blue = random.NextDouble(1 - jitter.Tint, 1 + jitter.Tint);
        var saturation = random.NextBool(jitter.GreyProbability) ? 0 : factors.Saturation;

        var gain = factors.Brightness * factors.Contrast;
        var matrix = new float[9];
        for (var from = 0; from < 3; from++)
        {
            var tint = gain * from switch { 0 => red, 1 => green, _ => blue };
            var (r, g, b) = Turned(from == 0 ? tint : 0, from == 1 ? tint : 0, from == 2 ? tint : 0, saturation, turn);
            (matrix[from], matrix[3 + from], matrix[6 + from]) = ((float)r, (float)g, (float)b);
        }
        // A grey keeps its place whatever the saturation and the hue, so the shift is that of contrast alone.
        var shift = 0.0;
        if (factors.Contrast != 1)
        {
            var mean = Mean(image);
            var grey = RedPart * red * mean.Red + GreenPart * green * mean.Green + BluePart * blue * mean.Blue;
            shift = grey * factors.Brightness * (1 - factors.Contrast);
        }
        return new ColorChange(matrix, (float)shift, (float)gamma);
    }

    /// <summary>Changes pixels where they are.</summary>
    /// <param name="red">Red of each pixel, 0 to 255.</param>
    /// <param name="green">Green, as many.</param>
    /// <param name="blue">Blue, as many.</param>
    public void Apply(Span<float> red, Span<float> green, Span<float> blue)
    {
        var reds = MemoryMarshal.Cast<float, Vector<float>>(red);
        var greens = MemoryMarshal.Cast<float, Vector<float>>(green);
        var blues = MemoryMarshal.Cast<float, Vector<float>>(blue);
        var white = new Vector<float>(255);
        var shift = new Vector<float>(_shift);
        for (var i = 0; i < reds.Length; i++)
        {
            var (r, g, b) = (reds[i], greens[i], blues[i]);
            reds[i] = Vector.Min(Vector.Max(r * _matrix[0] + g * _matrix[1] + b * _matrix[2] + shift, Vector<float>.Zero), white);
            greens[i] = Vector.Min(Vector.Max(r * _matrix[3] + g * _matrix[4] + b * _matrix[5] + shift, Vector<float>.Zero), white);
            blues[i] = Vector.Min(Vector.Max(r * _matrix[6] + g * _matrix[7] + b * _matrix[8] + shift, Vector<float>.Zero), white);
        }
        for (var i = reds.Length * Vector<float>.Count; i < red.Length; i++)
        {
            var (r, g, b) = (red[i], green[i], blue[i]);
            red[i] = Math.Clamp(r * _matrix[0] + g * _matrix[1] + b * _matrix[2] + _shift, 0, 255);
            green[i] = Math.Clamp(r * _matrix[3] + g * _matrix[4] + b * _matrix[5] + _shift, 0, 255);
            blue[i] = Math.Clamp(r * _matrix[6] + g * _matrix[7] + b * _matrix[8] + _shift, 0, 255);
        }
        if (_gamma == 1)
            return;
        Curve(red);
        Curve(green);
        Curve(blue);
    }

    private void Curve(Span<float> values)
    {
        foreach (ref var value in values)
            value = 255 * MathF.Pow(value * (1 / 255f), _gamma);
    }

    /// <summary>A colour whose difference to its grey is scaled and turned.</summary>
    private static (double Red, double Green, double Blue) Turned(double red, double green, double blue, double saturation, double turn)
    {
        var grey = RedPart * red + GreenPart * green + BluePart * blue;
        var u = BlueDifference * (blue - grey) * saturation;
        var v = RedDifference * (red - grey) * saturation;
        var (sine, cosine) = Math.SinCos(turn);
        var newRed = grey + (sine * u + cosine * v) / RedDifference;
        var newBlue = grey + (cosine * u - sine * v) / BlueDifference;
        return (newRed, (grey - RedPart * newRed - BluePart * newBlue) / GreenPart, newBlue);
    }

    private static (double Red, double Green, double Blue) Mean(RgbImage image)
    {
        long red = 0, green = 0, blue = 0;
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (var i = 0; i + 2 < pixels.Length; i += 3)
        {
            red += pixels[i];
            green += pixels[i + 1];
            blue += pixels[i + 2];
        }
        var count = pixels.Length / 3.0;
        return (red / count, green / count, blue / count);
    }
}
