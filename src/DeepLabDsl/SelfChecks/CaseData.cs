using System;
using System.Collections.Generic;
using DeepLabDsl.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.SelfChecks;

/// <summary>The numbers that cases compute with, and the comparison of what comes out.</summary>
internal sealed class CaseData(int seed)
{
    /// <summary>The mean absolute value of a product of two numbers that are drawn.</summary>
    public const double MeanProduct = 0.25;

    /// <summary>The two memory formats, by their names.</summary>
    public static readonly IReadOnlyList<string> Formats = ["contiguous", "channels-last"];

    /// <summary>The types that are checked.</summary>
    public static readonly IReadOnlyList<ScalarType> Types = [ScalarType.Float32, ScalarType.BFloat16];

    private readonly Random _random = new(seed);

    /// <summary>
    /// Numbers between -1 and 1 that a type can hold, as float64 on the CPU. Not by libtorch's generator: a training that follows
    /// must draw what it draws without a check.
    /// </summary>
    public Tensor Draw(ScalarType type, params long[] shape)
    {
        using var scope = NewDisposeScope();
        var values = TensorMemory.Fill<float>(shape, CPU, span =>
        {
            foreach (ref var value in span)
                value = 2 * _random.NextSingle() - 1;
        });
        return values.to(type).to(ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>A float64 tensor as a case computes with it.</summary>
    public static Tensor Place(Tensor x, ScalarType type, string format, Device device)
    {
        using var scope = NewDisposeScope();
        var placed = x.detach().to(type).to(device);
        return (format == Formats[1] && x.dim() == 4 ? Layers.ChannelsLast(placed) : placed.alias()).MoveToOuterDisposeScope();
    }

    /// <summary>A type as it is called.</summary>
    public static string NameOf(ScalarType type) => type == ScalarType.BFloat16 ? "bfloat16" : "float32";

    /// <summary>Compares a result with its reference.</summary>
    /// <param name="quantity">What it is.</param>
    /// <param name="format">The memory format that it was computed in.</param>
    /// <param name="type">The type that it was computed in.</param>
    /// <param name="actual">The result, on any device and of any type.</param>
    /// <param name="reference">The reference, float64 on the CPU, of the same shape.</param>
    /// <param name="tolerance">What rounding explains, from the largest absolute value of the reference.</param>
    public static Deviation Compare(
        string quantity, string format, ScalarType type, Tensor actual, Tensor reference, Func<double, double> tolerance)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        if (!actual.shape.AsSpan().SequenceEqual(reference.shape))
        {
            throw new InvalidOperationException(
                $"{quantity}: shape [{string.Join(", ", actual.shape)}] in place of [{string.Join(", ", reference.shape)}]");
        }
        var scale = reference.abs().max().item<double>();
        var difference = actual.to(ScalarType.Float64).cpu().sub(reference).abs().max().item<double>();
        return new Deviation(quantity, format, NameOf(type), difference, tolerance(scale), scale);
    }
}
