using System;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Training;

/// <summary>
/// Something that happens in the course of a training: a <see cref="TrainingStep"/>, <see cref="TrainingScoring"/>,
/// <see cref="TrainingEvaluation"/> or <see cref="TrainingWarning"/>.
/// </summary>
public abstract record TrainingEvent
{
    private protected TrainingEvent()
    {
    }
}

/// <summary>One step of a training, as it is shown and logged; told every few steps.</summary>
/// <param name="Iteration">Steps done, this one included.</param>
/// <param name="Epoch">Passes over the training set begun, from 1.</param>
/// <param name="Progress">How much of the training is done, 0 to 1.</param>
/// <param name="Loss">The mean loss since the last report.</param>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="ImagesPerSecond">Images trained on per second, over the last steps.</param>
/// <param name="WaitShare">Share of the time that was spent waiting for data.</param>
/// <param name="Elapsed">Time since the start, all parts of a resumed run together.</param>
/// <param name="Remaining">Time until the end, as far as can be told.</param>
public sealed record TrainingStep(
    int Iteration, int Epoch, double Progress, double Loss, double LearningRate, double ImagesPerSecond, double WaitShare,
    TimeSpan Elapsed, TimeSpan Remaining) : TrainingEvent
{
    /// <summary>The norm of all gradients before they were cut; null where they are not.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Share of the time that this rank was waiting for other ranks; null: there is one.</summary>
    public double? RankWaitShare { get; init; }

    /// <summary>Memory of the process in bytes (resident set).</summary>
    public long Memory { get; init; }

    /// <summary>Tensors of the training's thread that are alive: the same at every step, or something leaks.</summary>
    public long LiveTensors { get; init; }
}

/// <summary>The validation set is being scored.</summary>
/// <param name="Images">How many of its images are done.</param>
public sealed record TrainingScoring(ImageProgress Images) : TrainingEvent;

/// <summary>A score on the validation set in the course of a training.</summary>
/// <param name="Iteration">Steps done.</param>
/// <param name="Epoch">Passes over the training set begun, from 1.</param>
/// <param name="Result">The scores.</param>
/// <param name="IsBest">Whether no mIoU before was higher.</param>
public sealed record TrainingEvaluation(int Iteration, int Epoch, EvaluationResult Result, bool IsBest) : TrainingEvent;

/// <summary>Something is not as it should be, and the training goes on: a checkpoint that is not whole and is left out.</summary>
/// <param name="Message">What, with the file.</param>
public sealed record TrainingWarning(string Message) : TrainingEvent;

/// <summary>How a training ended.</summary>
/// <param name="Iterations">Steps done.</param>
/// <param name="Epochs">Passes over the training set begun.</param>
/// <param name="Best">The evaluation with the highest mIoU; null where there was none since the run was started or resumed.</param>
/// <param name="WasStopped">Whether it was stopped before its end.</param>
/// <param name="Elapsed">How long it took, all parts of a resumed run together.</param>
/// <param name="ImagesPerSecond">Images trained on per second of training, evaluations left out.</param>
/// <param name="SkippedBatches">Batches without a single labelled pixel, which nothing can be learnt from.</param>
public sealed record TrainingResult(
    int Iterations, int Epochs, TrainingEvaluation? Best, bool WasStopped, TimeSpan Elapsed, double ImagesPerSecond, int SkippedBatches)
{
    /// <summary>The highest mIoU of the whole run; null where it was never scored.</summary>
    public BestScore? BestScore { get; init; }

    /// <summary>The last checkpoint; null where there is no run folder.</summary>
    public string? Checkpoint { get; init; }
}
