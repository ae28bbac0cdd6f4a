using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights.Names;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Golden;

/// <summary>Finds the first module whose result is not the reference's.</summary>
internal static class GoldenProbes
{
    /// <summary>
    /// Statistics of deep layers differ by rounding more than their values do; what is computed otherwise differs by far more.
    /// </summary>
    private const double Tolerance = 1e-3;

    /// <summary>Runs the network again and compares what its modules return.</summary>
    /// <param name="net">The network, filled and in eval mode.</param>
    /// <param name="input">The run's input.</param>
    /// <param name="run">The reference's run.</param>
    /// <param name="map">Translates the network's keys to the reference's.</param>
    /// <returns>The reference's name of the module and what differs; null: no module that both have differs.</returns>
    public static string? FirstDifference(SegmentationNetwork net, Tensor input, GoldenRun run, NameMap? map)
    {
        var theirs = ModuleNames(net, map);
        var found = new Dictionary<(string, int), string?>();
        var calls = new Dictionary<string, int>();
        var probes = run.Probes.ToDictionary(p => (p.Module, p.Call));
        var hooks = new List<IDisposable>();
        try
        {
            foreach (var (name, module) in net.named_modules())
            {
                if (module is not nn.Module<Tensor, Tensor> hooked || !theirs.TryGetValue(name, out var theirName))
                    continue;
                hooks.Add(new Removal(hooked.register_forward_hook((_, _, result) =>
                {
                    var call = calls[theirName] = calls.GetValueOrDefault(theirName) + 1;
                    if (probes.TryGetValue((theirName, call), out var probe))
                        found[(theirName, call)] = Difference(probe, result);
                    return result;
                })));
            }
            net.call(input).Dispose();
        }
        finally
        {
            foreach (var hook in hooks)
                hook.Dispose();
        }
        // In the reference's order, which need not be ours.
        var first = run.Probes.FirstOrDefault(p => found.GetValueOrDefault((p.Module, p.Call)) is not null);
        return first is null
            ? null
            : $"{first.Module}{(first.Call > 1 ? "#" + first.Call.ToString(CultureInfo.InvariantCulture) : "")}: "
                + $"{found[(first.Module, first.Call)]}";
    }

    /// <summary>The reference's names of the network's modules: by the tensors in them, else as they are.</summary>
    private static Dictionary<string, string> ModuleNames(SegmentationNetwork net, NameMap? map)
    {
        var names = net.named_modules().Select(m => m.name).ToDictionary(n => n, n => n);
        if (map is null)
            return names;
        foreach (var name in map.Apply(ModuleState.Of(net).Select(e => e.Name)).Names.Where(n => n.Theirs is not null))
            names[Parent(name.Ours)] = Parent(name.Theirs!);
        return names;

        static string Parent(string key) => key[..Math.Max(0, key.LastIndexOf('.'))];
    }

    private static string? Difference(GoldenProbe probe, Tensor ours)
    {
        using var scope = NewDisposeScope();
        if (!ours.shape.SequenceEqual(probe.Shape))
            return $"[{string.Join(", ", ours.shape)}], not [{string.Join(", ", probe.Shape)}]";
        var (theirs, tolerance) = (probe.Statistics, Tolerance * Math.Max(probe.Statistics.Std, 1e-6));
        var values = ours.flatten()[TensorIndex.Slice(0, theirs.First.Count)].contiguous().data<float>().Select(v => (double)v).ToList();
        (string What, double Ours, double Theirs)[] pairs =
        [
            ("mean", ours.mean().Number(), theirs.Mean),
            ("standard deviation", ours.std(unbiased: false).Number(), theirs.Std),
            ("largest magnitude", ours.abs().max().Number(), theirs.LargestMagnitude),
            .. values.Zip(theirs.First, (o, t) => ("first values", o, t)),
        ];
        return pairs.Where(p => !(Math.Abs(p.Ours - p.Theirs) <= tolerance)).Select(p =>
            string.Create(CultureInfo.InvariantCulture, $"{p.What} {p.Ours:g6}, not {p.Theirs:g6}")).FirstOrDefault();
    }

    private sealed class Removal(nn.Module<Tensor, Tensor>.HookRemover hook) : IDisposable
    {
        public void Dispose() => hook.remove();
    }
}
