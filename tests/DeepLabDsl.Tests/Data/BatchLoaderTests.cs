using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

public sealed class BatchLoaderTests
{
    private static readonly TrainingTransform Transform = new() { CropWidth = 24, CropHeight = 20, Jitter = new(0.2, 0.2, 0.2) };

    [Fact]
    public void The_same_seed_gives_the_same_batches_whatever_the_number_of_workers()
    {
        var dataset = DemoScenes.CreateDataset("train", 11, width: 40, height: 32);
        List<(string[] Names, float[] Images, long[] Labels)> Batches(int workers, ulong seed, int epoch)
        {
            using var loader = new BatchLoader(dataset, Transform, Options(3) with { Workers = workers, Seed = seed, Prefetch = 2 });
            var batches = new List<(string[], float[], long[])>();
            foreach (var batch in loader.Epoch(epoch))
            {
                // Copied and disposed, so that later batches reuse the arrays.
                batches.Add(([.. batch.Names], [.. batch.Images], [.. batch.Labels]));
                batch.Dispose();
            }
            return batches;
        }
        var expected = Batches(0, seed: 5, epoch: 1);
        foreach (var workers in new[] { 1, 2, 5 })
        {
            var actual = Batches(workers, seed: 5, epoch: 1);
            Assert.Equal(expected.Select(b => b.Names), actual.Select(b => b.Names));
            Assert.Equal(expected.Select(b => b.Images), actual.Select(b => b.Images));
            Assert.Equal(expected.Select(b => b.Labels), actual.Select(b => b.Labels));
        }
        Assert.Equal([3, 3, 3, 2], expected.Select(b => b.Names.Length));
        Assert.Equal(11, expected.SelectMany(b => b.Names).Distinct().Count());
        Assert.NotEqual(expected.SelectMany(b => b.Names), Batches(2, seed: 5, epoch: 2).SelectMany(b => b.Names));
        Assert.NotEqual(expected.SelectMany(b => b.Names), Batches(2, seed: 6, epoch: 1).SelectMany(b => b.Names));
    }

    [Fact]
    public void A_sample_is_changed_anew_each_epoch()
    {
        using var loader = new BatchLoader(DemoScenes.CreateDataset("train", 1), Transform, Options(1));
        Assert.NotEqual(loader.Epoch(0).Single().Images, loader.Epoch(1).Single().Images);
    }

    [Fact]
    public void A_batch_states_its_shape_and_its_arrays_fit_it()
    {
        using var loader = new BatchLoader(
            DemoScenes.CreateDataset("train", 5), Transform, Options(3) with { Shuffle = false });
        Assert.Equal(2, loader.BatchesPerEpoch);
        var last = loader.Epoch(0).Last();
        Assert.Equal((2, 3, 20, 24), (last.Count, last.Channels, last.Height, last.Width));
        Assert.Equal((2 * 3 * 20 * 24, 2 * 20 * 24), (last.Images.Length, last.Labels.Length));
        Assert.Equal(["train-0003", "train-0004"], last.Names);
        Assert.True(loader.Waited > TimeSpan.Zero);
        last.Dispose();
        last.Dispose();
        Assert.Throws<ObjectDisposedException>(() => last.Images);
    }

    [Fact]
    public void A_last_batch_that_is_not_full_can_be_left_out()
    {
        var dataset = DemoScenes.CreateDataset("train", 5);
        using var loader = new BatchLoader(dataset, Transform, Options(3) with { DropLast = true });
        Assert.Equal([3], loader.Epoch(0).Select(b => b.Count));
        var message = Assert.Throws<UnusableDataException>(
            () => new BatchLoader(dataset, Transform, Options(6) with { DropLast = true })).Message;
        Assert.Contains("split 'train' has 5 samples, a batch takes 6", message);
        Assert.Contains("Take a smaller batch", message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void A_sample_that_fails_surfaces_at_its_batch_after_the_ones_before(int workers)
    {
        var dataset = new FakeDataset(12, i => i is 5 or 9 ? throw new UnusableDataException($"{i}.png: damaged") : FakeDataset.Sample(i));
        using var loader = new BatchLoader(dataset, Transform, Options(2) with { Workers = workers, Shuffle = false });
        var taken = 0;
        var exception = Assert.Throws<UnusableDataException>(() =>
        {
            foreach (var batch in loader.Epoch(0))
                taken++;
        });
        Assert.Equal("5.png: damaged", exception.Message);
        Assert.Equal(2, taken);
    }

    [Fact]
    public void An_unexpected_exception_is_wrapped_with_the_samples_name()
    {
        var dataset = new FakeDataset(2, _ => throw new InvalidOperationException("out of paper"));
        using var loader = new BatchLoader(dataset, Transform, Options(1) with { Shuffle = false });
        var exception = Assert.Throws<UnusableDataException>(() => loader.Epoch(0).Count());
        Assert.Equal("0.jpg: the sample cannot be prepared: out of paper", exception.Message);
        Assert.IsType<InvalidOperationException>(exception.InnerException);
    }

    [Fact]
    public void No_more_is_prepared_than_there_is_room_for()
    {
        var loads = 0;
        var dataset = new FakeDataset(100, i =>
        {
            Interlocked.Increment(ref loads);
            return FakeDataset.Sample(i);
        });
        using var loader = new BatchLoader(dataset, Transform, Options(4) with { Workers = 3, Prefetch = 2 });
        using (var batches = loader.Epoch(0).GetEnumerator())
        {
            Assert.True(batches.MoveNext());
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref loads) == 12, 5000), $"{loads} samples");
            Thread.Sleep(50);
            Assert.Equal(12, Volatile.Read(ref loads));
        }
        // Leaving the enumeration has stopped the workers.
        Assert.Equal(12, loads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Cancellation_ends_the_enumeration(int workers)
    {
        using var cancellation = new CancellationTokenSource();
        using var loader = new BatchLoader(new FakeDataset(50, FakeDataset.Sample), Transform, Options(1) with { Workers = workers });
        var taken = 0;
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var batch in loader.Epoch(0, cancellationToken: cancellation.Token))
            {
                if (++taken == 3)
                    cancellation.Cancel();
            }
        });
        Assert.Equal(3, taken);
    }

    [Fact]
    public void Cancellation_wakes_a_consumer_that_waits_and_disposal_does_too()
    {
        using var release = new ManualResetEventSlim();
        var dataset = new FakeDataset(4, i =>
        {
            // Held until someone gives up.
            release.Wait();
            return FakeDataset.Sample(i);
        });
        using var cancellation = new CancellationTokenSource();
        var loader = new BatchLoader(dataset, Transform, Options(1));
        foreach (var giveUp in new Action[] { cancellation.Cancel, loader.Dispose })
        {
            release.Reset();
            var token = giveUp == (Action)loader.Dispose ? CancellationToken.None : cancellation.Token;
            using var later = new Timer(_ =>
            {
                giveUp();
                release.Set();
            }, null, 30, Timeout.Infinite);
            Assert.ThrowsAny<OperationCanceledException>(() => loader.Epoch(0, cancellationToken: token).Count());
        }
        Assert.Throws<ObjectDisposedException>(() => loader.Epoch(1));
    }

    [Fact]
    public void Decoded_samples_are_kept_up_to_the_bytes_allowed()
    {
        var loads = 0;
        var dataset = new FakeDataset(10, i =>
        {
            Interlocked.Increment(ref loads);
            return FakeDataset.Sample(i);
        });
        int LoadsOfTwoEpochs(long bytes)
        {
            loads = 0;
            using var loader = new BatchLoader(dataset, Transform, Options(2) with { CacheBytes = bytes });
            _ = loader.Epoch(0).Count() + loader.Epoch(1).Count();
            return loads;
        }
        var each = 4 * FakeDataset.Width * FakeDataset.Height;
        Assert.Equal(20, LoadsOfTwoEpochs(0));
        Assert.Equal(10, LoadsOfTwoEpochs(1 << 20));
        Assert.Equal(16, LoadsOfTwoEpochs(4 * each + 1));
    }

    [Fact]
    public void Random_numbers_are_those_of_the_published_generator()
    {
        // xoshiro256** seeded by SplitMix64 with 0; the first is rotl(s1 * 5, 7) * 9 of the published SplitMix64 outputs.
        const ulong S1 = 0x6E789E6AA1B965F4;
        var expected = System.Numerics.BitOperations.RotateLeft(unchecked(S1 * 5), 7) * 9;
        Assert.Equal(expected, new SeededRandom(0).NextBits());

        var random = new SeededRandom(7);
        var counts = new int[5];
        for (var i = 0; i < 50000; i++)
            counts[random.Next(-2, 3) + 2]++;
        Assert.All(counts, c => Assert.InRange(c, 9600, 10400));
    }

    private static BatchLoaderOptions Options(int batchSize) => new() { BatchSize = batchSize, Workers = 2, Seed = 1 };

    private sealed class FakeDataset(int count, Func<int, SegmentationSample> load) : ISegmentationDataset
    {
        public const int Width = 30;
        public const int Height = 26;

        public string Name => "fake";

        public string Split => "train";

        public ClassSet Classes => DemoScenes.Classes;

        public int Count => count;

        public SampleInfo GetInfo(int index) => new($"{index}", $"{index}.jpg", $"{index}.png");

        public SegmentationSample Load(int index) => load(index);

        public static SegmentationSample Sample(int index) => new($"{index}", new RgbImage(Width, Height), new LabelMap(Width, Height));
    }
}
