using System;

namespace DeepLabDsl;

/// <summary>How far a training is, by whichever of its limits comes first, and the learning rate that follows from it.</summary>
internal sealed class Schedule(TrainingOptions options, int batchesPerEpoch)
{
    /// <summary>Share of the training done, 0 to 1.</summary>
    public double Progress(int iteration, TimeSpan elapsed)
    {
        var progress = 0.0;
        if (options.Iterations is { } iterations)
            progress = Math.Max(progress, (double)iteration / iterations);
        if (options.Epochs is { } epochs)
            progress = Math.Max(progress, iteration / ((double)epochs * batchesPerEpoch));
        if (options.Minutes is { } minutes)
            progress = Math.Max(progress, elapsed.TotalMinutes / minutes);
        return Math.Min(1, progress);
    }

    /// <summary>The poly rate, grown from zero over the first steps.</summary>
    public double LearningRate(int iteration, double progress)
    {
        var warm = iteration < options.WarmUp ? (iteration + 1.0) / (options.WarmUp + 1.0) : 1.0;
        return options.LearningRate * warm * Math.Pow(1 - progress, options.PolyPower);
    }
}
