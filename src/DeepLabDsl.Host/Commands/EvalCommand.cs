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
        var prediction = new PredictionArguments();
        var json = new Option<bool>("--json") { Description = "Print JSON, with the confusion matrix and each image's score." };
        var device = SharedOptions.Device();
        var threads = SharedOptions.Threads();
        var command = new Command("eval", "Score weights on a dataset: IoU of each class, mIoU, accuracies.") { network, weights.File, weights.NameMap, weights.Partial, weights.Entry, data, dataset, split, json, device, threads };
        prediction.AddTo(command);
        return command.Does(result =>
        {
            var descriptor = SharedOptions.FindNetwork(result.GetRequiredValue(network));
            var samples = SegmentationDataset.Open(result.GetRequiredValue(data), result.GetRequiredValue(split), result.GetValue(dataset));
            var on = SharedOptions.OpenDevice(result.GetRequiredValue(device), result.GetValue(threads));
            var source = weights.Open(result)!;
            using var built = source.Build(descriptor, samples.Classes.Count, on);
            var predictor = new Predictor(built, on, prediction.Read(result, descriptor), SharedOptions.Normalizer(samples.Normalizer, source.File, descriptor));
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
