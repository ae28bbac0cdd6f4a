using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Imaging;
using DeepLabDsl.Onnx.Proto;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace DeepLabDsl.Onnx;

/// <summary>
/// The ranges that values of a network have on images: those that lose least when they are rounded to 256 steps. They hold for
/// every export of the network that takes the same kind of input.
/// </summary>
public sealed class OnnxCalibration
{
    private const int Bins = 2048;
    private const int Candidates = 96;

    private OnnxCalibration(IReadOnlyDictionary<string, (float Low, float High)> ranges, int images) => (Ranges, Images) = (ranges, images);

    /// <summary>The number of images.</summary>
    public int Images { get; }

    /// <summary>The range of each value; 0 is in it.</summary>
    internal IReadOnlyDictionary<string, (float Low, float High)> Ranges { get; }

    /// <summary>Runs a model on images, twice: for the limits of its values, and for their distribution in between.</summary>
    /// <param name="model">An export for images of any size.</param>
    /// <param name="images">The images.</param>
    /// <param name="normalizer">Mean and deviation, where the model does not know them.</param>
    /// <param name="progress">Is told the number of images done, of twice as many.</param>
    /// <param name="threads">Threads of one operation; null: one a core.</param>
    /// <exception cref="OnnxExportException">There is no image, or no convolution.</exception>
    public static OnnxCalibration Run(
        OnnxModel model, IReadOnlyList<Func<(RgbImage Picture, ChannelImage? Planes)>> images, ImageNormalizer normalizer,
        Action<int>? progress = null, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(normalizer);
        if (images.Count == 0)
            throw new OnnxExportException("there are no images to calibrate on");
        var plan = new QuantizationPlan(model.Proto.Graph);
        if (plan.Convolutions.Count == 0)
            throw new OnnxExportException("the network has no convolutions before its last that could compute in 8 bits");
        var watched = model.Proto.Clone();
        var names = plan.Values.Where(v => v != model.Proto.Graph.Input[0].Name).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            watched.Graph.Output.Add(new ValueInfoProto
            {
                Name = name,
                Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } },
            });
        }
        using var run = OnnxRun.Load(new OnnxModel(watched), threads);
        var histograms = plan.Values.ToDictionary(n => n, _ => new Histogram());
        var done = 0;
        foreach (var isCounting in new[] { false, true })
        {
            foreach (var image in images)
            {
                var (picture, planes) = image();
                run.Watch(picture, planes, normalizer, names, (name, values) => histograms[name].Add(values, isCounting));
                if (histograms.TryGetValue(model.Proto.Graph.Input[0].Name, out var input) && run.InputType == TensorElementType.Float)
                    input.Add(planes is null ? normalizer.Normalize(picture) : normalizer.Normalize(planes), isCounting);
                progress?.Invoke(++done);
            }
        }
        return new OnnxCalibration(histograms.ToDictionary(h => h.Key, h => h.Value.Range()), images.Count);
    }

    /// <summary>How often values come, in bins over their whole range.</summary>
    private sealed class Histogram
    {
        private readonly long[] _counts = new long[Bins];
        private float _low;
        private float _high;

        public void Add(ReadOnlySpan<float> values, bool isCounting)
        {
            if (!isCounting)
            {
                _low = Math.Min(_low, System.Numerics.Tensors.TensorPrimitives.Min(values));
                _high = Math.Max(_high, System.Numerics.Tensors.TensorPrimitives.Max(values));
                if (!float.IsFinite(_high - _low))
                    throw new OnnxExportException(
                        "the network gives values that are not numbers, or beyond float32, on an image; its weights are broken");
                return;
            }
            var scale = _high > _low ? (Bins - 1) / (_high - _low) : 0;
            foreach (var value in values)
                _counts[(int)((value - _low) * scale)]++;
        }

        /// <summary>Of ranges that cut off more and more of the far ends, the one with the least mean squared error.</summary>
        public (float Low, float High) Range()
        {
            var best = (Low: _low, High: _high);
            var least = double.PositiveInfinity;
            for (var i = 0; i < Candidates; i++)
            {
                var part = 1 - i * 0.9 / Candidates;
                var (low, high) = ((float)(_low * part), (float)(_high * part));
                if (Error(low, high) is var error && error < least)
                    (least, best) = (error, (low, high));
            }
            return best;
        }

        private double Error(float low, float high)
        {
            var width = ((double)_high - _low) / (Bins - 1);
            var step = ((double)high - low) / byte.MaxValue;
            var error = 0.0;
            for (var b = 0; b < Bins; b++)
            {
                if (_counts[b] == 0)
                    continue;
                var value = _low + (b + 0.5) * width;
                var beyond = value > high ? value - high : value < low ? low - value : 0;
                error += _counts[b] * (beyond > 0 ? beyond * beyond : step * step / 12);
            }
            return error;
        }
    }
}
