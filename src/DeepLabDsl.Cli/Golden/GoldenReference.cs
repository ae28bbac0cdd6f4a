using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Cli.Golden;

/// <summary>Numbers that sum a tensor up.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Std">The population standard deviation.</param>
/// <param name="LargestMagnitude">The largest absolute value.</param>
/// <param name="First">The first values in row-major order.</param>
internal sealed record GoldenStatistics(double Mean, double Std, double LargestMagnitude, IReadOnlyList<double> First);

/// <summary>One recorded output of a run.</summary>
/// <param name="Name">The reference's name of it.</param>
/// <param name="Shape">Its whole shape.</param>
/// <param name="File">The .npy file of it, or of every <paramref name="Step"/>-th row and column.</param>
/// <param name="Step">1: the file holds all of it.</param>
/// <param name="CornerFile">The .npy file of every pixel of its bottom right corner; null: there is none.</param>
/// <param name="Statistics">Of the whole output.</param>
internal sealed record GoldenOutput(
    string Name, IReadOnlyList<long> Shape, string File, int Step, string? CornerFile, GoldenStatistics Statistics);

/// <summary>What one module of the reference returned.</summary>
/// <param name="Module">Its name.</param>
/// <param name="Call">Which call of it, from 1.</param>
/// <param name="Shape">The shape of what it returned.</param>
/// <param name="Statistics">Of what it returned.</param>
internal sealed record GoldenProbe(string Module, int Call, IReadOnlyList<long> Shape, GoldenStatistics Statistics);

/// <summary>A forward pass of the reference on one input.</summary>
/// <param name="InputShape">[N, C, H, W] of the input, which the fill protocol fills.</param>
/// <param name="InputCrc32">Of its little-endian float32 values.</param>
/// <param name="Outputs">What it returned.</param>
/// <param name="Probes">What its modules returned, in the order of their calls.</param>
internal sealed record GoldenRun(
    IReadOnlyList<long> InputShape, string InputCrc32, IReadOnlyList<GoldenOutput> Outputs, IReadOnlyList<GoldenProbe> Probes);

/// <summary>
/// What an independent implementation of a network gives when its weights are filled by the protocol
/// (<see cref="FillProtocol"/>): a JSON file with names and shapes of the state, and .npy files of outputs beside it.
/// </summary>
internal sealed class GoldenReference
{
    private GoldenReference(string folder, JsonElement root)
    {
        Folder = folder;
        Name = root.GetProperty("name").GetString()!;
        var source = root.GetProperty("source");
        Source = $"{source.GetProperty("project").GetString()}, {source.GetProperty("function").GetString()}";
        Parameters = root.GetProperty("parameters").GetProperty("trainable").GetInt64();
        StateCrc32 = root.GetProperty("state_crc32").GetString()!;
        State = [.. root.GetProperty("state_dict").EnumerateArray().Select(e => (e[0].GetString()!, Shape(e[1])))];
        Runs = [.. root.GetProperty("runs").EnumerateArray().Select(ReadRun)];
    }

    /// <summary>The folder that its files lie in.</summary>
    public string Folder { get; }

    /// <summary>Its name, that of the JSON file.</summary>
    public string Name { get; }

    /// <summary>Whose implementation it is.</summary>
    public string Source { get; }

    /// <summary>Trainable values.</summary>
    public long Parameters { get; }

    /// <summary>The CRC-32 of all float tensors of the state, one after the other.</summary>
    public string StateCrc32 { get; }

    /// <summary>The names and shapes of its state, in order.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<long> Shape)> State { get; }

    /// <summary>Its forward passes, one a size of the input.</summary>
    public IReadOnlyList<GoldenRun> Runs { get; }

    /// <summary>Reads a reference.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="UnusableDataException">It can't be read or is no such file.</exception>
    public static GoldenReference Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return new GoldenReference(Path.GetDirectoryName(Path.GetFullPath(path))!, document.RootElement);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: the reference can't be read: {e.Message}", e);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UnusableDataException($"{path}: this is no file of reference outputs: {e.Message}", e);
        }
    }

    private static GoldenRun ReadRun(JsonElement run) => new(
        Shape(run.GetProperty("input_shape")), run.GetProperty("input_crc32").GetString()!,
        [.. run.GetProperty("outputs").EnumerateArray().Select(ReadOutput)],
        [.. run.GetProperty("probes").EnumerateArray().Select(ReadProbe)]);

    private static GoldenOutput ReadOutput(JsonElement output) => new(
        output.GetProperty("name").GetString()!, Shape(output.GetProperty("shape")), output.GetProperty("file").GetString()!,
        output.GetProperty("slicing").GetString() switch
        {
            "none (complete)" => 1,
            "[:, :, ::4, ::4]" => 4,
            var other => throw new FormatException($"the slicing '{other}' is not known"),
        },
        output.TryGetProperty("corner", out var corner) ? corner.GetProperty("file").GetString() : null,
        Statistics(output.GetProperty("stats")));

    private static GoldenProbe ReadProbe(JsonElement probe)
    {
        var name = probe[0].GetString()!.Split('#');
        return new GoldenProbe(name[0], name.Length > 1 ? int.Parse(name[1], System.Globalization.CultureInfo.InvariantCulture) : 1,
            Shape(probe[1]), Statistics(probe[2]));
    }

    private static GoldenStatistics Statistics(JsonElement stats) => new(
        stats.GetProperty("mean").GetDouble(), stats.GetProperty("std").GetDouble(), stats.GetProperty("absmax").GetDouble(),
        [.. stats.GetProperty("first8").EnumerateArray().Select(e => e.GetDouble())]);

    private static IReadOnlyList<long> Shape(JsonElement shape) => [.. shape.EnumerateArray().Select(e => e.GetInt64())];
}
