using System;
using DeepLabDsl.Benchmarks;

return args switch
{
    ["crf", .. var rest] => CrfBenchmark.Run(rest),
    ["generator", .. var rest] => GeneratorBenchmark.Run(rest),
    ["inference", .. var rest] => InferenceBenchmark.Run(rest),
    ["predict", _, _, _, _, ..] => PredictBenchmark.Run(args[1..]),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: crf IMAGE LABELS [--peer PROGRAM] [--threads N,N] [--rounds N] [--repeat N] [--case N,N] [--cost]");
    Console.Error.WriteLine("       generator [--repeat N] [--build]");
    Console.Error.WriteLine(
        "       inference [--pytorch FOLDER] [--networks NAME,NAME] [--engines NAME,NAME] [--threads N,N] [--rounds N]");
    Console.Error.WriteLine("       predict NETWORK WEIGHTS.safetensors IMAGES OUT [NUMBER [THREADS]]");
    return 2;
}
