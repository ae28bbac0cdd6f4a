using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>One key of <c>training:</c>, <c>evaluation:</c> or <c>crf:</c>: its type and its range.</summary>
internal sealed class RecipeRow(string name, string summary, ValueKind kind)
{
    public string Name { get; } = name;

    /// <summary>What it says, in one sentence.</summary>
    public string Summary { get; } = summary;

    public ValueKind Kind { get; } = kind;

    /// <summary>The words of a choice.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The range of the number, or of each number of a list.</summary>
    public Interval? Numbers { get; init; }

    /// <summary>How many numbers a list holds.</summary>
    public (int Least, int? Greatest)? Length { get; init; }

    /// <summary>Whether a value of the right kind, whose numbers are in range, is right as a whole.</summary>
    public Func<Value, bool> IsRight { get; init; } = _ => true;

    /// <summary>Whether a value of the right kind is in range.</summary>
    public bool IsInRange(Value value) =>
        (Numbers is null || (value.IsList ? value.List : [value]).All(v => Numbers.Contains(v.Number)))
        && (Length is not { } length || !value.IsList || (value.List.Count >= length.Least && !(value.List.Count > length.Greatest)))
        && IsRight(value);

    /// <summary>The range, to end "must be".</summary>
    public string Range { get; init; } = "";

    /// <summary>Whether it is a mapping of names to factors.</summary>
    public bool IsMap { get; init; }

    /// <summary>Whether a single number may stand for a list of one.</summary>
    public bool TakesOne { get; init; }

    /// <summary>Whether a list is two numbers that belong together.</summary>
    public bool IsPair { get; init; }
}

/// <summary>All keys of <c>training:</c>. A test compares them with the runtime's.</summary>
internal static class RecipeTable
{
    public static IReadOnlyList<RecipeRow> Rows { get; } =
    [
        Count("epochs", "Ends after as many passes over the data.", 1),
        Count("iterations", "Ends after as many steps.", 1),
        Number("minutes", "Ends after as much time. The learning rate follows the clock: not repeatable bit for bit.", Interval.Above(0)),
        Count("batch", "Images a forward pass.", 1),
        Count("accumulation_steps", "Forward passes whose gradients make one step.", 1),
        new("crop", "Height and width of the crops, in pixels.", ValueKind.Pair)
        {
            Range = "between 1 and 65535",
            Numbers = Interval.From(1, 65535),
        },
        PairOf("scale", "Minimum and maximum random scale.", "two numbers above 0, the lesser first", Interval.Above(0),
            v => v.List[0].Number <= v.List[1].Number),
        Number("scale_step", "Distance between random scales; 0: any.", Interval.From(0)),
        Number("flip_probability", "Probability of a mirrored sample.", Interval.From(0, 1)),
        new("jitter", "How far brightness, contrast and saturation change: one number for all or three.", ValueKind.Floats)
            { TakesOne = true, Range = "one number from 0 to 1, or three", Numbers = Interval.From(0, 1), Length = (1, 3),
            IsRight = v => v.List.Count != 2 },
        Number("hue", "How far hues turn either way, as a share of the circle of hues.", Interval.From(0, 0.5)),
        Number("gamma", "How far the curve of brightness bends: values to a power from 1 / (1 + gamma) to 1 + gamma.", Interval.From(0, 1)),
        Number("tint", "How far each channel's gain changes on its own, as another white balance does.", Interval.From(0, 1)),
        Number("grey_probability", "Probability of a sample without colours.", Interval.From(0, 1)),
        Number("noise", "Standard deviation of the noise added to pixels, as a share of white.", Interval.From(0, 1)),
        Map("repeat", "Classes whose images come up as many times as often.", Interval.From(1)),
        Number("balance_images", "Images of classes on a smaller share of images come up more often; 0: all alike.", Interval.From(0, 1)),
        Word("optimizer", "What turns gradients into steps.", "sgd", "adamw"),
        Number("learning_rate", "Learning rate at the start.", Interval.Above(0)),
        Number("momentum", "Momentum of sgd.", Interval.Below(0, 1)),
        PairOf("betas", "Decays of adamw's means.", "two numbers from 0 to below 1", Interval.Below(0, 1)),
        Number("weight_decay", "Weight decay.", Interval.From(0)),
        Number("bias_rate", "Factor of the learning rate for biases.", Interval.From(0)),
        Number("bias_decay", "Factor of the weight decay for biases.", Interval.From(0)),
        Number("norm_decay", "Factor of the weight decay for batch norms.", Interval.From(0)),
        Map("lr_multipliers", "Factors of the learning rate by state-dict key; 0: stays as it is.", Interval.From(0)),
        Word("schedule", "How the learning rate falls.", "poly", "step", "cosine", "constant"),
        Number("power", "Power of the poly schedule.", Interval.From(0)),
        Count("step_every", "Iterations between two steps of the step schedule.", 1),
        Number("step_factor", "What such a step multiplies the rate by.", Interval.Above(0, 1)),
        Count("warm_up", "Iterations over which the rate grows from zero.", 0),
        Number("clip_grad_norm", "Maximum norm of the gradients; 0: any.", Interval.From(0)),
        Number("ema", "Decay of the running mean of the weights that is evaluated and saved; 0: none.", Interval.Below(0, 1)),
        Word("batch_norm", "What batch norms do.", "train", "frozen", "synchronized"),
        Number("norm_momentum", "Share of a new batch in batch norms' running statistics.", Interval.Above(0, 1)),
        Word("precision", "The numbers that convolutions are computed with.", "float32", "bfloat16"),
        Number("class_balance", "How much rare classes count more: 0 not at all, 1 as much as common ones.", Interval.From(0, 1)),
        new("class_weights", "Weights of the classes in the loss, one each.", ValueKind.Floats)
            { Range = "numbers of 0 or more", Numbers = Interval.From(0) },
        Number("hard_pixels", "Share of the pixels, those with the highest loss, that counts (OHEM).", Interval.Above(0, 1)),
        Number("hard_threshold", "Pixels whose class has less probability count as hard besides.", Interval.From(0, 1)),
        Number("dice", "Weight of the soft Dice loss beside cross entropy, in which each class of a batch counts alike; 0: none.",
            Interval.From(0)),
        Number("loss_limit", "A higher loss ends the training.", Interval.Above(0)),
        Count("evaluations", "How often the validation split is scored in the course of the run.", 1),
    ];

    /// <summary>All keys of <c>evaluation:</c>: the properties of the runtime's <c>PredictionOptions</c>.</summary>
    public static IReadOnlyList<RecipeRow> Evaluation { get; } =
    [
        new("scales", "Factors by which each image is scaled; probabilities are averaged.", ValueKind.Floats)
            { TakesOne = true, Range = "numbers above 0 and at most 8", Numbers = Interval.Above(0, 8), Length = (1, null) },
        new("flip", "Whether the mirrored image is predicted too and averaged in.", ValueKind.Bool),
        new("window", "Height and width of the windows that larger images are predicted in, in pixels.", ValueKind.Pair)
        {
            Range = "between 1 and 65535",
            Numbers = Interval.From(1, 65535),
        },
        Number("overlap", "The part of a window that its neighbour covers too.", Interval.Below(0, 1)),
        Word("blend", "How overlapping windows are put together.", "hann", "mean"),
    ];

    /// <summary>All keys of <c>crf:</c>: the properties of the runtime's <c>CrfRecipe</c>.</summary>
    public static IReadOnlyList<RecipeRow> Crf { get; } =
    [
        Count("iterations", "Mean-field steps.", 0),
        Number("gaussian_sigma", "Standard deviation of the position kernel in pixels: sigma_gamma of DeepLab v1.", Interval.Above(0)),
        Number("gaussian_weight", "Weight of the position kernel: w2 of DeepLab v1.", Interval.From(0)),
        Number("bilateral_sigma_xy", "Standard deviation of the colour kernel in pixels: sigma_alpha of DeepLab v1.", Interval.Above(0)),
        Number("bilateral_sigma_rgb",
            "Standard deviation of the colour kernel in colour, on the scale 0 to 255: sigma_beta of DeepLab v1.", Interval.Above(0)),
        Number("bilateral_weight", "Weight of the colour kernel: w1 of DeepLab v1.", Interval.From(0)),
        Word("normalization", "How both kernels are normalised.", "symmetric", "after", "before", "none"),
    ];

    private static RecipeRow Count(string name, string summary, int least) =>
        new(name, summary, ValueKind.Int) { Range = $"{least} or more", Numbers = Interval.From(least) };

    private static RecipeRow Number(string name, string summary, Interval range) =>
        new(name, summary, ValueKind.Float) { Range = range.ToString(), Numbers = range };

    private static RecipeRow PairOf(string name, string summary, string range, Interval numbers, Func<Value, bool>? isRight = null) =>
        new(name, summary, ValueKind.Floats)
        {
            IsPair = true,
            Range = range,
            Numbers = numbers,
            Length = (2, 2),
            IsRight = isRight ?? (_ => true),
        };

    private static RecipeRow Map(string name, string summary, Interval range) =>
        new(name, summary, ValueKind.Float) { IsMap = true, Range = range.ToString(), Numbers = range };

    private static RecipeRow Word(string name, string summary, params string[] words) => new(name, summary, ValueKind.Choice)
    { Choices = words };
}
