using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Modules;

namespace DeepLabDsl.Recipes;

public abstract partial class RecipeKey
{
    /// <summary>All keys, in the order in which a recipe is shown. The compiler's table of <c>training:</c> has the same names.</summary>
    public static IReadOnlyList<RecipeKey> All { get; } =
    [
        OptionalCount("epochs", "Ends after as many passes over the data.", r => r.Epochs, (r, v) => r with { Epochs = v }),
        OptionalCount("iterations", "Ends after as many steps.", r => r.Iterations, (r, v) => r with { Iterations = v }),
        OptionalNumber(
            "minutes", "Ends after as much time. The learning rate follows the clock: not repeatable bit for bit.", "above 0", v => v > 0,
            r => r.Minutes, (r, v) => r with { Minutes = v }),
        Count("batch", "Images a forward pass.", 1, r => r.Batch, (r, v) => r with { Batch = v }),
        Count(
            "accumulation_steps", "Forward passes whose gradients make one step.", 1, r => r.AccumulationSteps,
            (r, v) => r with { AccumulationSteps = v }),
        new Typed<Extent>(
            "crop", "Height and width of the crops, in pixels.", "a size in pixels such as 321 or 360x480", r => r.Crop,
            (r, v) => r with { Crop = v },
            ReadSize, v => v.ToString(), v => v is { Height: >= 1 and <= 65535, Width: >= 1 and <= 65535 }),
        new Typed<(double Minimum, double Maximum)>(
            "scale", "Minimum and maximum random scale.", "two numbers above 0, the lesser first", r => r.Scale,
            (r, v) => r with { Scale = v },
            ReadPair, v => $"{Text(v.Minimum)}, {Text(v.Maximum)}", v => v.Minimum > 0 && v.Maximum >= v.Minimum) { IsWords = true },
        Number(
            "scale_step", "Distance between random scales; 0: any.", "0 or more", v => v >= 0, r => r.ScaleStep,
            (r, v) => r with { ScaleStep = v }),
        Number(
            "flip_probability", "Probability of a mirrored sample.", "from 0 to 1", v => v is >= 0 and <= 1, r => r.FlipProbability,
            (r, v) => r with { FlipProbability = v }),
        new Typed<IReadOnlyList<double>>(
            "jitter", "How far brightness, contrast and saturation change: one number for all or three.",
            "one number from 0 to 1, or three",
            r => r.Jitter, (r, v) => r with { Jitter = v }, ReadNumbers, v => Text(v),
            v => v.Count is 1 or 3 && v.All(x => x is >= 0 and <= 1)) { IsWords = true },
        Number(
            "hue", "How far hues turn either way, as a share of the circle of hues.", "from 0 to 0.5", v => v is >= 0 and <= 0.5,
            r => r.Hue, (r, v) => r with { Hue = v }),
        Number(
            "gamma", "How far the curve of brightness bends: values to a power from 1 / (1 + gamma) to 1 + gamma.", "from 0 to 1",
            v => v is >= 0 and <= 1, r => r.Gamma, (r, v) => r with { Gamma = v }),
        Number(
            "tint", "How far each channel's gain changes on its own, as another white balance does.", "from 0 to 1",
            v => v is >= 0 and <= 1, r => r.Tint, (r, v) => r with { Tint = v }),
        Number(
            "grey_probability", "Probability of a sample without colours.", "from 0 to 1", v => v is >= 0 and <= 1,
            r => r.GreyProbability, (r, v) => r with { GreyProbability = v }),
        Number(
            "noise", "Standard deviation of the noise added to pixels, as a share of white.", "from 0 to 1", v => v is >= 0 and <= 1,
            r => r.Noise, (r, v) => r with { Noise = v }),
        new Typed<IReadOnlyDictionary<string, double>>(
            "repeat", "Classes whose images come up as many times as often.", "classes with numbers of 1 or more, such as bicycle=2",
            r => r.Repeat, (r, v) => r with { Repeat = v }, ReadFactors, v => Text(v), v => v.Values.All(x => x >= 1)) { IsWords = true },
        Number(
            "balance_images", "Images of classes on a smaller share of images come up more often; 0: all alike.", "from 0 to 1",
            v => v is >= 0 and <= 1,
            r => r.BalanceImages, (r, v) => r with { BalanceImages = v }),
        Word("optimizer", "What turns gradients into steps.", r => r.Optimizer, (r, v) => r with { Optimizer = v }),
        Number(
            "learning_rate", "Learning rate at the start.", "above 0", v => v > 0, r => r.LearningRate,
            (r, v) => r with { LearningRate = v }),
        Number(
            "momentum", "Momentum of sgd.", "from 0 to below 1", v => v is >= 0 and < 1, r => r.Momentum,
            (r, v) => r with { Momentum = v }),
        new Typed<(double First, double Second)>(
            "betas", "Decays of adamw's means.", "two numbers from 0 to below 1", r => r.Betas, (r, v) => r with { Betas = v },
            ReadPair, v => $"{Text(v.First)}, {Text(v.Second)}",
            v => v is { First: >= 0 and < 1, Second: >= 0 and < 1 }) { IsWords = true },
        Number("weight_decay", "Weight decay.", "0 or more", v => v >= 0, r => r.WeightDecay, (r, v) => r with { WeightDecay = v }),
        Number(
            "bias_rate", "Factor of the learning rate for biases.", "0 or more", v => v >= 0, r => r.BiasRate,
            (r, v) => r with { BiasRate = v }),
        Number(
            "bias_decay", "Factor of the weight decay for biases.", "0 or more", v => v >= 0, r => r.BiasDecay,
            (r, v) => r with { BiasDecay = v }),
        Number(
            "norm_decay", "Factor of the weight decay for batch norms.", "0 or more", v => v >= 0, r => r.NormDecay,
            (r, v) => r with { NormDecay = v }),
        new Typed<IReadOnlyDictionary<string, double>>(
            "lr_multipliers", "Factors of the learning rate by state-dict key; 0: stays as it is.",
            "keys with factors of 0 or more, such as classifier=10",
            r => r.LrMultipliers, (r, v) => r with { LrMultipliers = v }, ReadFactors, v => Text(v),
            v => v.Values.All(x => x >= 0)) { IsWords = true },
        Word("schedule", "How the learning rate falls.", r => r.Schedule, (r, v) => r with { Schedule = v }),
        Number("power", "Power of the poly schedule.", "0 or more", v => v >= 0, r => r.Power, (r, v) => r with { Power = v }),
        Count("step_every", "Iterations between two steps of the step schedule.", 1, r => r.StepEvery, (r, v) => r with { StepEvery = v }),
        Number(
            "step_factor", "What such a step multiplies the rate by.", "above 0, at most 1", v => v is > 0 and <= 1, r => r.StepFactor,
            (r, v) => r with { StepFactor = v }),
        Count("warm_up", "Iterations over which the rate grows from zero.", 0, r => r.WarmUp, (r, v) => r with { WarmUp = v }),
        Number(
            "clip_grad_norm", "Maximum norm of the gradients; 0: any.", "0 or more", v => v >= 0, r => r.ClipGradNorm,
            (r, v) => r with { ClipGradNorm = v }),
        Number(
            "ema", "Decay of the running mean of the weights that is evaluated and saved; 0: none.", "from 0 to below 1",
            v => v is >= 0 and < 1,
            r => r.Ema, (r, v) => r with { Ema = v }),
        Word("batch_norm", "What batch norms do.", r => r.BatchNorm, (r, v) => r with { BatchNorm = v }),
        OptionalNumber(
            "norm_momentum", "Share of a new batch in batch norms' running statistics.", "above 0, at most 1", v => v is > 0 and <= 1,
            r => r.NormMomentum, (r, v) => r with { NormMomentum = v }),
        Word("precision", "The numbers that convolutions are computed with.", r => r.Precision, (r, v) => r with { Precision = v }),
        Number(
            "class_balance", "How much rare classes count more: 0 not at all, 1 as much as common ones.", "from 0 to 1",
            v => v is >= 0 and <= 1,
            r => r.ClassBalance, (r, v) => r with { ClassBalance = v }),
        new Typed<IReadOnlyList<double>>(
            "class_weights", "Weights of the classes in the loss, one each.", "numbers of 0 or more, one a class",
            r => r.ClassWeights, (r, v) => r with { ClassWeights = v }, ReadNumbers, v => Text(v),
            v => v.All(x => x >= 0)) { IsWords = true },
        Number(
            "hard_pixels", "Share of the pixels, those with the highest loss, that counts (OHEM).", "above 0, at most 1",
            v => v is > 0 and <= 1,
            r => r.HardPixels, (r, v) => r with { HardPixels = v }),
        Number("hard_threshold", "Pixels whose class has less probability count as hard besides.", "from 0 to 1", v => v is >= 0 and <= 1,
            r => r.HardThreshold, (r, v) => r with { HardThreshold = v }),
        Number(
            "dice", "Weight of the soft Dice loss beside cross entropy, in which each class of a batch counts alike; 0: none.", "0 or more",
            v => v >= 0, r => r.Dice, (r, v) => r with { Dice = v }),
        Number(
            "loss_limit", "A higher loss ends the training.", "above 0", v => v > 0, r => r.LossLimit, (r, v) => r with { LossLimit = v }),
        Count(
            "evaluations", "How often the validation split is scored in the course of the run.", 1, r => r.Evaluations,
            (r, v) => r with { Evaluations = v }),
        Count("checkpoint_every", "Iterations between two checkpoints besides those at evaluations; 0: by the clock alone.", 0,
            r => r.CheckpointEvery, (r, v) => r with { CheckpointEvery = v }, isInSpecs: false),
        Number("checkpoint_minutes", "Minutes between two checkpoints at most; 0: not by the clock.", "0 or more", v => v >= 0,
            r => r.CheckpointMinutes, (r, v) => r with { CheckpointMinutes = v }, isInSpecs: false),
        new Typed<ulong>(
            "seed", "Decides weights, order, transforms and dropout.", "a whole number, 0 or more", r => r.Seed,
            (r, v) => r with { Seed = v },
            (string text, out ulong value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value),
            v => v.ToString(CultureInfo.InvariantCulture), _ => true) { IsInSpecs = false },
        Count("workers", "Threads that prepare samples.", 1, r => r.Workers, (r, v) => r with { Workers = v }, isInSpecs: false),
    ];
}
