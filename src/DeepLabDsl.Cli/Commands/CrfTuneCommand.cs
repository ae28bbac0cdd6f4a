using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>crf tune</c>: the papers' coarse-to-fine search for the colour kernel of a network's CRF.</summary>
internal sealed class CrfTuneCommand
{
    private const int Shown = 5;

    private readonly NetworkOptions _networks;
    private readonly Argument<string> _network = SharedOptions.Network();
    private readonly WeightsOptions _weights = new(isRequired: true);
    private readonly Option<string> _data = SharedOptions.Data();
    private readonly Option<string?> _dataset = SharedOptions.Dataset();

    private readonly Option<string> _split = new("--split")
    {
        Description = "The split to tune on. Scores of the split that it was tuned on are too good.",
        DefaultValueFactory = _ => "val",
        HelpName = "NAME",
    };

    private readonly Option<int> _images =
        CommandOptions.CountOr("--images", 100, "How many of its images, spread over the split; the papers take 100.", "N");

    private readonly Option<string> _folder = new("--out")
    {
        Description = "Takes state.json, from which a stopped search goes on, and crf.yaml, the result.",
        Required = true,
        HelpName = "DIR",
    };

    private readonly Option<string> _sigmaXY = Range(
        "--bilateral-sigma-xy", "Standard deviations of the colour kernel in pixels (sigma_alpha)", new CrfSearch().SigmaXy);

    private readonly Option<string> _sigmaRgb = Range(
        "--bilateral-sigma-rgb", "Standard deviations of the colour kernel in colour (sigma_beta)", new CrfSearch().SigmaRgb);

    private readonly Option<string> _weight = Range("--bilateral-weight", "Weights of the colour kernel (w1)", new CrfSearch().Weight);

    private readonly Option<int> _rounds = CommandOptions.CountOr(
        "--rounds", new CrfSearch().Rounds, "The grid, and how often steps are halved around the best so far.", "N");

    private readonly CrfOptionSet _crf = new();
    private readonly PredictionArguments _prediction = new();
    private readonly Option<string> _device = SharedOptions.Device();
    private readonly Option<int?> _threads = SharedOptions.Threads();

    private CrfTuneCommand(NetworkOptions networks) => _networks = networks;

    public static Command Create(NetworkOptions networks) => new CrfTuneCommand(networks).Build();

    private Command Build()
    {
        var command = new Command("tune", "Search for the values of a network's CRF: weight and widths of its colour kernel.")
        {
            _network, _weights.File, _weights.NameMap, _weights.Partial, _weights.Entry, _data, _dataset, _split, _images,
            _folder, _sigmaXY, _sigmaRgb, _weight, _rounds, _device, _threads,
        };
        foreach (var option in _crf.NotSearched)
            command.Add(option);
        _prediction.AddTo(command);
        _networks.AddTo(command);
        return command.Returns(Tune);
    }

    private int Tune(ParseResult result)
    {
        var descriptor = _networks.Find(result, result.GetRequiredValue(_network));
        var search = new CrfSearch
        {
            SigmaXy = ReadRange(result, _sigmaXY),
            SigmaRgb = ReadRange(result, _sigmaRgb),
            Weight = ReadRange(result, _weight),
            Rounds = result.GetValue(_rounds) is > 0 and var r
                ? r
                : throw new UserException($"--rounds must be 1 or more, not {result.GetValue(_rounds)}"),
        };
        var start = _crf.ReadRecipe(result, descriptor.Crf);
        var samples = SegmentationDataset.Open(result.GetRequiredValue(_data), result.GetRequiredValue(_split), result.GetValue(_dataset));
        var chosen = Spread(samples.Count, result.GetValue(_images));
        var on = SharedOptions.OpenDevice(result.GetRequiredValue(_device), result.GetValue(_threads));
        var source = _weights.Open(result)!;
        var options = _prediction.Read(result, descriptor);
        var state = CrfTuneState.Open(result.GetRequiredValue(_folder), Question(descriptor, source, samples, chosen, start, options));
        using var built = source.Build(descriptor, samples.Classes.Count, on);
        var predictor = new Predictor(built, options, SharedOptions.Normalizer(samples.Normalizer, source.File, descriptor));
        using var tuner = new CrfTuner(start, samples.Classes.Count, result.GetValue(_threads));
        using var signals = new StopSignals();
        try
        {
            Predict(tuner, predictor, samples, chosen, signals.Token);
            var best = Search(tuner, search, state, signals.Token);
            Show(tuner, search, state, start, best, result.GetRequiredValue(_folder));
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine($"stopped after {state.Trials.Count()} settings; the same command goes on");
            return signals.ExitCode;
        }
    }

    private static void Predict(
        CrfTuner tuner, Predictor predictor, SegmentationDataset samples, IReadOnlyList<int> chosen, CancellationToken stop)
    {
        using var progress = new ProgressLine("predicting");
        foreach (var index in chosen)
        {
            stop.ThrowIfCancellationRequested();
            var sample = samples.Load(index);
            using var probabilities = predictor.PredictProbabilities(sample.Image, sample.Planes, sample.Name);
            tuner.Add(sample, probabilities);
            progress.Show(tuner.Images, chosen.Count);
        }
        if (double.IsNaN(tuner.PlainMeanIoU))
        {
            throw new UnusableDataException(
                $"every pixel of the {(chosen.Count == 1 ? "image" : $"{chosen.Count} images")} of split '{samples.Split}' is void: "
                + "there is nothing to tune on");
        }
    }

    private static CrfTrial Search(CrfTuner tuner, CrfSearch search, CrfTuneState state, CancellationToken stop)
    {
        var tried = new List<CrfTrial>();
        for (var round = 0; round < search.Rounds; round++)
        {
            var points = search.Round(round, round == 0 ? null : CrfSearch.Best(tried).Point);
            var missing = points.Where(p => !state.Has(p)).GroupBy(p => (p.SigmaXy, p.SigmaRgb)).ToList();
            using (var progress = new ProgressLine($"round {round + 1} of {search.Rounds}: images"))
            {
                for (var g = 0; g < missing.Count; g++)
                {
                    var (xy, rgb) = missing[g].Key;
                    var part = new PartOfProgress(progress, g * tuner.Images, missing.Count * tuner.Images);
                    state.Add(tuner.Try(xy, rgb, [.. missing[g].Select(p => p.Weight)], part, stop));
                }
            }
            tried.AddRange(points.Select(p => state[p]));
            var best = CrfSearch.Best(tried);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"round {round + 1}: {points.Count} settings, {missing.Sum(m => m.Count())} of them new; best {Describe(best.Point)}: "
                + $"mIoU {100 * best.MeanIoU:0.00} %"));
        }
        return CrfSearch.Best(tried);
    }

    private static void Show(CrfTuner tuner, CrfSearch search, CrfTuneState state, CrfRecipe start, CrfTrial best, string folder)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"the best {Math.Min(Shown, state.Trials.Count())} of {state.Trials.Count()} on {tuner.Images} images:"));
        foreach (var trial in state.Trials.OrderByDescending(t => t.MeanIoU).Take(Shown))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {100 * trial.MeanIoU:0.00} %  {Describe(trial.Point)}"));
        var gain = 100 * (best.MeanIoU - tuner.PlainMeanIoU);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"mIoU of the network alone {100 * tuner.PlainMeanIoU:0.00} %, with the best CRF {100 * best.MeanIoU:0.00} %: "
            + $"{gain:+0.00;-0.00;0.00} points"));
        if (gain <= 0)
            Console.WriteLine("no setting tried is better than the network alone");
        foreach (var (name, range, value) in new[]
        {
            ("--bilateral-sigma-xy", search.SigmaXy, best.Point.SigmaXy), ("--bilateral-sigma-rgb", search.SigmaRgb, best.Point.SigmaRgb),
            ("--bilateral-weight", search.Weight, best.Point.Weight),
        })
        {
            if (range.Values.Count > 1 && (value <= range.Values[0] || value >= range.Values[^1]))
                Console.WriteLine($"{name}: the best is at the end of {range}; a wider range may hold a better one");
        }
        var yaml = Yaml(
            start with
            {
                BilateralSigmaXy = best.Point.SigmaXy,
                BilateralSigmaRgb = best.Point.SigmaRgb,
                BilateralWeight = best.Point.Weight,
            });
        AtomicFile.Write(Path.Combine(folder, "crf.yaml"), stream => stream.Write(Encoding.UTF8.GetBytes(yaml + "\n")));
        Console.WriteLine(yaml);
    }

    /// <summary>The values as a spec states them.</summary>
    internal static string Yaml(CrfRecipe r) => string.Create(CultureInfo.InvariantCulture,
        $"crf: {{ iterations: {r.Iterations}, gaussian_sigma: {r.GaussianSigma}, gaussian_weight: {r.GaussianWeight}, bilateral_weight: "
        + $"{r.BilateralWeight}, bilateral_sigma_xy: {r.BilateralSigmaXy}, bilateral_sigma_rgb: {r.BilateralSigmaRgb}, normalization: "
        + $"{r.Normalization.ToString().ToLowerInvariant()} }}");

    private static string Describe(CrfPoint p) => string.Create(CultureInfo.InvariantCulture,
        $"weight {p.Weight}, sigma {p.SigmaXy} pixels and {p.SigmaRgb} levels");

    /// <summary>All that scores depend on beside the values tried.</summary>
    private static Dictionary<string, string> Question(
        NetworkDescriptor network, WeightsSource weights, SegmentationDataset samples, IReadOnlyList<int> chosen, CrfRecipe start,
        PredictionOptions options)
    {
        var names = string.Join('\n', chosen.Select(i => samples.GetInfo(i).Name));
        return new()
        {
            ["network"] = network.Name,
            ["weights"] = Sha256.OfFile(weights.File.Path),
            ["dataset"] = samples.Name,
            ["split"] = samples.Split,
            ["images"] = chosen.Count.ToString(CultureInfo.InvariantCulture),
            ["image names"] = Sha256.OfText(names),
            ["prediction"] = string.Create(
                CultureInfo.InvariantCulture,
                $"scales {string.Join(' ', options.Scales)}, flip {options.Flip}, window {options.Window}, overlap {options.Overlap}, "
                + $"blend {options.Blend}"),
            ["fixed values"] = string.Create(
                CultureInfo.InvariantCulture,
                $"iterations {start.Iterations}, gaussian sigma {start.GaussianSigma}, gaussian weight {start.GaussianWeight}, "
                + $"{start.Normalization}"),
        };
    }

    private static IReadOnlyList<int> Spread(int count, int wanted)
    {
        if (wanted < 1)
            throw new UserException($"--images must be 1 or more, not {wanted}");
        var taken = Math.Min(count, wanted);
        return [.. Enumerable.Range(0, taken).Select(i => (int)((long)i * count / taken))];
    }

    private static Option<string> Range(string name, string what, CrfRange range) => new(name)
    {
        Description = what + " of the first round, or one value to hold.",
        DefaultValueFactory = _ => range.ToString(),
        HelpName = "FIRST:STEP:LAST",
    };

    private static CrfRange ReadRange(ParseResult result, Option<string> option)
    {
        try
        {
            return CrfRange.Parse(result.GetValue(option)!);
        }
        catch (FormatException e)
        {
            throw new UserException($"{option.Name} {e.Message}");
        }
    }

    /// <summary>Counts the images of one pair of widths among those of all.</summary>
    private sealed class PartOfProgress(ProgressLine line, int before, int total) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => line.Show(before + value.Done, total);
    }
}
