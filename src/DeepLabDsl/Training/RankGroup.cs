using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Text;
using DeepLabDsl.Data;
using DeepLabDsl.Distributed;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Modules;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>What a training asks of the ranks that it runs on, in its own terms.</summary>
/// <param name="ranks">Two or more.</param>
internal sealed class RankGroup(ICommunicator ranks)
{
    private const int KeyBits = 32;
    private const int DigitBits = 8;
    private const uint SignBit = 0x80000000;

    public ICommunicator Communicator => ranks;

    public int Rank => ranks.Rank;

    public int Size => ranks.Size;

    /// <summary>The part of a list that is this rank's.</summary>
    public Shard Shard => new(ranks.Rank + 1, ranks.Size);

    /// <summary>How long this rank has waited for others so far, sums of gradients apart.</summary>
    public TimeSpan Waited { get; private set; }

    public void Sum(double[] values)
    {
        var began = Stopwatch.GetTimestamp();
        ranks.Sum(values);
        Waited += Stopwatch.GetElapsedTime(began);
    }

    /// <summary>
    /// Ends the training on all ranks where it fails on one: the lowest of those that fail throws its exception, the others say nothing.
    /// </summary>
    /// <param name="failure">What went wrong here; null: nothing.</param>
    public void RequireAll(Exception? failure)
    {
        Span<double> worst = [failure is null ? 0 : Size - Rank];
        var began = Stopwatch.GetTimestamp();
        ranks.Max(worst);
        Waited += Stopwatch.GetElapsedTime(began);
        if (worst[0] == 0)
            return;
        if (failure is not null && Size - Rank == (int)worst[0])
            ExceptionDispatchInfo.Throw(failure);
        throw new RankFailedException($"Rank {Size - (int)worst[0]} has failed.");
    }

    /// <summary>Does what may fail on one rank, and ends all where it does.</summary>
    public void Guarded(Action action)
    {
        Exception? failure = null;
        try
        {
            action();
        }
        catch (Exception e) when (e is not RankFailedException)
        {
            failure = e;
        }
        RequireAll(failure);
    }

    /// <summary>Gives every rank the tensors of rank 0.</summary>
    public void Share(IEnumerable<StateEntry> state)
    {
        foreach (var (_, tensor) in state)
        {
            using var scope = NewDisposeScope();
            using var unrecorded = no_grad();
            var flat = tensor.detach().contiguous();
            ranks.Broadcast(flat.bytes, 0);
            tensor.copy_(flat);
        }
    }

    /// <summary>Gives every rank the text of rank 0.</summary>
    public string Share(string? text)
    {
        var bytes = Encoding.UTF8.GetBytes(text ?? "");
        Span<double> length = [Rank == 0 ? bytes.Length : 0];
        ranks.Sum(length);
        if (Rank != 0)
            bytes = new byte[(int)length[0]];
        ranks.Broadcast(bytes, 0);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Replaces tensors by their mean over all ranks.</summary>
    public unsafe void Average(IReadOnlyList<Tensor> tensors)
    {
        if (tensors.Count == 0)
            return;
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        var flat = cat([.. tensors.Select(t => t.flatten())]);
        var sums = empty_like(flat);
        fixed (byte* values = flat.bytes, target = sums.bytes)
            ranks.BeginSum((nint)values, (nint)target, (int)flat.numel()).Wait();
        sums.ScaleInPlace(1.0 / Size);
        var offset = 0L;
        foreach (var tensor in tensors)
        {
            tensor.copy_(sums.narrow(0, offset, tensor.numel()).view(tensor.shape));
            offset += tensor.numel();
        }
    }

    /// <summary>Puts the scores of every rank's images together: those that one process finds, to the digit.</summary>
    public EvaluationResult Merge(EvaluationResult own, ISegmentationDataset dataset)
    {
        var confusion = own.Confusion;
        // Counts are whole numbers far below 2^53, and what is added to a score is zero: nothing is rounded.
        var cells = confusion.Counts.Length;
        var values = new double[cells + 1 + 2 * dataset.Count];
        for (var i = 0; i < cells; i++)
            values[i] = confusion.Counts[i];
        values[cells] = confusion.VoidPixels;
        foreach (var image in own.ImageScores)
        {
            values[cells + 1 + 2 * image.Index] = image.MeanIoU;
            values[cells + 2 + 2 * image.Index] = image.PixelAccuracy;
        }
        ranks.Sum(values);
        var tally = new EvaluationTally(
            new ConfusionMatrix(confusion.Classes, [.. values.Take(cells).Select(v => (long)v)], (long)values[cells]),
            Enumerable.Range(0, dataset.Count).Select(i => new ImageScore(
                i, dataset.GetInfo(i).Name, values[cells + 1 + 2 * i], values[cells + 2 + 2 * i])),
            null);
        tally.RequirePixels(dataset.Name, dataset.Split);
        return tally.Finish(own.Elapsed);
    }

    /// <summary>The k-th largest of all ranks' numbers, exactly: digit by digit of their bits, by counting.</summary>
    /// <param name="values">This rank's; may be empty.</param>
    /// <param name="k">From 1, at most as many as there are on all ranks.</param>
    public float Largest(ReadOnlySpan<float> values, long k)
    {
        uint prefix = 0, known = 0;
        double left = k;
        var counts = new double[1 << DigitBits];
        for (var shift = KeyBits - DigitBits; shift >= 0; shift -= DigitBits)
        {
            Array.Clear(counts);
            foreach (var value in values)
            {
                var key = Key(value);
                if ((key & known) == prefix)
                    counts[(key >> shift) & ((1 << DigitBits) - 1)]++;
            }
            Sum(counts);
            var digit = counts.Length - 1;
            while (digit > 0 && left > counts[digit])
                left -= counts[digit--];
            prefix |= (uint)digit << shift;
            known |= (uint)((1 << DigitBits) - 1) << shift;
        }
        return BitConverter.UInt32BitsToSingle((prefix & SignBit) != 0 ? prefix ^ SignBit : ~prefix);
    }

    /// <summary>Bits whose order is that of the numbers.</summary>
    private static uint Key(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & SignBit) != 0 ? ~bits : bits | SignBit;
    }
}
