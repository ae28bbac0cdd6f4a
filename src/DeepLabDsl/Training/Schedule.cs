using System;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Training;

/// <summary>How far a training is, by whichever of its limits comes first, and the learning rate that follows from it.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="batchesPerEpoch">Batches of one pass over the training set.</param>
internal sealed class Schedule(TrainingRecipe recipe, int batchesPerEpoch)
{
    /// <summary>Share of the training done, 0 to 1.</summary>
    public double Progress(int iteration, TimeSpan elapsed)
    {
        var progress = 0.0;
        if (recipe.Iterations is { } iterations)
            progress = Math.Max(progress, (double)iteration / iterations);
        if (recipe.Epochs is { } epochs)
            progress = Math.Max(progress, (double)iteration * recipe.AccumulationSteps / ((double)epochs * batchesPerEpoch));
        if (recipe.Minutes is { } minutes)
            progress = Math.Max(progress, elapsed.TotalMinutes / minutes);
        return Math.Min(1, progress);
    }

    /// <summary>How many of the recipe's evaluations are due.</summary>
    public int EvaluationsDue(double progress) => (int)Math.Floor(progress * recipe.Evaluations + 1e-9);

    /// <summary>The rate of a step, grown from zero over the first steps.</summary>
    /// <param name="iteration">Steps done before it.</param>
    /// <param name="progress">Share of the training done before it.</param>
    public double LearningRate(int iteration, double progress)
    {
        var warm = iteration < recipe.WarmUp ? (iteration + 1.0) / (recipe.WarmUp + 1.0) : 1.0;
        return recipe.LearningRate * warm * recipe.Schedule switch
        {
            LearningRateSchedule.Poly => Math.Pow(1 - progress, recipe.Power),
            LearningRateSchedule.Step => Math.Pow(recipe.StepFactor, iteration / recipe.StepEvery),
            LearningRateSchedule.Cosine => 0.5 * (1 + Math.Cos(Math.PI * progress)),
            _ => 1,
        };
    }
}
