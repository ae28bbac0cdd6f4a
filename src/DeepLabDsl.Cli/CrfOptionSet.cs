using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli;

/// <summary>The options of a dense CRF on the command line, and the CRF that they say.</summary>
internal sealed class CrfOptionSet
{
    private readonly Option<int?> _iterations = CommandOptions.Count(
        "--iterations", "Mean-field steps; default: the spec's, else 10.", "N");
    private readonly Option<double?> _gaussianSigma = CommandOptions.Number(
        "--gaussian-sigma", "Standard deviation of the position kernel in pixels; default: the spec's, else 3.", "PIXELS");
    private readonly Option<double?> _gaussianWeight = CommandOptions.Number(
        "--gaussian-weight", "Weight of the position kernel; default: the spec's, else 3.", "W");
    private readonly Option<double?> _bilateralSigmaXY = CommandOptions.Number(
        "--bilateral-sigma-xy", "Standard deviation of the colour kernel in pixels; default: the spec's, else 80.", "PIXELS");
    private readonly Option<double?> _bilateralSigmaRgb = CommandOptions.Number(
        "--bilateral-sigma-rgb", "Standard deviation of the colour kernel in colour, on the scale 0 to 255; default: the spec's, else 13.",
        "LEVELS");
    private readonly Option<double?> _bilateralWeight = CommandOptions.Number(
        "--bilateral-weight", "Weight of the colour kernel; default: the spec's, else 10.", "W");
    private readonly Option<CrfNormalization?> _normalization =
        CommandOptions.Word<CrfNormalization>("--normalization", "How kernels are normalised; default: the spec's, else symmetric.");

    /// <summary>The options, to be added to a command.</summary>
    public IEnumerable<Option> All =>
        [_iterations, _gaussianSigma, _gaussianWeight, _bilateralSigmaXY, _bilateralSigmaRgb, _bilateralWeight, _normalization];

    /// <summary>Those that a search for the colour kernel leaves as they are.</summary>
    public IEnumerable<Option> NotSearched => [_iterations, _gaussianSigma, _gaussianWeight, _normalization];

    /// <summary>Whether the line has any of them.</summary>
    public bool IsGiven(ParseResult result) => All.Any(o => result.GetResult(o) is { Implicit: false });

    /// <summary>The CRF: what the line says over what a spec says.</summary>
    /// <exception cref="UserException">A value is out of its range.</exception>
    public CrfOptions Read(ParseResult result, int? threads, CrfRecipe? spec = null) =>
        ReadRecipe(result, spec).ToOptions() with { Threads = threads };

    /// <inheritdoc cref="Read"/>
    public CrfRecipe ReadRecipe(ParseResult result, CrfRecipe? spec = null)
    {
        spec ??= new CrfRecipe();
        var iterations = result.GetValue(_iterations) ?? spec.Iterations;
        if (iterations < 0)
            throw new UserException($"--iterations must be 0 or more, not {iterations}");
        return new CrfRecipe
        {
            Iterations = iterations,
            GaussianSigma = Positive(result, _gaussianSigma, spec.GaussianSigma),
            GaussianWeight = Finite(result, _gaussianWeight, spec.GaussianWeight),
            BilateralSigmaXy = Positive(result, _bilateralSigmaXY, spec.BilateralSigmaXy),
            BilateralSigmaRgb = Positive(result, _bilateralSigmaRgb, spec.BilateralSigmaRgb),
            BilateralWeight = Finite(result, _bilateralWeight, spec.BilateralWeight),
            Normalization = result.GetValue(_normalization) ?? spec.Normalization,
        };
    }

    private static double Positive(ParseResult result, Option<double?> option, double otherwise)
    {
        var value = result.GetValue(option) ?? otherwise;
        return value > 0 && double.IsFinite(value)
            ? value
            : throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be above 0, not {value}"));
    }

    private static double Finite(ParseResult result, Option<double?> option, double otherwise)
    {
        var value = result.GetValue(option) ?? otherwise;
        return double.IsFinite(value)
            ? value
            : throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be a number, not {value}"));
    }
}
