using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Distributed;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using DeepLabDsl.Onnx;
using DeepLabDsl.Rendering;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>predict</c>: masks, overlays and probabilities of images, folders and frames of videos.</summary>
internal sealed class PredictCommand
{
    private static readonly string[] Kinds = ["mask", "index", "overlay", "probabilities"];

    private readonly NetworkOptions _networks;
    private readonly Argument<string> _network = SharedOptions.NetworkOrModel();

    private readonly Argument<string[]> _images = new("image")
    {
        Description = "Images of any size, and folders of images (such as a video's frames, in the order of their names).",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly WeightsOptions _weights = new();

    private readonly Option<string> _folder = new("--out")
    {
        Description = "Takes the results, as NAME_mask.png and so on.",
        Required = true,
        HelpName = "DIR",
    };

    private readonly Option<string[]> _write = CommandOptions.Words(
        "--write", Kinds,
        "What is written: mask (colours), index (class numbers, a palette PNG), overlay, probabilities (.npy, [classes, H, W], "
        + "float32). Default: mask index overlay.",
        "KIND");

    private readonly Option<string?> _dataset = new("--dataset")
    {
        Description = "Names and colours of the classes where the weights do not say; of images of other than three 8-bit channels, "
            + "how they are read and which files each is stacked from: a shipped definition or a dataset YAML.",
        HelpName = "NAME|FILE",
    };

    private readonly PredictionArguments _prediction = new();

    private readonly CrfArguments _refine = new(
        "Refine by a dense CRF; NAME_crf.png shows the image, the network's classes and the CRF's side by side.");

    private readonly Option<string> _device = SharedOptions.Device();
    private readonly Option<int?> _threads = SharedOptions.Threads();
    private readonly Option<EngineKind?> _engine = PredictionEngine.Option();
    private readonly Option<string?> _shard = SharedOptions.Shard("Predict every n-th image only, from the i-th on.");

    private PredictCommand(NetworkOptions networks) => _networks = networks;

    public static Command Create(NetworkOptions networks) => new PredictCommand(networks).Build();

    private Command Build()
    {
        var command = new Command("predict", "Draw the classes of images: colour mask, class indices, overlay, probabilities.")
        {
            _network, _images, _weights.File, _weights.NameMap, _weights.Partial, _weights.Entry, _folder, _write, _dataset,
            _engine, _device, _threads, _shard,
        };
        _prediction.AddTo(command);
        _refine.AddTo(command);
        _networks.AddTo(command);
        return command.Returns(Start);
    }

    private int Start(ParseResult result)
    {
        var definition = result.GetValue(_dataset) is { } name ? DatasetDefinition.Find(".", name) : null;
        var files = ImageList.Expand(result.GetRequiredValue(_images), definition, Console.WriteLine);
        var named = SharedOptions.ReadShard(result.GetValue(_shard));
        var ranks = RankJob.JoinShards(result.GetValue(_shard));
        if ((ranks is null ? named : new Shard(ranks.Rank + 1, ranks.Size)) is { } own)
        {
            var all = files;
            files = [.. own.Of(all.Count).Select(i => all[i])];
            if (files.Count == 0 && ranks is null)
            {
                Console.WriteLine($"shard {own} is empty: there are {Output.Count(all.Count, "image")}");
                return 0;
            }
        }
        var kinds = (IReadOnlyList<string>)[.. Kinds.Where(
            (result.GetValue(_write) is { Length: > 0 } asked ? asked : Kinds[..3]).Contains)];
        var model = result.GetRequiredValue(_network);
        using var opened = PredictionEngine.Open(
            result, model, PredictionEngine.IsModel(model) ? null : _networks.Find(result, model), _weights, _prediction,
            _engine, result.GetRequiredValue(_device),
            RankJob.Threads(result.GetValue(_threads)), definition, null);
        using var refiner = _refine.Open(result, RankJob.Threads(result.GetValue(_threads)), opened.Crf);
        if (ranks is not { Rank: > 0 })
            Console.WriteLine(opened.Choice);
        if (refiner is not null && kinds.Contains("probabilities"))
            throw new UserException("--write probabilities are the network's; leave out --crf");
        var target = result.GetRequiredValue(_folder);
        var watch = Stopwatch.StartNew();
        var failed = files.Count == 0 ? 0
            : refiner is not null ? Refine(opened, refiner, files, target, kinds)
            : Run(opened, files, target, kinds, isAlone: ranks is null);
        return ranks is null ? Code(failed) : Code(Finish(ranks, files.Count, failed, target, watch));
    }

    private static int Code(int failed) => failed == 0 ? 0 : 1;

    /// <summary>Waits for all ranks, and says what they have done together.</summary>
    /// <returns>How many images failed on all ranks.</returns>
    private static int Finish(ICommunicator ranks, int images, int failed, string folder, Stopwatch watch)
    {
        Span<double> sums = [images, failed];
        ranks.Sum(sums);
        var count = (int)(sums[0] - sums[1]);
        if (count > 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Output.Count(count, "image")} on {ranks.Size} ranks in {watch.Elapsed.TotalSeconds:0.0} s: "
                + $"{count / watch.Elapsed.TotalSeconds:0.0} images/s -> {folder}"));
        }
        RankJob.Leave();
        return (int)sums[1];
    }

    // What can't be read or predicted does not keep the rest back.
    // Gives how many failed.
    private static int Run(
        PredictionEngine engine, IReadOnlyList<ImageFiles> images, string folder, IReadOnlyList<string> kinds, bool isAlone)
    {
        var watch = Stopwatch.StartNew();
        var network = TimeSpan.Zero;
        var failures = new List<string>();
        var isShort = images.Count <= 20;
        var withProbabilities = kinds.Contains("probabilities");
        using (var progress = new ProgressLine(isShort ? null : "predicting"))
        using (var reading = new ReadAhead<ImageFiles, (RgbImage Picture, ChannelImage? Planes)>(images, engine.Reader.Read))
        using (var writing = new WriteBehind(withProbabilities ? 1 : WriteBehind.Default))
        {
            foreach (var (i, image) in images.Index())
            {
                (RgbImage Picture, LabelMap Labels, ClassProbabilities? Probabilities) found;
                try
                {
                    var (picture, planes) = reading.Next();
                    engine.Memory?.Require(picture.Height, picture.Width);
                    var began = Stopwatch.GetTimestamp();
                    var (labels, probabilities) = Predict(engine.Predictor, image.Paths[0], picture, planes, withProbabilities);
                    network += Stopwatch.GetElapsedTime(began);
                    found = (picture, labels, probabilities);
                }
                catch (Exception exception) when (IsOfImage(exception))
                {
                    failures.Add(Message(exception, image));
                    continue;
                }
                finally
                {
                    progress.Show(i + 1, images.Count);
                }
                var name = Path.Combine(folder, image.Name);
                var said = $"{image.Paths[0]} -> {name}_{(kinds.Count > 1 ? $"{{{string.Join(',', kinds)}}}" : kinds[0])}";
                writing.Add(
                    () => Write(name, found.Picture, found.Labels, found.Probabilities, kinds, engine.Classes),
                    isShort ? () => Console.WriteLine(said) : null);
            }
            writing.Finish();
        }
        var count = images.Count - failures.Count;
        if (count > 0 && isAlone)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Output.Count(count, "image")} in {watch.Elapsed.TotalSeconds:0.0} s: {count / watch.Elapsed.TotalSeconds:0.0} images/s, "
                + $"the network alone {count / network.TotalSeconds:0.0} ({100 * (network / watch.Elapsed):0} % of the time) -> {folder}"));
        }
        return Fail(failures);
    }

    private static int Refine(
        PredictionEngine engine, CrfRefiner refiner, IReadOnlyList<ImageFiles> images, string folder, IReadOnlyList<string> kinds)
    {
        var classes = engine.Classes;
        var failures = new List<string>();
        foreach (var image in images)
        {
            RgbImage picture;
            LabelMap plain, refined;
            var before = refiner.Elapsed;
            try
            {
                (picture, var planes) = engine.Reader.Read(image);
                engine.Memory?.Require(picture.Height, picture.Width);
                (plain, refined) = engine.Predictor.Predict(Sample(image.Paths[0], picture, planes), refiner);
            }
            catch (Exception exception) when (IsOfImage(exception))
            {
                failures.Add(Message(exception, image));
                continue;
            }
            var name = Path.Combine(folder, image.Name);
            Write(name, picture, refined, null, kinds, classes);
            ImageFile.WriteResult(
                name + "_crf.png",
                SideBySide.Draw(picture, MaskRenderer.Overlay(picture, plain, classes), MaskRenderer.Overlay(picture, refined, classes)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{image.Paths[0]} -> {name}_{{{string.Join(',', kinds)},crf}}; "
                + $"the CRF took {(refiner.Elapsed - before).TotalMilliseconds:0} ms"));
        }
        return Fail(failures);
    }

    private static bool IsOfImage(Exception exception) => exception is UnusableDataException or UserException or OnnxModelException;

    private static string Message(Exception exception, ImageFiles image) =>
        image.Paths.Any(p => exception.Message.Contains(p, StringComparison.Ordinal))
            ? exception.Message
            : $"{image.Paths[0]}: {exception.Message}";

    private static int Fail(List<string> failures)
    {
        foreach (var failure in failures)
            Console.Error.WriteLine($"error: {failure}");
        return failures.Count;
    }

    private static (LabelMap Labels, ClassProbabilities? Probabilities) Predict(
        IImagePredictor predictor, string name, RgbImage picture, ChannelImage? planes, bool withProbabilities)
    {
        var sample = Sample(name, picture, planes);
        if (!withProbabilities)
            return (predictor.Predict(sample), null);
        if (predictor is OnnxPredictor model)
        {
            var found = model.Probabilities(sample);
            return (found.MostLikely(), found);
        }
        using var scope = NewDisposeScope();
        var probabilities = ((Predictor)predictor).PredictProbabilities(picture, planes, name).cpu();
        var labels = new LabelMap(picture.Width, picture.Height, probabilities.argmax(0).to(ScalarType.Byte).bytes.ToArray());
        return (labels, new ClassProbabilities((int)probabilities.shape[0], picture.Width, picture.Height,
            probabilities.contiguous().data<float>().ToArray()));
    }

    /// <summary>An image that is only looked at: its labels are nobody's.</summary>
    private static SegmentationSample Sample(string name, RgbImage picture, ChannelImage? planes) =>
        new(name, picture, new LabelMap(picture.Width, picture.Height)) { Planes = planes };

    private static void Write(
        string name, RgbImage picture, LabelMap labels, ClassProbabilities? probabilities, IReadOnlyList<string> kinds, ClassSet classes)
    {
        if (kinds.Contains("mask"))
            ImageFile.WriteResult(name + "_mask.png", MaskRenderer.Colorize(labels, classes));
        if (kinds.Contains("index"))
            ImageFile.WriteResult(name + "_index.png", labels, classes);
        if (kinds.Contains("overlay"))
            ImageFile.WriteResult(name + "_overlay.png", MaskRenderer.Overlay(picture, labels, classes));
        if (probabilities is not null)
            NpyArray.Write(name + "_probabilities.npy", probabilities.Values,
                [probabilities.Classes, probabilities.Height, probabilities.Width]);
    }
}
