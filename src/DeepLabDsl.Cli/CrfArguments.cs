using System.CommandLine;
using DeepLabDsl.Crf;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli;

/// <summary><c>--crf</c> and the options that say which.</summary>
internal sealed class CrfArguments(string description)
{
    private readonly Option<bool> _crf = CommandOptions.Flag("--crf", description);
    private readonly CrfOptionSet _options = new();

    public void AddTo(Command command)
    {
        command.Options.Add(_crf);
        foreach (var option in _options.All)
            command.Options.Add(option);
    }

    /// <summary>The CRF that was asked for; null: none.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="threads">Threads of the CPU form.</param>
    /// <param name="recipe">The CRF of the network's spec.</param>
    /// <exception cref="UserException">A value is out of its range, or options are given without <c>--crf</c>.</exception>
    public CrfRefiner? Open(ParseResult result, int? threads, CrfRecipe? recipe)
    {
        if (result.GetValue(_crf))
            return new CrfRefiner(_options.Read(result, threads, recipe));
        return _options.IsGiven(result) ? throw new UserException("options of the CRF need --crf") : null;
    }
}
