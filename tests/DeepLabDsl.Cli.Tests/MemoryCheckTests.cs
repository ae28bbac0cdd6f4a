using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What is said before a training that will not fit.</summary>
public class MemoryCheckTests
{
    private const long Giga = 1_000_000_000;

    private static readonly TrainingRecipe Recipe = new() { Batch = 16, AccumulationSteps = 2, Crop = (513, 257) };

    [Fact]
    public void A_training_that_fits_is_not_warned_of() =>
        Assert.Null(MemoryCheck.Warning(Recipe, Giga, weights: Giga, minimum: 1, free: 17 * Giga));

    [Theory]
    // Eleven fit: two passes of eight are one step of the same sixteen.
    [InlineData(12, 1, "give --batch 8 --accumulation-steps 4, or a smaller --crop")]
    [InlineData(3, 2, "give --batch 2 --accumulation-steps 16, or a smaller --crop")]
    [InlineData(2, 2, "not even 2 crops fit: take a smaller --crop")]
    [InlineData(1, 1, "not even 1 crop fits: take a smaller --crop")]
    public void One_that_does_not_is_told_what_would(int free, int minimum, string advice) => Assert.Equal(
        $"a step on 16 crops of 513x257 takes some 17 GB, and {free} GB are free: the system may end the training without a word; {advice}",
        MemoryCheck.Warning(Recipe, Giga, weights: Giga, minimum, free * Giga));
}
