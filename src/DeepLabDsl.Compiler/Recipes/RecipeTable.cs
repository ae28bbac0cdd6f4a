using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>One key of <c>training:</c>, <c>evaluation:</c> or <c>crf:</c>: its type, its range, and the property of the runtime's recipe that it becomes.</summary>
internal sealed class RecipeRow(string name, string property, ValueKind kind, Func<Value, string> emit)
{
    public string Name { get; } = name;

    public string Property { get; } = property;

    public ValueKind Kind { get; } = kind;

    /// <summary>The words of a choice.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>Whether a value of the right kind is in range.</summary>
    public Func<Value, bool> IsInRange { get; init; } = _ => true;

    /// <summary>The range, to end "must be".</summary>
    public string Range { get; init; } = "";

    /// <summary>Whether it is a mapping of names to factors.</summary>
    public bool IsMap { get; init; }

    /// <summary>Whether a single number may stand for a list of one.</summary>
    public bool TakesOne { get; init; }

    /// <summary>The value as C#.</summary>
    public string Emit(Value value) => emit(value);
}

/// <summary>All keys of <c>training:</c>. A test compares them with the runtime's.</summary>
internal static class RecipeTable
{
    public static IReadOnlyList<RecipeRow> Rows { get; } =
    [
        Count("epochs", 1), Count("iterations", 1), Number("minutes", "above 0", v => v > 0),
        Count("batch", 1), Count("accumulate", 1),
        new("crop", "Crop", ValueKind.Pair, v => v.IsList ? $"({v.List[0]}, {v.List[1]})" : $"({v}, {v})")
        {
            Range = "between 1 and 65535",
            IsInRange = v => (v.IsList ? v.List : [v]).All(side => side.Int is >= 1 and <= 65535),
        },
        PairOf("scale", "two numbers above 0, the lesser first", (a, b) => a > 0 && b >= a),
        Number("scale_step", "0 or more", v => v >= 0), Number("flip", "from 0 to 1", v => v is >= 0 and <= 1),
        new("jitter", "Jitter", ValueKind.Floats, List) { TakesOne = true, Range = "one number from 0 to 1, or three", IsInRange = v => v.List.Count is 1 or 3 && v.List.All(x => x.Number is >= 0 and <= 1) },
        Number("noise", "from 0 to 1", v => v is >= 0 and <= 1),
        Map("repeat", "1 or more", v => v >= 1), Number("balance_images", "from 0 to 1", v => v is >= 0 and <= 1),
        Word("optimizer", "OptimizerKind", "Sgd", "AdamW"),
        Number("learning_rate", "above 0", v => v > 0), Number("momentum", "from 0 to below 1", v => v is >= 0 and < 1),
        PairOf("betas", "two numbers from 0 to below 1", (a, b) => a is >= 0 and < 1 && b is >= 0 and < 1),
        Number("weight_decay", "0 or more", v => v >= 0),
        Number("bias_rate", "0 or more", v => v >= 0), Number("bias_decay", "0 or more", v => v >= 0), Number("norm_decay", "0 or more", v => v >= 0),
        Map("rates", "0 or more", v => v >= 0),
        Word("schedule", "LearningRateSchedule", "Poly", "Step", "Cosine", "Constant"),
        Number("power", "0 or more", v => v >= 0), Count("step_every", 1), Number("step_factor", "above 0, at most 1", v => v is > 0 and <= 1),
        Count("warm_up", 0), Number("clip", "0 or more", v => v >= 0), Number("ema", "from 0 to below 1", v => v is >= 0 and < 1),
        Word("batch_norm", "BatchNormMode", "Train", "Frozen"), Number("norm_momentum", "above 0, at most 1", v => v is > 0 and <= 1),
        Word("precision", "TrainingPrecision", "Float32", "BFloat16"),
        Number("class_balance", "from 0 to 1", v => v is >= 0 and <= 1),
        new("class_weights", "ClassWeights", ValueKind.Floats, List) { Range = "numbers of 0 or more", IsInRange = v => v.List.All(x => x.Number >= 0) },
        Number("hard_pixels", "above 0, at most 1", v => v is > 0 and <= 1), Number("hard_threshold", "from 0 to 1", v => v is >= 0 and <= 1),
        Number("loss_limit", "above 0", v => v > 0), Count("evaluations", 1),
    ];

    /// <summary>All keys of <c>evaluation:</c>: the properties of the runtime's <c>PredictionOptions</c>.</summary>
    public static IReadOnlyList<RecipeRow> Evaluation { get; } =
    [
        new("scales", "Scales", ValueKind.Floats, List) { TakesOne = true, Range = "numbers above 0 and at most 8", IsInRange = v => v.List.Count > 0 && v.List.All(x => x.Number is > 0 and <= 8) },
        new("flip", "Flip", ValueKind.Bool, v => v.Bool ? "true" : "false"),
        new("window", "Window", ValueKind.Pair, v => v.IsList ? $"({v.List[0]}, {v.List[1]})" : $"({v}, {v})")
        {
            Range = "between 1 and 65535",
            IsInRange = v => (v.IsList ? v.List : [v]).All(side => side.Int is >= 1 and <= 65535),
        },
        Number("overlap", "from 0 to below 1", v => v is >= 0 and < 1),
        Word("blend", "WindowBlend", "Hann", "Mean"),
    ];

    /// <summary>All keys of <c>crf:</c>: the properties of the runtime's <c>CrfRecipe</c>.</summary>
    public static IReadOnlyList<RecipeRow> Crf { get; } =
    [
        Count("iterations", 0),
        Number("gaussian_sigma", "above 0", v => v > 0), Number("gaussian_weight", "0 or more", v => v >= 0),
        Number("bilateral_sigma_xy", "above 0", v => v > 0), Number("bilateral_sigma_rgb", "above 0", v => v > 0), Number("bilateral_weight", "0 or more", v => v >= 0),
        Word("normalization", "CrfNormalization", "Symmetric", "After", "Before", "None"),
    ];

    private static RecipeRow Count(string name, int least) =>
        new(name, Names.Pascal(name), ValueKind.Int, v => v.ToString()) { Range = $"{least} or more", IsInRange = v => v.Int >= least };

    private static RecipeRow Number(string name, string range, Func<double, bool> isInRange) =>
        new(name, Names.Pascal(name), ValueKind.Float, v => CSharp.Double(v.Number)) { Range = range, IsInRange = v => isInRange(v.Number) };

    private static RecipeRow PairOf(string name, string range, Func<double, double, bool> isInRange) =>
        new(name, Names.Pascal(name), ValueKind.Floats, v => $"({CSharp.Double(v.List[0].Number)}, {CSharp.Double(v.List[1].Number)})")
        {
            Range = range,
            IsInRange = v => v.List.Count == 2 && isInRange(v.List[0].Number, v.List[1].Number),
        };

    private static RecipeRow Map(string name, string range, Func<double, bool> isInRange) =>
        new(name, Names.Pascal(name), ValueKind.Float, v => CSharp.Double(v.Number)) { IsMap = true, Range = range, IsInRange = v => isInRange(v.Number) };

    private static RecipeRow Word(string name, string type, params string[] members) =>
        new(name, Names.Pascal(name), ValueKind.Choice, v => $"{type}.{members.First(m => Lower(m) == v.Word)}") { Choices = [.. members.Select(Lower)] };

    private static string Lower(string member) => member.ToLower(CultureInfo.InvariantCulture);

    private static string List(Value value) => $"[{string.Join(", ", value.List.Select(v => CSharp.Double(v.Number)))}]";
}
