namespace DeepLabDsl.Compiler;

/// <summary>
/// What generated code names of the runtime, of TorchSharp and of .NET, each from the root of all namespaces: a type of the
/// user's own that has the same name, nearer by, is never taken for it, and a layer or block may be called as it likes.
/// </summary>
internal static class Runtime
{
    public const string Tensor = Torch + "Tensor";
    public const string Functional = Torch + "nn.functional";
    public const string NewDisposeScope = Torch + "NewDisposeScope";
    public const string Concatenate = Torch + "cat";
    public const string Maximum = Torch + "maximum";
    public const string TensorModule = Torch + $"nn.Module<{Tensor}, {Tensor}>";

    public const string Conv2d = Modules + "Conv2d";
    public const string ModuleList = Modules + "ModuleList";
    public const string BatchNorm = Modules + "BatchNorm";

    public const string BatchNorm2d = Ours + "BatchNorm2d";
    public const string FrozenBatchNorm2d = Ours + "FrozenBatchNorm2d";
    public const string CrfLayer = Ours + "CrfLayer";
    public const string CrfOptions = Ours + "CrfOptions";
    public const string CrfRecipe = Ours + "CrfRecipe";
    public const string Extent = Ours + "Extent";
    public const string GeneratedModule = Ours + "GeneratedModule";
    public const string Layers = Ours + "Layers";
    public const string NetworkDescriptor = Ours + "NetworkDescriptor";
    public const string PredictionOptions = Ours + "PredictionOptions";
    public const string ResizeGrid = Ours + "ResizeGrid";
    public const string SegmentationNetwork = Ours + "SegmentationNetwork";
    public const string SegmentationOutput = Ours + "SegmentationOutput";
    public const string SupervisedOutput = Ours + "SupervisedOutput";
    public const string TrainingRecipe = Ours + "TrainingRecipe";
    public const string LayerActivation = Ours + "LayerActivation";
    public const string LayerDefaults = Ours + "LayerDefaults";
    public const string SpecMath = Ours + "SpecMath";
    public const string StagePlan = Ours + "StagePlan";
    public const string WindowPadding = Ours + "WindowPadding";

    public const string Dictionary = Collections + "Dictionary";
    public const string ReadOnlyList = Collections + "IReadOnlyList";
    public const string KeyValuePair = Collections + "KeyValuePair";

    private const string Ours = "global::DeepLabDsl.";
    private const string Torch = "global::TorchSharp.torch.";
    private const string Modules = "global::TorchSharp.Modules.";
    private const string Collections = "global::System.Collections.Generic.";

    /// <summary>A type of the runtime by its name.</summary>
    public static string Type(string name) => Ours + name;
}
