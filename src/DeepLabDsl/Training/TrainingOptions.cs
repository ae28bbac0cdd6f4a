using System;

namespace DeepLabDsl;

/// <summary>How a network is trained. The first of epochs, iterations and minutes to be reached ends the training.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the training set; null: not limited.</summary>
    public int? Epochs { get; init; }

    /// <summary>Steps of the optimizer; null: not limited.</summary>
    public int? Iterations { get; init; }

    /// <summary>Time, evaluations while training included; null: not limited.</summary>
    public double? Minutes { get; init; }

    /// <summary>Images a step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>The learning rate at the start.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>The power of the poly schedule: the rate is <c>(1 - progress)^power</c> of that at the start (DeepLab v2, section 4.1).</summary>
    public double PolyPower { get; init; } = 0.9;

    /// <summary>Steps over which the rate grows from zero at the start.</summary>
    public int WarmUp { get; init; }

    /// <summary>Momentum of stochastic gradient descent.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>
    /// How much rare classes count more in the loss: each class's weight is its frequency to the power of minus this,
    /// scaled to mean 1 over pixels. 0: all pixels alike; 1: all classes alike.
    /// </summary>
    public double ClassBalance { get; init; }

    /// <summary>How samples are scaled, cropped and flipped.</summary>
    public required TrainingTransform Transform { get; init; }

    /// <summary>Decides the order of samples and how each is transformed. Weights are drawn before and elsewhere.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that decode and transform samples.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>How many times the validation set is scored in the course of the training, the end included.</summary>
    public int Evaluations { get; init; } = 4;

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">They do not; the message says which.</exception>
    public void Validate()
    {
        if (Epochs is null && Iterations is null && Minutes is null)
            throw new ArgumentException("Say when the training ends: a number of epochs, of iterations or of minutes.");
        Require(Epochs is null or > 0, nameof(Epochs), "above 0");
        Require(Iterations is null or > 0, nameof(Iterations), "above 0");
        Require(Minutes is null or > 0, nameof(Minutes), "above 0");
        Require(BatchSize > 0, nameof(BatchSize), "above 0");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), "above 0");
        Require(PolyPower >= 0, nameof(PolyPower), "0 or more");
        Require(WarmUp >= 0, nameof(WarmUp), "0 or more");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), "from 0 to below 1");
        Require(WeightDecay >= 0, nameof(WeightDecay), "0 or more");
        Require(ClassBalance is >= 0 and <= 1, nameof(ClassBalance), "from 0 to 1");
        Require(Workers > 0, nameof(Workers), "above 0");
        Require(Evaluations > 0, nameof(Evaluations), "above 0");

        static void Require(bool holds, string name, string expected)
        {
            if (!holds)
                throw new ArgumentException($"{name} must be {expected}.");
        }
    }
}
