using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Native;
using DeepLabDsl.Networks;
using DeepLabDsl.Onnx;
using static TorchSharp.torch;

namespace DeepLabDsl.Benchmarks;

/// <summary>Runs one network in one engine, each time that it is told to.</summary>
internal static class InferenceWorker
{
    private const int Side = 513;
    private const int Classes = 21;

    /// <summary>The engines that are compared, the baseline first.</summary>
    public static readonly string[] Engines =
        ["pytorch-onnx", "onnx", "onnx-any-size", "int8", "module", "inference", "bfloat16"];

    /// <summary>The engine that runs an ONNX file.</summary>
    public const string Runtime = "runtime";

    /// <summary>Whether an engine is ONNX Runtime on one of our exports, which a process of its own writes.</summary>
    public static bool IsExport(string engine) => engine is "onnx" or "onnx-any-size" or "int8";

    /// <param name="name">The network.</param>
    /// <param name="engine">What runs it.</param>
    /// <param name="threads">Threads of one operation.</param>
    /// <param name="file">The ONNX file that is run or written, where the engine has one.</param>
    public static int Run(string name, string engine, int threads, string file)
    {
        if (engine == Runtime)
        {
            // The memory of this process is ONNX Runtime's: libtorch isn't loaded.
            return Serve(Session(OnnxRun.Load(file, threads), new float[3 * Side * Side]));
        }
        NativeBackend.EnsureLoaded();
        return InTorch(name, engine, threads, file);
    }

    private static int InTorch(string name, string engine, int threads, string file)
    {
        set_num_threads(threads);
        random.manual_seed(1);
        using var unrecorded = no_grad();
        if (engine == "roofline")
        {
            Console.WriteLine(Roofline(threads));
            return 0;
        }
        if (IsExport(engine))
        {
            using var stream = File.Create(file);
            Export(name, engine, threads).Write(stream);
            return 0;
        }
        return Serve(Open(name, engine));
    }

    private static int Serve(Action run)
    {
        run();
        run();
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            var start = Stopwatch.GetTimestamp();
            if (line.EndsWith("run", StringComparison.Ordinal))
                run();
            if (line.StartsWith("mark", StringComparison.Ordinal))
                Console.WriteLine("marked");
            else if (line == "run")
                Console.WriteLine(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString(CultureInfo.InvariantCulture));
            else
                Console.WriteLine(Peak().ToString(CultureInfo.InvariantCulture));
        }
        return 0;
    }

    private static OnnxModel Export(string name, string engine, int threads)
    {
        using var network = Zoo.NetworkCatalog.All.Single(n => n.Name == name).Create(Classes);
        network.eval();
        var state = ModuleState.Of(network).ToDictionary(e => e.Name, e => e.Tensor);
        var model = OnnxExporter.Export(network.Graph, Classes,
            key => state[key].detach().to(ScalarType.Float32).contiguous().data<float>().ToArray(),
            // PyTorch's export is of one size.
            engine == "onnx-any-size" ? null : new OnnxExportOptions { Batch = 1, Height = Side, Width = Side });
        return engine == "int8" ? Quantize(model, network.Descriptor, threads) : model;
    }

    private static Action Open(string name, string engine)
    {
        var image = rand(1, 3, Side, Side);
        var network = Zoo.NetworkCatalog.All.Single(n => n.Name == name).Create(Classes);
        network.eval();
        switch (engine)
        {
            case "module":
                return () =>
                {
                    using var scope = NewDisposeScope();
                    network.call(Layers.ChannelsLast(image));
                };
            case "operations":
                return () => Operations(network, image);
            case "inference" or "bfloat16":
                var form = network.IntoInference(engine == "inference" ? InferencePrecision.Float32 : InferencePrecision.BFloat16);
                return () => form.Logits(image).Dispose();
            default:
                throw new ArgumentException($"there is no engine {engine}");
        }
    }

    /// <summary>In 8 bits, by the ranges of a picture of noise: they do not matter to the time.</summary>
    private static OnnxModel Quantize(OnnxModel model, NetworkDescriptor network, int threads)
    {
        var pixels = new byte[3 * Side * Side];
        new Random(1).NextBytes(pixels);
        (RgbImage, ChannelImage?) Picture() => (new RgbImage(Side, Side, pixels), null);
        return OnnxQuantizer.Quantize(
            model, OnnxCalibration.Run(model, [Picture], new ImageNormalizer(network.Mean, network.Std), threads: threads));
    }

    private static Action Session(OnnxRun session, float[] values)
    {
        var name = session.Outputs[0];
        return () => session.Run(values, [1, 3, Side, Side], [name]);
    }

    /// <summary>Prints what each kind of operation takes by itself, as the module runs it.</summary>
    private static void Operations(SegmentationNetwork network, Tensor image)
    {
        using var scope = NewDisposeScope();
        var times = new Dictionary<string, double>();
        var start = Stopwatch.GetTimestamp();
        new GraphExecutor(network).Run(Layers.ChannelsLast(image), observe: (node, _) =>
        {
            var kind = node.Operation.GetType().Name;
            times[kind] = times.GetValueOrDefault(kind) + Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            start = Stopwatch.GetTimestamp();
        });
        foreach (var (kind, time) in times.OrderByDescending(t => t.Value))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {kind} | {time:0.0} |"));
    }

    /// <summary>What the machine reaches: a large convolution, and a large copy.</summary>
    private static string Roofline(int threads)
    {
        using var scope = NewDisposeScope();
        const int channels = 512;
        var map = Layers.ChannelsLast(rand(1, channels, 65, 65));
        var kernel = rand(channels, channels, 3, 3);
        var time = Measure.Median(5, () => nn.functional.conv2d(map, kernel, padding: [1, 1]).Dispose());
        return string.Create(CultureInfo.InvariantCulture,
            $"a 3x3 convolution of {channels} channels at 65x65 {2.0 * channels * channels * 9 * 65 * 65 / time / 1e6:0} GFLOP/s, "
            + $"a copy {Measure.Bandwidth(threads) / 1e9:0.0} GB/s");
    }

    private static double Peak()
    {
        foreach (var line in File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status") : [])
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                return 1024 * double.Parse(line["VmHWM:".Length..^2], CultureInfo.InvariantCulture);
        }
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
