using System;
using System.Linq;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>Weights as the command line names them.</summary>
/// <param name="File">The file.</param>
/// <param name="NameMap">The publisher's names: a map, <c>none</c>, or null for the network's own map.</param>
/// <param name="IsPartial">Whether to load what fits.</param>
internal sealed record WeightsSource(WeightsFile File, string? NameMap = null, bool IsPartial = false)
{
    private const int ShownLeftOver = 8;

    /// <summary>A network with these weights, built for as many classes as are asked for, else as the file says.</summary>
    public SegmentationNetwork Build(NetworkDescriptor descriptor, int? classes, Device device)
    {
        var network = descriptor.Create(classes ?? WeightsMetadata.Of(File)?.Classes.Count ?? descriptor.DefaultClasses);
        try
        {
            var match = WeightsFile.Load(network, File, SharedOptions.FindNameMap(NameMap, descriptor), IsPartial);
            Report(match);
            return (SegmentationNetwork)network.to(device);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Says what was not loaded; to the side, since a result may go to the standard output.</summary>
    public static void Report(WeightsMatch match)
    {
        foreach (var line in match.Adapted)
            Console.Error.WriteLine($"{match.File.Path}: {line}");
        if (match.LeftOver.Count > 0)
        {
            var shown = string.Join(", ", match.LeftOver.Take(ShownLeftOver)) + (match.LeftOver.Count > ShownLeftOver ? " …" : "");
            Console.Error.WriteLine($"{match.File.Path}: the weights are those under '{match.Prefix}'; left over: {shown}");
        }
        if (match.DescribeNonFinite() is { } broken)
            Console.Error.WriteLine($"warning: {broken}");
        if (match.Differences.Count == 0)
            return;
        Console.Error.WriteLine(
            $"{match.File.Path}: {match.Fitting} tensors loaded; the network keeps its first values where the file differs:");
        foreach (var line in match.Lines)
            Console.Error.WriteLine("  " + line);
    }
}
