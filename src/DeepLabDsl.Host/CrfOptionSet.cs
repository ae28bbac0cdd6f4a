using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Host;

/// <summary>The options of a dense CRF on the command line, and the CRF that they say.</summary>
internal sealed class CrfOptionSet
{
    private static readonly CrfNormalization[] Normalizations = Enum.GetValues<CrfNormalization>();

    private readonly Option<int?> _iterations = new("--iterations") { Description = "Mean-field steps; default: the spec's, else 10.", HelpName = "N" };
    private readonly Option<double?> _gaussianSigma = new("--gaussian-sigma") { Description = "Standard deviation of the position kernel in pixels; default: the spec's, else 3.", HelpName = "PIXELS" };
    private readonly Option<double?> _gaussianWeight = new("--gaussian-weight") { Description = "Weight of the position kernel; default: the spec's, else 3.", HelpName = "W" };
    private readonly Option<double?> _bilateralSigmaXY = new("--bilateral-sigma-xy") { Description = "Standard deviation of the colour kernel in pixels; default: the spec's, else 80.", HelpName = "PIXELS" };
    private readonly Option<double?> _bilateralSigmaRgb = new("--bilateral-sigma-rgb") { Description = "Standard deviation of the colour kernel in colour, on the scale 0 to 255; default: the spec's, else 13.", HelpName = "LEVELS" };
    private readonly Option<double?> _bilateralWeight = new("--bilateral-weight") { Description = "Weight of the colour kernel; default: the spec's, else 10.", HelpName = "W" };
    private readonly Option<string?> _normalization = new("--normalization")
    {
        Description = "How kernels are normalised; default: the spec's, else symmetric.",
        HelpName = string.Join("|", Normalizations.Select(Name)),
    };

    /// <summary>The options, to be added to a command.</summary>
    public IEnumerable<Option> All => [_iterations, _gaussianSigma, _gaussianWeight, _bilateralSigmaXY, _bilateralSigmaRgb, _bilateralWeight, _normalization];

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
            Normalization = ReadNormalization(result.GetValue(_normalization), spec.Normalization),
        };
    }

    private static double Positive(ParseResult result, Option<double?> option, double otherwise)
    {
        var value = result.GetValue(option) ?? otherwise;
        return value > 0 && double.IsFinite(value) ? value : throw new UserException($"{option.Name} must be above 0, not {value}");
    }

    private static double Finite(ParseResult result, Option<double?> option, double otherwise)
    {
        var value = result.GetValue(option) ?? otherwise;
        return double.IsFinite(value) ? value : throw new UserException($"{option.Name} must be a number, not {value}");
    }

    private static CrfNormalization ReadNormalization(string? text, CrfNormalization otherwise)
    {
        if (text is null)
            return otherwise;
        var found = Normalizations.Where(n => string.Equals(Name(n), text, StringComparison.OrdinalIgnoreCase)).Take(1).ToList();
        return found is [var normalization]
            ? normalization
            : throw new UserException($"--normalization must be {string.Join(", ", Normalizations.Select(Name))}, not '{text}'{Suggestion.For(text, Normalizations.Select(Name))}");
    }

    private static string Name(CrfNormalization normalization) => normalization.ToString().ToLowerInvariant();
}
