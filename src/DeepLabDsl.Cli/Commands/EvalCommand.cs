using System;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli.Commands;

/// <summary><c>eval</c>: scores weights on a dataset.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var network = SharedOptions.NetworkOrModel();
        var weights = new WeightsOptions();
        var data = SharedOptions.Data();
        data.Required = false;
        var dataset = SharedOptions.Dataset();
        var split = new Option<string>("--split")
        {
            Description = "The split to score on.",
            DefaultValueFactory = _ => "val",
            HelpName = "NAME",
        };
        var prediction = new PredictionArguments();
        var print = CommandOptions.Flag(
            "--print-config", "Print how images are predicted and where each value comes from, and do nothing.");
        var json = CommandOptions.Flag("--json", "Print JSON, with the confusion matrix and each image's score.");
        var refine = new CrfArguments("Score a dense CRF on top of the network too.");
        var boundaries = CommandOptions.Word<BoundarySource>(
            "--boundaries",
            "Score near boundaries too: mIoU in bands of 1 to 40 pixels, F of outlines. Bands are measured from void pixels (VOC's "
            + "trimap) or from edges of classes.");
        var plot = new Option<string?>("--trimap-plot")
        {
            Description = "With --boundaries: draws mIoU against the width of the band.",
            HelpName = "FILE.svg",
        };
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var engine = PredictionEngine.Option();
        var command = new Command("eval", "Score weights on a dataset: IoU of each class, mIoU, accuracies.") { network, weights.File,
            weights.NameMap, weights.Partial, weights.Entry, data, dataset, split, boundaries, plot, print, json, engine, device, threads };
        prediction.AddTo(command);
        refine.AddTo(command);
        return command.Does(result =>
        {
            var name = result.GetRequiredValue(network);
            if (result.GetValue(print))
            {
                prediction.Print(result, SharedOptions.FindNetwork(name));
                return;
            }
            if (!PredictionEngine.IsModel(name) && SharedOptions.FindNetwork(name) is not null && result.GetValue(weights.File) is null)
                throw new UserException("--weights FILE is missing: a file of weights, or the folder of a run");
            var samples = SegmentationDataset.Open(result.GetValue(data) ?? throw new UserException(
                "--data DIR is missing: the dataset's folder"), result.GetRequiredValue(split), result.GetValue(dataset));
            using var opened = PredictionEngine.Open(
                result, name, weights, prediction, engine, result.GetRequiredValue(device), result.GetValue(threads), null, samples);
            var isData = result.GetValue(json);
            var bands = result.GetValue(boundaries);
            if (result.GetValue(plot) is not null && bands is null)
                throw new UserException("--trimap-plot needs --boundaries");
            using var refiner = refine.Open(result, result.GetValue(threads), opened.Crf);
            using var progress = new ProgressLine(isData ? null : "evaluating");
            var scored = Evaluator.Run(opened.Predictor, samples, refiner, bands, progress);
            progress.Dispose();
            if (isData)
                Console.WriteLine(JsonSerializer.Serialize(BoundaryOutput.AsData(samples.Classes, scored), Output.Json));
            else
                Show(samples.Classes, scored, refiner);
            if (result.GetValue(plot) is { } path)
                TrimapPlot.Write(path, BoundaryOutput.Curves(scored));
        });
    }

    private static void Show(ClassSet classes, EvaluationResult scored, CrfRefiner? refiner)
    {
        Output.Scores(classes, scored);
        if (scored.Refined is { } refined)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"\nwith the CRF ({refiner!.Elapsed.TotalMilliseconds / scored.Images:0} ms an image):"));
            Output.Scores(classes, refined);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"mIoU before {100 * scored.Scores.MeanIoU:0.00} %, after {100 * refined.Scores.MeanIoU:0.00} %: "
                + $"{100 * (refined.Scores.MeanIoU - scored.Scores.MeanIoU):+0.00;-0.00;0.00} points"));
        }
        BoundaryOutput.Show(classes, scored);
    }
}
