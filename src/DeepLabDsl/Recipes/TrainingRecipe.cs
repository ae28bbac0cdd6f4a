using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Modules;

namespace DeepLabDsl.Recipes;

/// <summary>What turns gradients into steps.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum: what the DeepLab papers use.</summary>
    Sgd,

    /// <summary>Adam with decoupled weight decay (arXiv 1711.05101).</summary>
    AdamW,
}

/// <summary>How the learning rate falls.</summary>
public enum LearningRateSchedule
{
    /// <summary><c>(1 - progress)^power</c> of the rate at the start (DeepLab v2, section 4.1).</summary>
    Poly,

    /// <summary>Multiplied by a factor every so many iterations (DeepLab v1, section 5).</summary>
    Step,

    /// <summary>Half a cosine from the rate at the start to zero.</summary>
    Cosine,

    /// <summary>It does not.</summary>
    Constant,
}

/// <summary>What batch norms do while training.</summary>
public enum BatchNormMode
{
    /// <summary>Normalise by each batch and learn scale and shift.</summary>
    Train,

    /// <summary>Normalise by the running statistics, which stay as they are, as do scale and shift (v2; the second stage of v3).</summary>
    Frozen,

    /// <summary>
    /// As <see cref="Train"/>; where several ranks train, by the statistics of the whole batch and not of each rank's part.
    /// </summary>
    Synchronized,
}

/// <summary>The numbers that convolutions are computed with.</summary>
public enum TrainingPrecision
{
    /// <summary>32 bits.</summary>
    Float32,

    /// <summary>
    /// 16 bits with the range of 32; weights are kept and updated in 32 bits, batch norms and the loss are computed in 32.
    /// </summary>
    BFloat16,
}

/// <summary>
/// How a network is trained: the <c>training:</c> of a spec, each key a property here. The first of epochs, iterations and
/// minutes to be reached ends the training.
/// </summary>
public sealed record TrainingRecipe
{
    /// <summary>Passes over the training set; null: not limited. Where nothing limits a training, 30.</summary>
    public int? Epochs { get; init; }

    /// <summary>Steps of the optimizer; null: not limited.</summary>
    public int? Iterations { get; init; }

    /// <summary>
    /// Time in minutes, evaluations while training included; null: not limited. The learning rate then follows the clock, so
    /// that no two such trainings are equal bit for bit.
    /// </summary>
    public double? Minutes { get; init; }

    /// <summary>Images a forward pass.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Forward passes whose gradients are averaged before a step (Caffe's <c>iter_size</c>).</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>Height and width of the crops, in pixels.</summary>
    public Extent Crop { get; init; } = 256;

    /// <summary>Minimum and maximum random scale.</summary>
    public (double Minimum, double Maximum) Scale { get; init; } = (0.5, 2.0);

    /// <summary>Distance between random scales; 0: any between the least and the greatest.</summary>
    public double ScaleStep { get; init; }

    /// <summary>The probability of a mirrored sample.</summary>
    public double FlipProbability { get; init; } = 0.5;

    /// <summary>How far brightness, contrast and saturation are changed: one number for all or three, each from 0 to 1.</summary>
    public IReadOnlyList<double> Jitter { get; init; } = [0];

    /// <summary>How far hues are turned either way, as a share of the circle of hues; 0 to 0.5.</summary>
    public double Hue { get; init; }

    /// <summary>
    /// How far the curve of brightness bends: on the scale 0 to 1 values are raised to a power from <c>1 / (1 + Gamma)</c> to
    /// <c>1 + Gamma</c>; 0 to 1.
    /// </summary>
    public double Gamma { get; init; }

    /// <summary>How far each channel is scaled by a factor of its own, as another white balance does; 0 to 1.</summary>
    public double Tint { get; init; }

    /// <summary>The probability of a sample without colours.</summary>
    public double GreyProbability { get; init; }

    /// <summary>Standard deviation of the noise that is added to each pixel, as a share of full white.</summary>
    public double Noise { get; init; }

    /// <summary>Classes whose images come up more often in an epoch, and how many times as often (DeepLab v3, section 4.1).</summary>
    public IReadOnlyDictionary<string, double> Repeat { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// Images with a class on fewer than this share of images come up <c>sqrt(share / its share)</c> times as often
    /// (repeat factor sampling, arXiv 1908.03195); 0: all alike.
    /// </summary>
    public double BalanceImages { get; init; }

    /// <summary>What turns gradients into steps.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Sgd;

    /// <summary>The learning rate at the start.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Momentum of stochastic gradient descent.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>AdamW's decays of the means of gradients and of their squares.</summary>
    public (double First, double Second) Betas { get; init; } = (0.9, 0.999);

    /// <summary>Weight decay.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Factor of the learning rate for biases, that of their layer apart (2 in v1 and v2).</summary>
    public double BiasRate { get; init; } = 1;

    /// <summary>Factor of the weight decay for biases (0 in v1 and v2).</summary>
    public double BiasDecay { get; init; } = 1;

    /// <summary>Factor of the weight decay for scales and shifts of batch norms.</summary>
    public double NormDecay { get; init; } = 1;

    /// <summary>
    /// Factors of the learning rate by the beginning of the state-dict key; the longest that fits counts. A spec names layers.
    /// 0: stays as it is.
    /// </summary>
    public IReadOnlyDictionary<string, double> LrMultipliers { get; init; } = new Dictionary<string, double>();

    /// <summary>How the learning rate falls.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Poly;

    /// <summary>The power of the poly schedule.</summary>
    public double Power { get; init; } = 0.9;

    /// <summary>Iterations between two steps of the step schedule.</summary>
    public int StepEvery { get; init; } = 2000;

    /// <summary>What a step of the step schedule multiplies the learning rate by.</summary>
    public double StepFactor { get; init; } = 0.1;

    /// <summary>Iterations over which the rate grows from zero at the start.</summary>
    public int WarmUp { get; init; }

    /// <summary>The greatest norm of all gradients together, to which longer ones are cut; 0: not cut.</summary>
    public double ClipGradNorm { get; init; }

    /// <summary>
    /// Decay of the running mean of the weights that is evaluated and saved in their place, such as 0.999; 0: none.
    /// </summary>
    public double Ema { get; init; }

    /// <summary>What batch norms do.</summary>
    public BatchNormMode BatchNorm { get; init; } = BatchNormMode.Train;

    /// <summary>Share of the new batch in the running statistics of all batch norms; null: each as the spec has it.</summary>
    public double? NormMomentum { get; init; }

    /// <summary>The numbers that convolutions are computed with.</summary>
    public TrainingPrecision Precision { get; init; } = TrainingPrecision.Float32;

    /// <summary>
    /// How much rare classes count more in the loss: each class's weight is its frequency in the training set to the power of
    /// minus this, scaled to mean 1 over pixels. 0: all pixels alike; 1: all classes alike.
    /// </summary>
    public double ClassBalance { get; init; }

    /// <summary>Weights of the classes in the loss, one each in their order; empty: all 1.</summary>
    public IReadOnlyList<double> ClassWeights { get; init; } = [];

    /// <summary>Share of the labelled pixels of a batch, those with the greatest loss, that counts (hard pixels); 1: all.</summary>
    public double HardPixels { get; init; } = 1;

    /// <summary>
    /// Pixels that give their class less probability than this count as hard beyond the share of
    /// <see cref="HardPixels"/> (online hard example mining); 0: none.
    /// </summary>
    public double HardThreshold { get; init; }

    /// <summary>
    /// Weight of the soft Dice loss that is added to cross entropy (V-Net, arXiv 1606.04797, section 3; over a batch): each class that the
    /// batch shows counts alike, however few pixels it has. 0: none.
    /// </summary>
    public double Dice { get; init; }

    /// <summary>A loss above this has exploded and ends the training.</summary>
    public double LossLimit { get; init; } = 1000;

    /// <summary>How many times the validation set is scored in the course of the training, the end included.</summary>
    public int Evaluations { get; init; } = 4;

    /// <summary>Iterations between two checkpoints, besides those at evaluations; 0: by the clock alone.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>Minutes between two checkpoints at most, besides those at evaluations; 0: none by the clock.</summary>
    public double CheckpointMinutes { get; init; } = 10;

    /// <summary>Decides weights, the order of samples, how each is transformed, and dropout.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads that decode and transform samples.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Whether something limits the training.</summary>
    public bool IsLimited => Epochs is not null || Iterations is not null || Minutes is not null;

    /// <summary>Checks every value and that they make sense together.</summary>
    /// <exception cref="ArgumentException">They do not; the message says which, by the key in a spec.</exception>
    public void Validate()
    {
        foreach (var key in RecipeKey.All)
            key.Check(this);
        if (!IsLimited)
            throw new ArgumentException("Say when the training ends: 'epochs', 'iterations' or 'minutes'.");
        if (Scale.Minimum > Scale.Maximum)
            throw new ArgumentException($"'scale' must be the minimum scale, then the maximum, not {Scale.Minimum} and {Scale.Maximum}.");
        if (Schedule is LearningRateSchedule.Step && StepFactor > 1)
            throw new ArgumentException($"'step_factor' must be at most 1, not {StepFactor}: the rate would grow.");
        if (ClassBalance > 0 && ClassWeights.Any())
            throw new ArgumentException("'class_balance' computes the weights that 'class_weights' states: give one of them.");
    }
}
