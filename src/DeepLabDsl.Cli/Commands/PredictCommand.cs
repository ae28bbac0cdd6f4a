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
internal static class PredictCommand
{
    private static readonly string[] Kinds = ["mask", "index", "overlay", "probabilities"];

    public static Command Create(NetworkOptions networks)
    {
        var network = SharedOptions.NetworkOrModel();
        var images = new Argument<string[]>("image")
        {
            Description = "Images of any size, and folders of images (such as a video's frames, in the order of their names).",
            Arity = ArgumentArity.OneOrMore,
        };
        var weights = new WeightsOptions();
        var folder = new Option<string>("--out")
        {
            Description = "Takes the results, as NAME_mask.png and so on.",
            Required = true,
            HelpName = "DIR",
        };
        var write = CommandOptions.Words(
            "--write", Kinds,
            "What is written: mask (colours), index (class numbers, a palette PNG), overlay, probabilities (.npy, [classes, H, W], "
            + "float32). Default: mask index overlay.",
            "KIND");
        var dataset = new Option<string?>("--dataset")
        {
            Description = "Names and colours of the classes where the weights do not say; of images of other than three 8-bit channels, "
                + "how they are read and which files each is stacked from: a shipped definition or a dataset YAML.",
            HelpName = "NAME|FILE",
        };
        var prediction = new PredictionArguments();
        var refine = new CrfArguments(
            "Refine by a dense CRF; NAME_crf.png shows the image, the network's classes and the CRF's side by side.");
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var engine = PredictionEngine.Option();
        var shard = SharedOptions.Shard("Predict every n-th image only, from the i-th on.");
        var command = new Command("predict", "Draw the classes of images: colour mask, class indices, overlay, probabilities.")
        {
            network, images, weights.File, weights.NameMap, weights.Partial, weights.Entry, folder, write, dataset, engine, device, threads,
            shard,
        };
        prediction.AddTo(command);
        refine.AddTo(command);
        networks.AddTo(command);
        return command.Returns(result =>
        {
            var definition = result.GetValue(dataset) is { } name ? DatasetDefinition.Find(".", name) : null;
            var files = ImageList.Expand(result.GetRequiredValue(images), definition, Console.WriteLine);
            var named = SharedOptions.ReadShard(result.GetValue(shard));
            var ranks = RankJob.JoinShards(result.GetValue(shard));
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
                (result.GetValue(write) is { Length: > 0 } asked ? asked : Kinds[..3]).Contains)];
            var model = result.GetRequiredValue(network);
            using var opened = PredictionEngine.Open(
                result, model, PredictionEngine.IsModel(model) ? null : networks.Find(result, model), weights, prediction,
                engine, result.GetRequiredValue(device),
                RankJob.Threads(result.GetValue(threads)), definition, null);
            using var refiner = refine.Open(result, RankJob.Threads(result.GetValue(threads)), opened.Crf);
            if (ranks is not { Rank: > 0 })
                Console.WriteLine(opened.Choice);
            if (refiner is not null && kinds.Contains("probabilities"))
                throw new UserException("--write probabilities are the network's; leave out --crf");
            var target = result.GetRequiredValue(folder);
            var watch = Stopwatch.StartNew();
            var failed = files.Count == 0 ? 0
                : refiner is not null ? Refine(opened, refiner, files, target, kinds)
                : Run(opened, files, target, kinds, isAlone: ranks is null);
            return ranks is null ? Code(failed) : Code(Finish(ranks, files.Count, failed, target, watch));
        });
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
