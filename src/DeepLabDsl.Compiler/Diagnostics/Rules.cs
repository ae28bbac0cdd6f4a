using System.Collections.Generic;

namespace DeepLabDsl.Compiler;

/// <summary>Every diagnostic of the compiler: 0xx YAML, 1xx the language, 2xx the graph, 3xx atrous control, 9xx the compiler.</summary>
public static class Rules
{
    /// <summary>The text is not YAML.</summary>
    public static readonly Rule YamlSyntax = new("DLD001", "YAML syntax error", "Not valid YAML: {0}");

    /// <summary>A key stands twice in one mapping.</summary>
    public static readonly Rule DuplicateKey = new("DLD002", "Duplicate key",
        "'{0}' stands twice here, first on line {1}; remove or rename one of them");

    /// <summary>Anchors, aliases, tags and keys that are not plain text have no meaning in a spec.</summary>
    public static readonly Rule UnsupportedYaml = new("DLD003", "Unsupported YAML feature",
        "A spec can't hold {0}; {1}");

    /// <summary>The file holds no definition.</summary>
    public static readonly Rule NoDefinition = new("DLD004", "No definition",
        "A spec must be a mapping that begins with 'network:', 'backbone:' or 'block:'; {0}");

    /// <summary>The nesting is deeper than any network needs.</summary>
    public static readonly Rule TooDeep = new("DLD005", "Nested too deeply", "Nested more than {0} levels deep");

    /// <summary>The text, an expression or the network is larger than anything that a person or a network needs.</summary>
    public static readonly Rule TooLarge = new("DLD006", "Too large", "{0}");

    /// <summary>The project asks for generated classes in a namespace that C# can't have.</summary>
    public static readonly Rule IllegalNamespace = new("DLD007", "Illegal namespace",
        "'{0}', the project's DeepLabDslNamespace, can't be a namespace; write it as '{1}'");

    /// <summary>All networks of a project are more work than a build or an editor can do.</summary>
    public static readonly Rule ProjectTooLarge = new("DLD008", "Project too large",
        "The project's networks come to more than {0} layers, blocks and repeats counted in full and a network as {1} at least, and none "
        + "of them is compiled; this file spends the most of it, {2} layers or more in {3}: let it have fewer or smaller ones, or divide "
        + "the project");

    /// <summary>A spec, or all of a project's, that the build does not compile.</summary>
    public static readonly Rule NotCompiled = new("DLD009", "Spec that is not compiled", "{0}", RuleSeverity.Warning);

    /// <summary>The key means nothing here.</summary>
    public static readonly Rule UnknownKey = new("DLD101", "Unknown key", "{0} has no '{1}'{2}");

    /// <summary>A key that must be given is not.</summary>
    public static readonly Rule MissingKey = new("DLD102", "Missing key", "{0} needs '{1}': {2}");

    /// <summary>The value is of another kind than expected.</summary>
    public static readonly Rule WrongType = new("DLD103", "Wrong type", "'{0}' must be {1}, not {2}");

    /// <summary>There is no such primitive operation.</summary>
    public static readonly Rule UnknownOp = new("DLD104", "Unknown operation", "There is no operation '{0}'{1}");

    /// <summary>No file defines the block.</summary>
    public static readonly Rule UnknownBlock = new("DLD105", "Unknown block", "No spec defines a block '{0}'{1}");

    /// <summary>No file defines the backbone.</summary>
    public static readonly Rule UnknownBackbone = new("DLD106", "Unknown backbone", "No spec defines a backbone '{0}'{1}");

    /// <summary>No file defines what is extended.</summary>
    public static readonly Rule UnknownBase = new("DLD107", "Unknown base", "No spec defines a {0} '{1}' to extend{2}");

    /// <summary>The name can't be a name.</summary>
    public static readonly Rule IllegalName = new("DLD108", "Illegal name", "'{0}' can't be the name of a {1}: {2}");

    /// <summary>Two specs define the same name.</summary>
    public static readonly Rule DuplicateDefinition = new("DLD109", "Defined twice",
        "A {0} '{1}' is also defined in {2}; rename one of them");

    /// <summary>Two things would get one name in the generated code or in the state dict.</summary>
    public static readonly Rule NameClash = new("DLD110", "Names clash", "{0}");

    /// <summary>A definition is made of itself.</summary>
    public static readonly Rule Recursion = new("DLD111", "Made of itself", "{0} '{1}' is made of itself: {2}");

    /// <summary>Keys that exclude each other.</summary>
    public static readonly Rule ConflictingKeys = new("DLD112", "Conflicting keys", "{0}");

    /// <summary>The expression does not parse.</summary>
    public static readonly Rule ExpressionSyntax = new("DLD113", "Expression syntax error", "In the expression '{0}': {1}");

    /// <summary>The expression names something that is not in scope.</summary>
    public static readonly Rule UnknownName = new("DLD114", "Unknown name in an expression", "'${0}' is not known here{1}");

    /// <summary>The expression has no value.</summary>
    public static readonly Rule ExpressionValue = new("DLD115", "Expression without a value", "'{0}' has no value: {1}");

    /// <summary>The block's parameter has no default and no value is given.</summary>
    public static readonly Rule MissingArgument = new("DLD116", "Missing argument",
        "{0} '{1}' needs a value for its parameter '{2}' ({3})");

    /// <summary>The value is outside of what makes sense.</summary>
    public static readonly Rule OutOfRange = new("DLD117", "Value out of range", "'{0}' must be {1}, not {2}")
    { DependsOnUse = true };

    /// <summary>A suppression of what can't be suppressed.</summary>
    public static readonly Rule UnknownSuppression = new("DLD119", "Suppression of nothing", "'{0}' can't be suppressed: {1}");

    /// <summary>A reference to a layer that does not exist.</summary>
    public static readonly Rule UnknownLayer = new("DLD201", "Unknown layer", "There is no '{0}' here{1}");

    /// <summary>Layers feed on each other.</summary>
    public static readonly Rule Cycle = new("DLD202", "Cycle", "'{0}' feeds on itself: {1}");

    /// <summary>Channels of joined maps differ.</summary>
    public static readonly Rule ChannelMismatch = new("DLD203", "Channels do not fit", "{0}")
    { DependsOnUse = true };

    /// <summary>Sizes of joined maps differ.</summary>
    public static readonly Rule SizeMismatch = new("DLD204", "Sizes do not fit", "{0}")
    { DependsOnUse = true };

    /// <summary>Nothing is left of the map.</summary>
    public static readonly Rule EmptyMap = new("DLD205", "Map too small",
        "A {0} map leaves nothing for {1}: give the network a larger 'input: size' or less stride")
    { DependsOnUse = true };

    /// <summary>The groups of a convolution do not divide its channels.</summary>
    public static readonly Rule Groups = new("DLD206", "Groups do not divide",
        "{0} do not divide {1} {2} channels")
    { DependsOnUse = true };

    /// <summary>A layer gets more or fewer inputs than it takes.</summary>
    public static readonly Rule InputCount = new("DLD207", "Wrong number of inputs", "{0} takes {1}, not {2}")
    { DependsOnUse = true };

    /// <summary>The logits have not one channel a class.</summary>
    public static readonly Rule LogitChannels = new("DLD208", "Output does not fit the classes",
        "Output '{0}' has {1} channels for {2} classes; its last convolution needs 'channels: $classes'");

    /// <summary>The network can't be built for another number of classes.</summary>
    public static readonly Rule ClassDependence = new("DLD209", "Structure depends on the classes",
        "The structure of '{0}' depends on the number of classes in a way that its constructor can't express: {1}");

    /// <summary>No stages reach the output stride.</summary>
    public static readonly Rule OutputStride = new("DLD301", "Output stride can't be reached",
        "Backbone '{0}' can't have output stride {1}: {2}");

    /// <summary>A unit must be told its stride and rate.</summary>
    public static readonly Rule StageBlock = new("DLD302", "Block can't be a unit of a stage",
        "Stage '{0}' has {1} {2}, but block '{3}' has no parameter '{1}' to take it");

    /// <summary>Multi-grid or rates do not fit the stage.</summary>
    public static readonly Rule StageRates = new("DLD303", "Rates do not fit the stage", "{0}");

    /// <summary>The backbone knows no such convention.</summary>
    public static readonly Rule UnknownConvention = new("DLD304", "Unknown convention",
        "Backbone '{0}' has no convention '{1}'{2}");

    /// <summary>A part's atrous convolutions leave out pixels of the map that feeds it.</summary>
    public static readonly Rule GroupGridding = Analysis("DLD310", "Gridding in a part", RuleSeverity.Info,
        "In '{0}' the rates {1} of '{2}' leave holes: a value reads {3} of {4} offsets on an axis, {5} of its receptive field on the {6} "
            + "map before it{7}; in ascending order, rates leave no hole where the first is 1 and none exceeds 1 + (kernel - 1) * the sum "
            + "of those before it");

    /// <summary>A network's receptive field has holes.</summary>
    public static readonly Rule NetworkGridding = Analysis("DLD311", "Holes in the receptive field", RuleSeverity.Warning,
        "In '{0}' a value of '{1}' reads {2} of {3} offsets on an axis, {4} of its receptive field on the {5} of {6}, all layers before "
            + "it counted; lower the rates (here {7}) or let smaller ones go before");

    /// <summary>A rate of the size of the map.</summary>
    public static readonly Rule DegenerateRate = Analysis("DLD312", "Rate reaches the map's size", RuleSeverity.Warning,
        "In '{0}' rate {1} reaches the size of the {2} map that '{3}' sees: all taps but {4} of its {5} kernel lie on padding wherever it "
            + "stands, so that it is a {4} convolution; lower the rate or the output stride, or give a larger 'input: size'");

    /// <summary>A rate at which no position of the map sees all taps.</summary>
    public static readonly Rule FewTaps = Analysis("DLD313", "No position sees all taps", RuleSeverity.Info,
        "In '{0}' at rate {1} no position of the {2} map sees all taps of the {3} kernel of '{4}' ({5})");

    /// <summary>Scores that see less than the image, with nothing pooled over all of it.</summary>
    public static readonly Rule SmallField = Analysis("DLD314", "Receptive field smaller than the input", RuleSeverity.Info,
        "In '{0}' a value of '{1}' sees {2}x{2} pixels of the {3}x{4} input and nothing pools the whole image; rates, depth or an image "
            + "pooling widen it");

    /// <summary>A window that steps further than it is wide.</summary>
    public static readonly Rule SkippedPixels = Analysis("DLD315", "Stride skips pixels", RuleSeverity.Warning,
        "In '{0}' the {1} window of '{2}' at stride {3} reads {4} of each {5} pixels; widen the kernel, or reach the stride in steps");

    /// <summary>Pixels that all readers of a map skip.</summary>
    public static readonly Rule WastedPixels = Analysis("DLD316", "Pixels that no layer reads", RuleSeverity.Info,
        "In '{0}' of the {1} map of '{2}' only {3} is read: every reader of it strides ('{4}'), and the rest is computed for nothing");

    /// <summary>A resize with aligned corners between sizes whose grids do not align.</summary>
    public static readonly Rule UnalignedCorners = Analysis("DLD317", "Sizes do not align", RuleSeverity.Warning,
        "In '{0}' '{1}' resizes {2} to {3} with align_corners, which puts features up to {4} pixels beside the place that they were "
            + "computed for; sizes align where the input's sides are {5} * k + 1 (such as {6}), or without align_corners");

    /// <summary>A batch norm of one value a channel.</summary>
    public static readonly Rule PooledNorm = Analysis("DLD318", "Batch norm after a global pooling", RuleSeverity.Info,
        "This batch norm sees one value a channel and image: it can't train on a batch of one, and its statistics are of as many values "
            + "as the batch has images");

    /// <summary>A layer whose result nothing takes.</summary>
    public static readonly Rule UnusedLayer = Analysis("DLD319", "Layer that nothing uses", RuleSeverity.Warning,
        "In '{0}' nothing uses '{1}': no layer and no output takes its result{2}; remove it or take it with 'from:'");

    /// <summary>A suppression of what does not occur.</summary>
    public static readonly Rule UnusedSuppression = new("DLD320", "Suppression without need",
        "In '{0}' there is no {1} here to suppress; remove the line", RuleSeverity.Warning);

    /// <summary>A network that has nothing to tell apart.</summary>
    public static readonly Rule OneClass = Analysis("DLD321", "One class", RuleSeverity.Warning,
        "'{0}' tells apart one class, and nothing can be learnt: the softmax of one score is 1 whatever it is, the loss 0 and every score "
            + "100 %; name what is around it as a class of its own: 'classes: 2'");

    /// <summary>A fault of the compiler, not of the spec.</summary>
    public static readonly Rule Internal = new("DLD901", "Fault in the compiler",
        "The compiler failed on this spec, which is a fault of DeepLabDsl, not yours; please report it: {0}");

    /// <summary>All of them, by id.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        YamlSyntax, DuplicateKey, UnsupportedYaml, NoDefinition, TooDeep, TooLarge, IllegalNamespace, ProjectTooLarge, NotCompiled,
        UnknownKey, MissingKey, WrongType, UnknownOp, UnknownBlock, UnknownBackbone, UnknownBase, IllegalName,
        DuplicateDefinition, NameClash, Recursion, ConflictingKeys, ExpressionSyntax, UnknownName, ExpressionValue,
        MissingArgument, OutOfRange, UnknownSuppression,
        UnknownLayer, Cycle, ChannelMismatch, SizeMismatch, EmptyMap, Groups, InputCount, LogitChannels, ClassDependence,
        OutputStride, StageBlock, StageRates, UnknownConvention,
        GroupGridding, NetworkGridding, DegenerateRate, FewTaps, SmallField, SkippedPixels, WastedPixels, UnalignedCorners,
        PooledNorm, UnusedLayer, UnusedSuppression, OneClass,
        Internal,
    ];

    private static Rule Analysis(string id, string title, RuleSeverity severity, string format) =>
        new(id, title, format, severity) { IsSuppressible = true };
}
