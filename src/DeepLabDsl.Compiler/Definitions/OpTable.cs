using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>An attribute of an operation.</summary>
/// <param name="Name">The key.</param>
/// <param name="Kind">The type.</param>
/// <param name="Default">The value where nothing says otherwise; null: it must be given.</param>
/// <param name="Minimum">The least number allowed.</param>
/// <param name="Summary">What it is, with its unit.</param>
internal sealed record OpAttribute(string Name, ValueKind Kind, Value? Default, double? Minimum, string Summary)
{
    public IReadOnlyList<string> Choices { get; init; } = [];

    public double? Maximum { get; init; }

    /// <summary>A reference to a layer instead of a value.</summary>
    public bool IsReference { get; init; }

    public bool IsOptional { get; init; }
}

/// <summary>Which primitive operation; its name is a matter of the language alone.</summary>
internal enum OpKind
{
    Conv,
    DepthwiseConv,
    BatchNorm,
    Norm,
    Relu,
    Relu6,
    Sigmoid,
    HardSigmoid,
    HardSwish,
    None,
    Activation,
    MaxPool,
    AvgPool,
    GlobalAvgPool,
    Resize,
    PixelShuffle,
    Add,
    Multiply,
    Max,
    Mean,
    Concat,
    Crf,
    Dropout,
}

/// <summary>A primitive operation.</summary>
internal sealed record OpInfo(
    OpKind Kind, string Name, string Summary, int MinimumInputs, int MaximumInputs, params OpAttribute[] Attributes)
{
    public bool IsActivation { get; init; }

    public OpAttribute? Find(string name) => System.Array.Find(Attributes, a => a.Name == name);

    public string DescribeInputs() => MaximumInputs == 1
        ? "one input"
        : MaximumInputs == int.MaxValue ? $"{MinimumInputs} or more inputs" : $"{MaximumInputs} inputs";
}

/// <summary>The primitives of the language: the one table that binder, lowering, emitter and documentation read.</summary>
internal static class OpTable
{
    /// <summary>The activation that is none, for a default or a parameter to name.</summary>
    public const string None = "none";

    /// <summary>The word of <c>padding</c> for TensorFlow's SAME, which depends on the size of the map.</summary>
    public const string TensorFlowPadding = "tensorflow";

    private static readonly OpAttribute Kernel = new("kernel", ValueKind.Pair, null, 1, "Height and width of the window.");
    private static readonly OpAttribute Stride = new("stride", ValueKind.Pair, 1, 1, "Step of the window, in pixels of the input.");
    private static readonly OpAttribute Rate = new("rate", ValueKind.Pair, 1, 1,
        "Atrous rate: distance between taps, in pixels of the input.");
    private static readonly OpAttribute Padding = new("padding", ValueKind.Padding, "same", 0,
        "Zeros on each side; 'same' is rate * (kernel - 1) / 2, which keeps the size at stride 1; 'tensorflow' is what its SAME "
        + "means: as many as the size at run time needs for ceil(size / stride) values, an odd one below and to the right.");

    private static readonly OpAttribute Bias = new("bias", ValueKind.Bool, false, null,
        "Whether a learned number is added to each channel.");

    private static readonly OpAttribute InitStd = new("init_std", ValueKind.Float, null, 0,
        "Standard deviation of the normal distribution that weights are drawn from; left out: He et al.'s for ReLU.")
    { IsOptional = true };

    private static readonly OpAttribute[] Normalization =
    [
        new("epsilon", ValueKind.Float, 1e-5, 0, "Added to the variance."),
        new("momentum", ValueKind.Float, 0.1, 0, "Share of the new batch in the running statistics.") { Maximum = 1 },
        new("frozen", ValueKind.Bool, false, null, "Whether it always uses the running statistics and nothing in it is trained."),
    ];

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, OpInfo> Ops { get; } = new[]
    {
        new OpInfo(OpKind.Conv, "conv", "Convolution, atrous where the rate is above 1.", 1, 1,
            new("channels", ValueKind.Int, null, 1, "Channels of the result."),
            Kernel, Stride, Rate, Padding,
            new("groups", ValueKind.Int, 1, 1, "Groups of channels that see only each other."),
            Bias, InitStd),
        new OpInfo(OpKind.DepthwiseConv, "depthwise_conv", "Convolution of each channel by itself.", 1, 1,
            Kernel, Stride, Rate, Padding, Bias, InitStd,
            new("multiplier", ValueKind.Int, 1, 1, "Channels of the result for each of the input.")),
        new OpInfo(OpKind.BatchNorm, "batch_norm", "Batch normalisation with learned scale and shift.", 1, 1, Normalization),
        new OpInfo(OpKind.Norm, "norm",
            "The normalisation that 'defaults: norm' names, batch_norm or none; batch_norm where nothing does.", 1, 1, Normalization),
        Activation(OpKind.Relu, "relu", "max(x, 0)."),
        Activation(OpKind.Relu6, "relu6", "min(max(x, 0), 6)."),
        Activation(OpKind.Sigmoid, "sigmoid", "1 / (1 + exp(-x))."),
        Activation(OpKind.HardSigmoid, "hard_sigmoid", "min(max(x + 3, 0), 6) / 6."),
        Activation(OpKind.HardSwish, "hard_swish", "x * hard_sigmoid(x)."),
        Activation(OpKind.None, None, "Nothing: the input passes on; for a choice that may be no layer at all."),
        new OpInfo(OpKind.Activation, "activation", "The activation that 'defaults: activation' names; relu where nothing does.", 1, 1),
        new OpInfo(OpKind.MaxPool, "max_pool", "Largest value in the window.", 1, 1, Kernel, Stride, Rate with { Default = 1 },
            Padding with { Default = 0, Summary = "Cells of minus infinity on each side, or 'same'." },
            new("ceil", ValueKind.Bool, false, null, "Whether a window that begins inside the map but ends outside counts.")),
        new OpInfo(OpKind.AvgPool, "avg_pool", "Mean of the window.", 1, 1, Kernel, Stride,
            Padding with { Default = 0 },
            new("ceil", ValueKind.Bool, false, null, "Whether a window that begins inside the map but ends outside counts."),
            new("count_padding", ValueKind.Bool, true, null, "Whether padded zeros count in the mean.")),
        new OpInfo(OpKind.GlobalAvgPool, "global_avg_pool", "Mean of the whole map: [N, C, 1, 1].", 1, 1),
        new OpInfo(OpKind.Resize, "resize", "Bilinear resize to the size of another layer or by a factor.", 1, 1,
            new("to", ValueKind.Choice, null, null, "The layer whose height and width are taken.")
                { IsReference = true, IsOptional = true },
            new("factor", ValueKind.Float, null, 0, "The factor of height and width.") { IsOptional = true },
            new("align_corners", ValueKind.Bool, false, null,
                "Whether corner pixels keep their place (else pixels are half-pixel centred)."),
            new("grid", ValueKind.Choice, "size", null,
                "What a factor f makes of n pixels. size: floor(n f), as far apart as fit; factor: floor(n f), exactly 1/f apart "
                + "(PyTorch's scale_factor); corners: floor((n - 1) f) + 1, with corners aligned (Caffe's Interp, TensorFlow).")
            { Choices = ["size", "factor", "corners"] }),
        new OpInfo(OpKind.PixelShuffle, "pixel_shuffle", "Channels to pixels: [N, C f^2, H, W] to [N, C, H f, W f].", 1, 1,
            new OpAttribute("factor", ValueKind.Int, null, 1, "The factor f of height and width.")),
        new OpInfo(OpKind.Add, "add", "Sum of maps of one shape.", 2, int.MaxValue),
        new OpInfo(OpKind.Multiply, "multiply", "Product of maps; a [N, C, 1, 1] map scales the channels of the other.", 2, 2),
        new OpInfo(OpKind.Max, "max", "Largest of maps of one shape, element by element.", 2, int.MaxValue),
        new OpInfo(OpKind.Mean, "mean", "Mean of maps of one shape, element by element.", 2, int.MaxValue),
        new OpInfo(OpKind.Concat, "concat", "Channels of all inputs one after the other, in the order given.", 1, int.MaxValue),
        new OpInfo(OpKind.Crf, "crf",
            "Mean-field steps of a dense CRF on class scores, [N, classes, H, W], trained with the network (CRF-RNN): weights of its two "
            + "kernels for each class, and what labels cost each other, are learned.", 1, 1,
            new("image", ValueKind.Choice, null, null,
                "The picture of the scores' size that colours are taken from: the network's input.") { IsReference = true },
            new("iterations", ValueKind.Int, 5, 1, "Steps; the paper trains with 5 and tests with 10."),
            new("gaussian_sigma", ValueKind.Float, 3, 0, "Standard deviation of the position kernel in pixels, above 0."),
            new("gaussian_weight", ValueKind.Float, 3, null, "Weight of the position kernel at the start."),
            new("bilateral_sigma_xy", ValueKind.Float, 80, 0, "Standard deviation of the colour kernel in pixels, above 0."),
            new("bilateral_sigma_rgb", ValueKind.Float, 13, 0,
                "Standard deviation of the colour kernel in colour, on the scale 0 to 255, above 0."),
            new("bilateral_weight", ValueKind.Float, 10, null, "Weight of the colour kernel at the start.")),
        new OpInfo(OpKind.Dropout, "dropout", "Zeroes values at random while training.", 1, 1,
            new OpAttribute("probability", ValueKind.Float, null, 0, "Chance of each value to be zeroed.") { Maximum = 1 }),
    }.ToDictionary(o => o.Name);

    /// <summary>The attributes of operations that are layers, by name or path.</summary>
    public static IReadOnlyCollection<string> References { get; } =
        [.. Ops.Values.SelectMany(o => o.Attributes).Where(a => a.IsReference).Select(a => a.Name).Distinct()];

    /// <summary>What a resize does, which the compiler adds where a spec asks for an output or another scale.</summary>
    public static OpInfo Resize => Ops["resize"];

    /// <summary>How the branches of a parallel can be joined, and the operation that does it.</summary>
    public static IReadOnlyDictionary<string, string> Merges { get; } = new Dictionary<string, string>
    {
        ["concat"] = "concat",
        ["sum"] = "add",
        ["max"] = "max",
        ["mean"] = "mean",
    };

    /// <summary>What <c>defaults: norm</c> can name.</summary>
    public static IReadOnlyList<string> Norms { get; } = ["batch_norm", None];

    public static IEnumerable<string> Activations => Ops.Values.Where(o => o.IsActivation).Select(o => o.Name);

    private static OpInfo Activation(OpKind kind, string name, string summary) => new(kind, name, summary, 1, 1) { IsActivation = true };
}
