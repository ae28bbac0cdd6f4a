using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.Intrinsics.X86;
using DeepLabDsl.Imaging;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace DeepLabDsl.Onnx;

/// <summary>An output of a model that has run.</summary>
/// <typeparam name="T">float, or byte for labels.</typeparam>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Values">Its values, the last dimension's beside each other.</param>
public sealed record OnnxValue<T>(string Name, IReadOnlyList<long> Shape, T[] Values);

/// <summary>Runs an ONNX model in ONNX Runtime on the CPU: arrays in, arrays out. May be used by several threads at once.</summary>
public sealed class OnnxRun : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _name;

    private OnnxRun(string name, InferenceSession session) => (_name, _session) = (name, session);

    /// <summary>What the model says of itself, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    /// <summary>The names of its outputs.</summary>
    public IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>The element type of its input.</summary>
    public TensorElementType InputType => Input.ElementDataType;

    /// <summary>The dimensions of its input; -1 where any number is taken.</summary>
    public IReadOnlyList<int> InputShape => Input.Dimensions;

    private NodeMetadata Input => _session.InputMetadata[_session.InputNames[0]];

    /// <summary>Loads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads of one operation; null: one a core.</param>
    /// <exception cref="OnnxModelException">It is missing, or no model that can be run.</exception>
    public static OnnxRun Load(string path, int? threads = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!System.IO.File.Exists(path))
            throw new OnnxModelException($"{path}: no such file");
        return Load(path, options => new InferenceSession(path, options), threads);
    }

    /// <summary>Loads a model that was exported just now.</summary>
    /// <param name="model">The model.</param>
    /// <param name="threads">Threads of one operation; null: one a core.</param>
    public static OnnxRun Load(OnnxModel model, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Load("the exported model", options => new InferenceSession(model.ToBytes(), options), threads);
    }

    /// <summary>Runs the model on maps.</summary>
    /// <param name="image">What goes in, as many values as the shape says.</param>
    /// <param name="shape">The input's dimensions.</param>
    /// <param name="outputs">The outputs that are wanted; null: all.</param>
    /// <returns>The outputs of float32, in that order.</returns>
    /// <exception cref="OnnxModelException">The model can't take it.</exception>
    public IReadOnlyList<OnnxValue<float>> Run(Memory<float> image, IReadOnlyList<long> shape, IReadOnlyList<string>? outputs = null) =>
        Run<float, float>(image, shape, outputs);

    /// <summary>Runs the model: what goes in and what comes out are of the types that it has.</summary>
    /// <inheritdoc cref="Run(Memory{float}, IReadOnlyList{long}, IReadOnlyList{string}?)"/>
    public IReadOnlyList<OnnxValue<TResult>> Run<TImage, TResult>(Memory<TImage> image, IReadOnlyList<long> shape,
        IReadOnlyList<string>? outputs = null)
        where TImage : unmanaged
        where TResult : unmanaged
    {
        try
        {
            using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, image, [.. shape]);
            using var options = new RunOptions();
            var names = outputs ?? _session.OutputNames;
            using var results = _session.Run(options, [_session.InputNames[0]], [input], names);
            return [.. names.Zip(results, (name, value) => new OnnxValue<TResult>(name, value.GetTensorTypeAndShape().Shape,
                value.GetTensorDataAsSpan<TResult>().ToArray()))];
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxModelException($"{_name}: can't be run on an input of {string.Join("x", shape)}: {FirstLine(e.Message)}", e);
        }
    }

    /// <summary>Shows values of a run without copying them.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="planes">Its channels where they are others.</param>
    /// <param name="normalizer">Normalises it where the model does not.</param>
    /// <param name="outputs">The values, outputs of the model.</param>
    /// <param name="see">Is shown each; what it is shown is gone afterwards.</param>
    internal void Watch(RgbImage picture, ChannelImage? planes, ImageNormalizer normalizer, IReadOnlyList<string> outputs,
        Action<string, ReadOnlySpan<float>> see)
    {
        try
        {
            using var input = InputType == TensorElementType.UInt8
                ? OrtValue.CreateTensorValueFromMemory(picture.Pixels, [1, picture.Height, picture.Width, 3])
                : planes is null
                    ? OrtValue.CreateTensorValueFromMemory(normalizer.Normalize(picture), [1, 3, picture.Height, picture.Width])
                    : OrtValue.CreateTensorValueFromMemory(normalizer.Normalize(planes), [1, planes.Channels, planes.Height, planes.Width]);
            using var options = new RunOptions();
            using var results = _session.Run(options, [_session.InputNames[0]], [input], outputs);
            for (var i = 0; i < outputs.Count; i++)
                see(outputs[i], results[i].GetTensorDataAsSpan<float>());
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxModelException($"{_name}: can't be run on an image of {picture.Height}x{picture.Width}: {FirstLine(e.Message)}",
                e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private static OnnxRun Load(string name, Func<SessionOptions, InferenceSession> open, int? threads)
    {
        using var options = new SessionOptions
        {
            // What is wrong comes as an exception, and not on the standard error as well.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        if (threads is { } count)
            options.IntraOpNumThreads = count;
        // Processors without VNNI add products of bytes in 16 bits, which overflow; so they are computed right there, a little slower.
        if (X86Base.IsSupported && !HasVnni())
            options.AddSessionConfigEntry("session.x64quantprecision", "1");
        try
        {
            return new OnnxRun(name, open(options));
        }
        catch (OnnxRuntimeException e)
        {
            throw new OnnxModelException($"{name}: is no model that ONNX Runtime can run: {FirstLine(e.Message)}", e);
        }
    }

    // .NET names the short form of these instructions alone.
    private static bool HasVnni() => AvxVnni.IsSupported || (X86Base.CpuId(0, 0).Eax >= 7 && (X86Base.CpuId(7, 0).Ecx & (1 << 11)) != 0);

    private static string FirstLine(string message)
    {
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        return (end < 0 ? message : message[..end]).TrimEnd('.');
    }
}
