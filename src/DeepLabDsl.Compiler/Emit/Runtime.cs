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

    public const string BatchNorm2d = OurModules + "BatchNorm2d";
    public const string Extent = OurModules + "Extent";
    public const string FrozenBatchNorm2d = OurModules + "FrozenBatchNorm2d";
    public const string GeneratedModule = OurModules + "GeneratedModule";
    public const string LayerActivation = OurModules + "LayerActivation";
    public const string Layers = OurModules + "Layers";
    public const string ResizeGrid = OurModules + "ResizeGrid";
    public const string SpecMath = OurModules + "SpecMath";
    public const string StagePlan = OurModules + "StagePlan";
    public const string WindowPadding = OurModules + "WindowPadding";

    public const string CrfLayer = OurCrf + "CrfLayer";
    public const string CrfNormalization = OurCrf + "CrfNormalization";
    public const string CrfOptions = OurCrf + "CrfOptions";

    public const string AssemblyMetadata = "global::System.Reflection.AssemblyMetadata";

    public const string BatchNormMode = OurRecipes + "BatchNormMode";
    public const string CrfRecipe = OurRecipes + "CrfRecipe";
    public const string LearningRateSchedule = OurRecipes + "LearningRateSchedule";
    public const string OptimizerKind = OurRecipes + "OptimizerKind";
    public const string PredictionOptions = OurRecipes + "PredictionOptions";
    public const string TrainingPrecision = OurRecipes + "TrainingPrecision";
    public const string TrainingRecipe = OurRecipes + "TrainingRecipe";
    public const string WindowBlend = OurRecipes + "WindowBlend";

    public const string CarriedGraph = OurNetworks + "CarriedGraph";
    public const string LayerDefaults = OurNetworks + "LayerDefaults";
    public const string NetworkDescriptor = OurNetworks + "NetworkDescriptor";
    public const string SegmentationNetwork = OurNetworks + "SegmentationNetwork";
    public const string SegmentationOutput = OurNetworks + "SegmentationOutput";
    public const string SpecSource = OurNetworks + "SpecSource";
    public const string SupervisedOutput = OurNetworks + "SupervisedOutput";

    public const string Dictionary = Collections + "Dictionary";
    public const string ReadOnlyList = Collections + "IReadOnlyList";
    public const string KeyValuePair = Collections + "KeyValuePair";

    private const string OurModules = "global::DeepLabDsl.Modules.";
    private const string OurCrf = "global::DeepLabDsl.Crf.";
    private const string OurNetworks = "global::DeepLabDsl.Networks.";
    private const string OurRecipes = "global::DeepLabDsl.Recipes.";
    private const string Torch = "global::TorchSharp.torch.";
    private const string Modules = "global::TorchSharp.Modules.";
    private const string Collections = "global::System.Collections.Generic.";
}
