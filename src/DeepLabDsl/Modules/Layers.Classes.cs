using System;
using System.Collections.Generic;
using System.Linq;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepLabDsl.Modules;

/// <summary>What generated classes call besides the operations themselves.</summary>
public static partial class Layers
{
    /// <summary>A convolution of each channel by itself.</summary>
    /// <inheritdoc cref="Conv2d"/>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="kernel">Height and width of the window in taps.</param>
    /// <param name="stride">Step of the window in pixels.</param>
    /// <param name="rate">Distance between taps in pixels: the atrous rate.</param>
    /// <param name="padding">Zeros on each side; null: <see cref="WindowPadding.Same"/>.</param>
    /// <param name="bias">Whether a learned number is added to each channel.</param>
    /// <param name="initStd">Draws the weights with this standard deviation instead.</param>
    /// <param name="multiplier">Channels of the result for each of the input.</param>
    public static Conv2d DepthwiseConv2d(
        int inChannels, Extent kernel, Extent? stride = null, Extent? rate = null, WindowPadding? padding = null, bool bias = false,
        double? initStd = null, int multiplier = 1) =>
        Conv2d(inChannels, inChannels * multiplier, kernel, stride, rate, padding, inChannels, bias, initStd);

    /// <summary>An activation by name.</summary>
    /// <param name="x">The map.</param>
    /// <param name="activation">Which.</param>
    /// <param name="inPlace">Whether nobody else reads the map, so that it may be written over.</param>
    /// <returns>A map of the same shape; <paramref name="x"/> itself where there is none.</returns>
    public static Tensor Activate(Tensor x, LayerActivation activation, bool inPlace = false)
    {
        ArgumentNullException.ThrowIfNull(x);
        return activation switch
        {
            LayerActivation.None => x,
            LayerActivation.Relu => inPlace ? x.relu_() : x.relu(),
            LayerActivation.Relu6 => inPlace ? x.relu6_() : x.relu6(),
            LayerActivation.Sigmoid => x.sigmoid(),
            LayerActivation.HardSigmoid => functional.hardsigmoid(x),
            LayerActivation.HardSwish => functional.hardswish(x),
            _ => throw new ArgumentOutOfRangeException(nameof(activation)),
        };
    }

    /// <summary>The activation that a word of the language names, such as <c>hard_swish</c>.</summary>
    /// <exception cref="ArgumentException">It names none.</exception>
    public static LayerActivation ActivationOf(string word) =>
        Enum.TryParse<LayerActivation>(Plain(word), ignoreCase: true, out var activation) && Enum.IsDefined(activation)
            ? activation
            : throw new ArgumentException($"'{word}' is no activation.", nameof(word));

    /// <summary>The grid of a resize that a word of the language names.</summary>
    /// <exception cref="ArgumentException">It names none.</exception>
    public static ResizeGrid GridOf(string word) => Enum.TryParse<ResizeGrid>(Plain(word), ignoreCase: true, out var grid)
        && Enum.IsDefined(grid)
        ? grid
        : throw new ArgumentException($"'{word}' is no grid: it is size, factor or corners.", nameof(word));

    /// <summary>A height and a width of a list of two.</summary>
    public static Extent ExtentOf(int[] sides) => sides is [var height, var width]
        ? (height, width)
        : throw new ArgumentException("A height and a width are a list of two.", nameof(sides));

    /// <summary>The numbers of a list as such with fractions.</summary>
    public static double[] ToDoubles(int[] numbers) => Array.ConvertAll(numbers, number => (double)number);

    /// <summary>Refuses a word that a parameter can't be.</summary>
    /// <exception cref="ArgumentException">It is none of the choices.</exception>
    public static void RequireChoice(string word, params ReadOnlySpan<string> choices)
    {
        if (!choices.Contains(word))
            throw new ArgumentException($"'{word}' is none of {string.Join(", ", choices.ToArray())}.", nameof(word));
    }

    /// <summary>Refuses what no layer of a class can be built for.</summary>
    /// <exception cref="NotSupportedException">It is asked for.</exception>
    public static void Refuse(bool isAsked, string why)
    {
        if (isAsked)
            throw new NotSupportedException(why);
    }

    /// <summary>The value of a formula that has none, whatever the parameters are.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public static T Fault<T>() => throw new NotSupportedException("An expression of the spec has no value here.");

    /// <summary>The units of a list.</summary>
    /// <param name="count">How many.</param>
    /// <param name="build">Builds one, by its index.</param>
    public static T[] Units<T>(int count, Func<int, T> build) => [.. Enumerable.Range(0, count).Select(build)];

    /// <summary>A list of units.</summary>
    /// <param name="count">How many.</param>
    /// <param name="build">Builds one, by its index.</param>
    public static ModuleList<T> List<T>(int count, Func<int, T> build)
        where T : Module => new(Units(count, build));

    /// <summary>Some units of a list; none of a list that is not there.</summary>
    /// <param name="units">The list.</param>
    /// <param name="from">The first.</param>
    /// <param name="to">The first that is not among them; null: all to the end.</param>
    public static IEnumerable<T> Part<T>(IEnumerable<T>? units, int from, int? to = null) =>
        (units ?? []).Skip(from).Take(to is { } end ? end - from : int.MaxValue);

    /// <summary>A list of which others need what is inside.</summary>
    /// <exception cref="NotSupportedException">It is not there.</exception>
    public static ModuleList<T> Needed<T>(ModuleList<T>? units)
        where T : Module => units ?? throw new NotSupportedException(
            "Another layer needs what is inside of a list that 'when' leaves out.");

    /// <summary>Runs the units of a list, each on the result of the one before.</summary>
    public static Tensor Run<T>(ModuleList<T> units, Tensor x)
        where T : Module<Tensor, Tensor>
    {
        ArgumentNullException.ThrowIfNull(units);
        foreach (var unit in units)
            x = unit.call(x);
        return x;
    }

    /// <summary>Runs branches, each on the same map.</summary>
    public static Tensor[] Each<T>(IEnumerable<T> branches, Tensor x)
        where T : Module<Tensor, Tensor> => Map(branches, branch => branch.call(x));

    /// <summary>What comes of each of several, in order.</summary>
    public static TResult[] Map<T, TResult>(IEnumerable<T> items, Func<T, TResult> select) => [.. items.Select(select)];

    /// <summary>A map where it is there, else none.</summary>
    public static Tensor[] If(bool isThere, Tensor x) => isThere ? [x] : [];

    /// <summary>The sum of maps of one shape.</summary>
    public static Tensor Sum(params Tensor[] maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        return maps.Length == 1 ? maps[0].alias() : maps.Aggregate(Add);
    }

    /// <summary>The largest of maps of one shape, element by element.</summary>
    public static Tensor Maximum(params Tensor[] maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        return maps.Length == 1 ? maps[0].alias() : maps.Aggregate(maximum);
    }

    /// <summary>A result that may be the input itself, which is the caller's: as a tensor of its own, in the scope around.</summary>
    public static Tensor Own(Tensor result, Tensor input) =>
        (ReferenceEquals(result, input) ? result.alias() : result).MoveToOuterDisposeScope();

    /// <summary>Registers branches of one name, each under it with its index behind.</summary>
    public static void RegisterEach<T>(Module owner, string key, IReadOnlyList<T>? branches)
        where T : Module
    {
        for (var i = 0; i < (branches?.Count ?? 0); i++)
            Register(owner, FormattableString.Invariant($"{key}{i}"), branches![i]);
    }

    /// <summary>Registers branches whose keys are numbers.</summary>
    public static void RegisterEach<T>(Module owner, int first, IReadOnlyList<T>? branches)
        where T : Module
    {
        for (var i = 0; i < (branches?.Count ?? 0); i++)
            Register(owner, FormattableString.Invariant($"{first + i}"), branches![i]);
    }

    private static string Plain(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return word.Replace("_", "", StringComparison.Ordinal);
    }
}
