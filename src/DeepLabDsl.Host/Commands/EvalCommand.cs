using System;
using System.CommandLine;
using System.Text.Json;

namespace DeepLabDsl.Host.Commands;

/// <summary><c>eval</c>: scores weights on a dataset.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var network = SharedOptions.Network();
        var weights = new WeightsOptions(isRequired: true);
        var data = SharedOptions.Data();
        var dataset = SharedOptions.Dataset();
        var split = new Option<string>("--split") { Description = "The split to score on.", DefaultValueFactory = _ => "val", HelpName = "NAME" };
        var scales = SharedOptions.Scales();
        var flip = SharedOptions.Flip();
        var json = new Option<bool>("--json") { Description = "Print JSON, the confusion matrix included." };
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        return new Command("eval", "Score weights on a dataset: IoU of each class, mIoU, pixel accuracy.") { network, weights.File, weights.NameMap, weights.Partial, weights.Entry, data, dataset, split, scales, flip, json, device, threads }
            .Does(result =>
            {
                var descriptor = SharedOptions.FindNetwork(result.GetRequiredValue(network));
                var samples = SegmentationDataset.Open(result.GetRequiredValue(data), result.GetRequiredValue(split), result.GetValue(dataset));
                var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
                using var built = weights.Open(result)!.Build(descriptor, samples.Classes.Count, on);
                var predictor = new Predictor(built, on, SharedOptions.Prediction(result.GetRequiredValue(scales), result.GetValue(flip)));
                var isData = result.GetValue(json);
                using var progress = new ProgressLine(isData ? null : "evaluating");
                var scored = Evaluator.Run(predictor, samples, done => progress.Show(done, samples.Count));
                progress.Dispose();
                if (isData)
                    Console.WriteLine(JsonSerializer.Serialize(Output.ScoresAsData(samples.Classes, scored), Output.Json));
                else
                    Output.Scores(samples.Classes, scored);
            });
    }
}
