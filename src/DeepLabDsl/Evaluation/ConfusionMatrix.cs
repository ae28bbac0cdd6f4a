using System;

namespace DeepLabDsl;

/// <summary>Counts how often each true class was predicted as each class. Void pixels (255 in the truth) do not count.</summary>
public sealed class ConfusionMatrix
{
    /// <summary>Starts an empty matrix.</summary>
    /// <param name="classes">The number of classes, 1 to 255.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="classes"/> is out of its range.</exception>
    public ConfusionMatrix(int classes) => Classes = classes;

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>The number of pixels counted.</summary>
    public long Total => throw new NotImplementedException();

    /// <summary>How often a true class was predicted as a class.</summary>
    /// <param name="truth">The true class.</param>
    /// <param name="prediction">The predicted class.</param>
    public long this[int truth, int prediction] => throw new NotImplementedException();

    /// <summary>Counts pixels.</summary>
    /// <param name="truth">The true classes; 255 is void.</param>
    /// <param name="prediction">The predicted classes of the same pixels.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a value is no class. Nothing is counted then.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> prediction) => throw new NotImplementedException();

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<long> prediction) => throw new NotImplementedException();

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Add(ReadOnlySpan<long> truth, ReadOnlySpan<long> prediction) => throw new NotImplementedException();

    /// <summary>Adds the counts of another matrix.</summary>
    /// <param name="other">A matrix of as many classes.</param>
    /// <exception cref="ArgumentException"><paramref name="other"/> has another number of classes.</exception>
    public void Merge(ConfusionMatrix other) => throw new NotImplementedException();

    /// <summary>Computes the scores of the counts so far.</summary>
    /// <returns>The scores.</returns>
    public SegmentationScores Score() => throw new NotImplementedException();
}
