using System;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using DeepLabDsl.Tests.Support;
using DeepLabDsl.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.Training;

/// <summary>Sums of gradients are under way while the backward pass goes on.</summary>
[Collection(TrainingCollection.Name)]
public class GradientBucketsTests
{
    private const int LayerCount = 8;
    private const int Channels = 64;
    private const int Repeats = 5;

    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(10);

    [Fact]
    public void Eight_sums_in_a_row_lengthen_a_step_by_less_than_they_take()
    {
        var (plain, delayed) = Measure();

        Assert.True(
            delayed - plain < LayerCount * Latency, $"a step took {plain.TotalMilliseconds} ms, then {delayed.TotalMilliseconds} ms");
    }

    private static (TimeSpan Plain, TimeSpan Delayed) Measure()
    {
        var (plain, delayed) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        // On a thread of its own, whose operations take one core: on many the backward pass is over before there is much to see.
        Task.Factory.StartNew(
            () =>
            {
                set_num_threads(1);
                using var layers = nn.Sequential(Enumerable.Range(0, LayerCount).Select(i => (
                    $"conv{i}", (nn.Module<Tensor, Tensor>)nn.Conv2d(Channels, Channels, 3, padding: 1, bias: false))));
                using var maps = randn(1, Channels, 64, 64);
                // In turns, the shortest of several: what else runs on the machine makes both longer.
                for (var i = 0; i < Repeats; i++)
                {
                    plain = Min(plain, Step(layers, maps, TimeSpan.Zero));
                    delayed = Min(delayed, Step(layers, maps, Latency));
                }
            },
            TaskCreationOptions.LongRunning).GetAwaiter().GetResult();
        return (plain, delayed);
    }

    /// <summary>A step of one rank, each layer's gradients a bucket of their own.</summary>
    private static TimeSpan Step(Sequential layers, Tensor maps, TimeSpan latency)
    {
        using var scope = NewDisposeScope();
        using var buckets = new GradientBuckets(
            layers, layers.parameters().Select(p => (p, p)), new ThreadGroup(1, latency).Ranks[0], length: 1);
        Assert.Equal(LayerCount, buckets.Count);
        var began = Stopwatch.GetTimestamp();
        buckets.Arm();
        layers.call(maps).sum().backward();
        buckets.Finish();
        var time = Stopwatch.GetElapsedTime(began);
        // The first layer's input needs no gradient, so that nothing tells when its own gradients are there.
        Assert.Equal(LayerCount - 1, buckets.BegunEarly);
        return time;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
