using System;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;

namespace DeepLabDsl.Tests.Training;

/// <summary>The learning rate over a training, by the papers' numbers.</summary>
public class ScheduleTests
{
    private static double Rate(TrainingRecipe recipe, int iteration)
    {
        var schedule = new Schedule(recipe, batchesPerEpoch: 100);
        return schedule.LearningRate(iteration, schedule.Progress(iteration, TimeSpan.Zero));
    }

    [Theory]
    [InlineData(0, 0.007)]
    [InlineData(15_000, 0.003751)]
    [InlineData(29_999, 6.5e-7)]
    public void Poly_is_that_of_V3(int iteration, double rate) =>
        Assert.Equal(rate, Rate(new TrainingRecipe { Iterations = 30_000, LearningRate = 0.007, Power = 0.9 }, iteration), rate * 0.01);

    [Theory]
    [InlineData(1999, 1e-3)]
    [InlineData(2000, 1e-4)]
    [InlineData(5999, 1e-5)]
    public void Step_is_that_of_V1(int iteration, double rate) => Assert.Equal(
        rate,
        Rate(
            new TrainingRecipe
            {
                Iterations = 6000,
                LearningRate = 1e-3,
                Schedule = LearningRateSchedule.Step,
                StepEvery = 2000,
                StepFactor = 0.1,
            }, iteration), 12);

    [Fact]
    public void Warm_up_grows_from_near_zero()
    {
        var recipe = new TrainingRecipe { Iterations = 100, LearningRate = 1, WarmUp = 9, Schedule = LearningRateSchedule.Constant };

        Assert.Equal(0.1, Rate(recipe, 0), 12);
        Assert.Equal(0.9, Rate(recipe, 8), 12);
        Assert.Equal(1, Rate(recipe, 9), 12);
    }

    [Fact]
    public void Cosine_ends_at_zero()
    {
        var recipe = new TrainingRecipe { Epochs = 2, LearningRate = 1, Schedule = LearningRateSchedule.Cosine };

        Assert.Equal(0.5, Rate(recipe, 100), 12);
        Assert.Equal(0, Rate(recipe, 200), 12);
    }

    [Fact]
    public void An_epoch_of_accumulated_batches_has_fewer_steps() =>
        Assert.Equal(
            0.5, new Schedule(new TrainingRecipe { Epochs = 1, AccumulationSteps = 5 }, batchesPerEpoch: 100).Progress(10, TimeSpan.Zero),
            12);

    [Fact]
    public void The_first_limit_counts() => Assert.Equal(
        0.5,
        new Schedule(new TrainingRecipe { Iterations = 1000, Minutes = 10 }, batchesPerEpoch: 100).Progress(100, TimeSpan.FromMinutes(5)),
        12);
}
