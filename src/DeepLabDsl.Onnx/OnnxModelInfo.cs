using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using DeepLabDsl.Imaging;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Onnx;

/// <summary>A spec file that a network was compiled from, as a model carries it.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Text">What stands in it.</param>
public sealed record OnnxSpec(string Name, string Text);

/// <summary>
/// What an exported model says of itself: enough to run it with no other file. It stands in the model's metadata, as JSON.
/// </summary>
/// <param name="Network">The network's name.</param>
/// <param name="Classes">The classes with their colours, and void.</param>
/// <param name="Normalizer">Mean and deviation of the images, on the scale 0 to 1: what to normalise by where the model does not.</param>
public sealed record OnnxModelInfo(string Network, ClassSet Classes, ImageNormalizer Normalizer)
{
    private const string NetworkKey = "network";
    private const string ClassesKey = "classes";
    private const string NormalizationKey = "normalization";
    private const string ResultKey = "result";
    private const string StrideKey = "output_stride";
    private const string SpecsKey = "specs";
    private const string EvaluationKey = "evaluation";
    private const string CrfKey = "crf";
    private const string InputKey = "input";
    private const string VersionKey = "deeplabdsl";

    /// <summary>What stands for the logits.</summary>
    public OnnxResult Result { get; init; }

    /// <summary>Ratio of the input's side to the backbone's last map.</summary>
    public int OutputStride { get; init; } = 1;

    /// <summary>The spec files that the network was compiled from, that with the network first.</summary>
    public IReadOnlyList<OnnxSpec> Specs { get; init; } = [];

    /// <summary>How the spec has images predicted.</summary>
    public PredictionOptions Evaluation { get; init; } = new();

    /// <summary>The dense CRF that the spec refines predictions with; null: none.</summary>
    public CrfRecipe? Crf { get; init; }

    /// <summary>How images are read that are no ordinary pictures; null: they are.</summary>
    public ChannelFormat? Format { get; init; }

    /// <summary>The version of the program that wrote it.</summary>
    public string Version { get; init; } = OwnVersion;

    /// <summary>The version of this program.</summary>
    internal static string OwnVersion { get; } = typeof(OnnxModelInfo).Assembly.GetName().Version?.ToString(3) ?? "";

    /// <summary>As metadata of a model.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata()
    {
        var metadata = new Dictionary<string, string>
        {
            [VersionKey] = Version,
            [NetworkKey] = Network,
            [ResultKey] = Result.ToString().ToLowerInvariant(),
            [StrideKey] = OutputStride.ToString(System.Globalization.CultureInfo.InvariantCulture),
            [ClassesKey] = JsonSerializer.Serialize(
                new SavedClasses(
                    Classes.Name, Classes.VoidIndex, Save(Classes.VoidColor),
                        [.. Classes.Classes.Select(c => new SavedClass(c.Name, Save(c.Color)))]),
                ModelJson.Default.SavedClasses),
            [NormalizationKey] = JsonSerializer.Serialize(new SavedNormalization([.. Normalizer.Mean], [.. Normalizer.Std]),
                ModelJson.Default.SavedNormalization),
            [EvaluationKey] = JsonSerializer.Serialize(
                new SavedEvaluation(
                    [.. Evaluation.Scales], Evaluation.Flip, Evaluation.Window is { } window ? [window.Height, window.Width] : null,
                        Evaluation.Overlap,
                    Evaluation.Blend.ToString().ToLowerInvariant()),
                ModelJson.Default.SavedEvaluation),
            [SpecsKey] = JsonSerializer.Serialize([.. Specs], ModelJson.Default.OnnxSpecArray),
        };
        if (Crf is not null)
            metadata[CrfKey] = JsonSerializer.Serialize(Crf, ModelJson.Default.CrfRecipe);
        if (Format is { } format)
            metadata[InputKey] = JsonSerializer.Serialize(new SavedInput(format.Count, format.Range,
                [format.Preview.Red, format.Preview.Green, format.Preview.Blue]), ModelJson.Default.SavedInput);
        return metadata;
    }

    /// <summary>Reads it from a model's metadata; null where the model is another program's and says nothing of it.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <exception cref="OnnxModelException">It is damaged.</exception>
    public static OnnxModelInfo? From(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.TryGetValue(NetworkKey, out var network) || !metadata.ContainsKey(ClassesKey) || !metadata.ContainsKey(VersionKey))
            return null;
        var key = ClassesKey;
        try
        {
            var classes = Parse(ModelJson.Default.SavedClasses, ref key, ClassesKey);
            var normalization = Parse(ModelJson.Default.SavedNormalization, ref key, NormalizationKey);
            var evaluation = Parse(ModelJson.Default.SavedEvaluation, ref key, EvaluationKey);
            var specs = Parse(ModelJson.Default.OnnxSpecArray, ref key, SpecsKey);
            var input = metadata.ContainsKey(InputKey) ? Parse(ModelJson.Default.SavedInput, ref key, InputKey) : null;
            var crf = metadata.ContainsKey(CrfKey) ? Parse(ModelJson.Default.CrfRecipe, ref key, CrfKey) : null;
            key = ResultKey;
            var options = new PredictionOptions
            {
                Scales = evaluation.Scales,
                Flip = evaluation.Flip,
                Window = evaluation.Window is [var height, var width] ? (height, width) : null,
                Overlap = evaluation.Overlap,
                Blend = Enum.Parse<WindowBlend>(evaluation.Blend, ignoreCase: true),
            };
            options.Validate();
            return new OnnxModelInfo(
                network, new ClassSet(classes.Name, classes.Classes.Select(c => new SegmentationClass(c.Name, Color(c.Color))),
                    classes.Void, Color(classes.VoidColor)),
                new ImageNormalizer(normalization.Mean, normalization.Deviation))
            {
                Version = metadata[VersionKey],
                Result = Enum.Parse<OnnxResult>(metadata[ResultKey], ignoreCase: true),
                OutputStride = int.Parse(metadata[StrideKey], System.Globalization.CultureInfo.InvariantCulture),
                Specs = specs,
                Evaluation = options,
                Crf = crf,
                Format = input is null ? null : new ChannelFormat(input.Channels, input.Range,
                    (input.Preview[0], input.Preview[1], input.Preview[2])),
            };
        }
        catch (Exception e) when (e is JsonException or ArgumentException or FormatException or KeyNotFoundException
            or IndexOutOfRangeException or OverflowException)
        {
            throw new OnnxModelException(
                $"what the model says of itself is damaged, at '{key}': {e.Message.TrimEnd('.')}. Export it again", e);
        }

        T Parse<T>(System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, ref string current, string name)
        {
            current = name;
            return JsonSerializer.Deserialize(metadata[name], type) ?? throw new FormatException("it is null");
        }
    }

    private static int[] Save(Rgb color) => [color.R, color.G, color.B];

    private static Rgb Color(int[] color) => color is [>= 0 and <= 255, >= 0 and <= 255, >= 0 and <= 255]
        ? new Rgb((byte)color[0], (byte)color[1], (byte)color[2])
        : throw new FormatException("a colour is not three numbers from 0 to 255");

    internal sealed record SavedClasses(string Name, byte Void, int[] VoidColor, SavedClass[] Classes);

    internal sealed record SavedClass(string Name, int[] Color);

    internal sealed record SavedNormalization(double[] Mean, double[] Deviation);

    internal sealed record SavedEvaluation(double[] Scales, bool Flip, int[]? Window, double Overlap, string Blend);

    internal sealed record SavedInput(int Channels, double? Range, int[] Preview);
}

/// <summary>Reads and writes what models say of themselves without reflection, so that a program may be trimmed.</summary>
[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(OnnxModelInfo.SavedClasses))]
[JsonSerializable(typeof(OnnxModelInfo.SavedNormalization))]
[JsonSerializable(typeof(OnnxModelInfo.SavedEvaluation))]
[JsonSerializable(typeof(OnnxModelInfo.SavedInput))]
[JsonSerializable(typeof(OnnxSpec[]))]
[JsonSerializable(typeof(CrfRecipe))]
internal sealed partial class ModelJson : JsonSerializerContext;
