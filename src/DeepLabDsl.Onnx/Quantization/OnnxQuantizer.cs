using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Onnx.Proto;
using ElementType = DeepLabDsl.Onnx.Proto.TensorProto.Types.DataType;

namespace DeepLabDsl.Onnx;

/// <summary>
/// Makes models whose convolutions compute in 8 bits: weights are rounded with a scale for each channel of the result, values with
/// one scale for a map, in the form (QuantizeLinear, DequantizeLinear) that every runtime of ONNX reads.
/// </summary>
public static class OnnxQuantizer
{
    private const int LargestWeight = 127;

    /// <summary>Quantises a model.</summary>
    /// <param name="model">A model of weights in 32 bits whose batch norms are folded.</param>
    /// <param name="calibration">The ranges of its values.</param>
    /// <returns>Another model.</returns>
    /// <exception cref="OnnxExportException">The ranges are of another network, or of another kind of input.</exception>
    public static OnnxModel Quantize(OnnxModel model, OnnxCalibration calibration)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(calibration);
        var plan = new QuantizationPlan(model.Proto.Graph);
        if (plan.Values.FirstOrDefault(v => !calibration.Ranges.ContainsKey(v)) is { } missing)
            throw new OnnxExportException(
                $"the calibration has no range of '{missing}'; it is of another network, or of another kind of input");
        return new OnnxModel(new Work(model.Proto, plan, calibration).Run());
    }

    private sealed class Work(ModelProto source, QuantizationPlan plan, OnnxCalibration calibration)
    {
        private readonly ModelProto _model = new()
        {
            IrVersion = source.IrVersion,
            ProducerName = source.ProducerName,
            ProducerVersion = source.ProducerVersion,
            DocString = source.DocString,
        };

        private readonly OnnxGraphBuilder _builder = new();
        private readonly Dictionary<string, TensorProto> _weights = source.Graph.Initializer.ToDictionary(i => i.Name);
        private readonly Dictionary<string, string> _rounded = [];
        private readonly Dictionary<string, (string Value, float[] Scales)> _kernels = [];
        private readonly Dictionary<(string, string), string> _biases = [];

        public ModelProto Run()
        {
            var graph = source.Graph;
            foreach (var name in graph.Initializer.Select(i => i.Name).Concat(graph.Input.Select(i => i.Name)).Concat(
                graph.Node.SelectMany(n => n.Output)).Distinct())
                _builder.Reserve(name);
            foreach (var input in graph.Input.Where(i => plan.Values.Contains(i.Name)))
                Round(input.Name);
            var quantized = plan.Convolutions.Select(c => c.Name).ToHashSet();
            foreach (var node in graph.Node)
            {
                var copy = node.Clone();
                for (var i = 0; i < copy.Input.Count; i++)
                    copy.Input[i] = _rounded.GetValueOrDefault(copy.Input[i], copy.Input[i]);
                if (quantized.Contains(node.Name))
                    Quantize(node, copy);
                _builder.Graph.Node.Add(copy);
                foreach (var output in node.Output.Where(plan.Values.Contains))
                    Round(output);
            }
            var read = _builder.Graph.Node.SelectMany(n => n.Input).ToHashSet();
            foreach (var weight in graph.Initializer.Where(w => read.Contains(w.Name)))
                _builder.AddInitializer(weight);
            _builder.Graph.Name = graph.Name;
            _builder.Graph.Input.AddRange(graph.Input);
            _builder.Graph.Output.AddRange(graph.Output);
            _model.Graph = _builder.Graph;
            _model.OpsetImport.AddRange(source.OpsetImport);
            _model.MetadataProps.AddRange(source.MetadataProps);
            return _model;
        }

        private void Round(string name)
        {
            var (scale, zero) = Scale(name);
            var parameters = new[] { _builder.Constant(ElementType.Float, [scale], []),
                _builder.Constant<byte>(ElementType.Uint8, [zero], []) };
            var bytes = _builder.AddNew("QuantizeLinear", name + "/bytes", [name, .. parameters]);
            _rounded.Add(name, _builder.AddNew("DequantizeLinear", name + "/rounded", [bytes, .. parameters]));
        }

        private (float Scale, byte Zero) Scale(string name)
        {
            var (low, high) = calibration.Ranges[name];
            var scale = (high - low) / byte.MaxValue;
            return scale > 0 && float.IsFinite(1 / scale) ? (scale, (byte)Math.Clamp(MathF.Round(-low / scale), 0, byte.MaxValue)) : (1, 0);
        }

        private void Quantize(NodeProto node, NodeProto copy)
        {
            var (kernel, scales) = Kernel(node.Input[1]);
            copy.Input[1] = kernel;
            if (node.Input.Count > 2)
                copy.Input[2] = Bias(node.Input[2], node.Input[0], scales);
        }

        private (string Value, float[] Scales) Kernel(string name)
        {
            if (_kernels.TryGetValue(name, out var known))
                return known;
            var weight = _weights[name];
            var values = Tensors.Values<float>(weight);
            var channels = (int)weight.Dims[0];
            var each = values.Length / channels;
            var scales = new float[channels];
            var rounded = new sbyte[values.Length];
            for (var c = 0; c < channels; c++)
            {
                var largest = 0f;
                for (var i = c * each; i < (c + 1) * each; i++)
                    largest = Math.Max(largest, Math.Abs(values[i]));
                scales[c] = largest > 0 && float.IsFinite(LargestWeight / largest) ? largest / LargestWeight : 1;
                for (var i = c * each; i < (c + 1) * each; i++)
                    rounded[i] = (sbyte)Math.Clamp(MathF.Round(values[i] / scales[c]), -LargestWeight, LargestWeight);
            }
            var stored = _builder.Unique(name + "/int8");
            _builder.AddInitializer(Tensors.Of<sbyte>(stored, ElementType.Int8, weight.Dims, rounded));
            // Zeros of its own: where ONNX Runtime 1.31 turns weights into unsigned ones, it does so with the zeros each time.
            var zeros = _builder.Unique(name + "/zero");
            _builder.AddInitializer(Tensors.Of<sbyte>(zeros, ElementType.Int8, [channels], new sbyte[channels]));
            var value = _builder.AddNew(
                "DequantizeLinear", name + "/rounded", [stored, _builder.Constant(ElementType.Float, scales, [channels]), zeros],
                    Attributes.Of("axis", 0));
            return _kernels[name] = (value, scales);
        }

        /// <summary>A bias in steps of what a product of a byte and a weight is.</summary>
        private string Bias(string name, string input, float[] kernelScales)
        {
            if (_biases.TryGetValue((name, input), out var known))
                return known;
            var values = Tensors.Values<float>(_weights[name]);
            var inputScale = Scale(input).Scale;
            var scales = new float[values.Length];
            var rounded = new int[values.Length];
            for (var c = 0; c < values.Length; c++)
            {
                scales[c] = kernelScales[c] * inputScale;
                rounded[c] = (int)Math.Clamp(Math.Round((double)values[c] / scales[c]), int.MinValue, int.MaxValue);
            }
            var stored = _builder.Unique(name + "/int32");
            _builder.AddInitializer(Tensors.Of<int>(stored, ElementType.Int32, [values.Length], rounded));
            return _biases[(name, input)] = _builder.AddNew(
                "DequantizeLinear", name + "/rounded",
                [stored, _builder.Constant(ElementType.Float, scales, [values.Length]),
                    _builder.Constant<int>(ElementType.Int32, new int[values.Length], [values.Length])],
                Attributes.Of("axis", 0));
        }
    }
}
