using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// The keys of the language: the one table that binder, JSON Schema and reference read. The binder can read no key that is
/// not in it.
/// </summary>
internal static class SpecKeys
{
    private static readonly KeyInfo Class = new("class", KeyForm.Name, "The C# class; by default the name in Pascal case.");
    private static readonly KeyInfo Summary = new("summary", KeyForm.Text,
        "What it is, in a sentence; it becomes the documentation of the generated class.");
    private static readonly KeyInfo Source = new("source", KeyForm.Text, "The paper, with section, or the code that it follows.");

    private static readonly KeyInfo Defaults = new("defaults", KeyForm.Defaults,
        "Attributes of operations where a layer says nothing, by operation; 'activation' names the operation that 'activation' stands "
            + "for.");

    private static readonly KeyInfo Parameters = new("parameters", KeyForm.Parameters,
        "What can be said where it is used: names with types ('int', 'float', 'bool', 'ints', 'floats'), types with defaults ('{ int: 1 "
            + "}') or choices ('{ choice: [a, b], default: a }').");

    private static readonly KeyInfo BlockName = new("block", KeyForm.Name, "The block, or the one that the units of a stage are.")
    { IsRequired = true, NamesA = DefinitionKind.Block };
    private static readonly KeyInfo Key = new("key", KeyForm.Name, "The state-dict key, where it is not the layer's name; dots nest it.");
    private static readonly KeyInfo Member = new("member", KeyForm.Name,
        "The C# property, where it is not the layer's name in Pascal case.");

    private static readonly KeyInfo From = new("from", KeyForm.Layers,
        "The layer or layers that feed it, by name or path ('backbone.layer1'); by default the layer before, or the input.");

    private static readonly KeyInfo When = Value("when", ValueKind.Bool,
        "Whether the layer is there; where it is not, its first input passes on.");

    private static readonly KeyInfo Repeat = Value("repeat", ValueKind.Int,
        "How many units in a row; '$unit' is the index of each, from 0. In a branch of a parallel: how many branches.", 0, 1024);

    private static readonly KeyInfo StrideUnit = Value("stride_unit", ValueKind.Choice,
        "The unit that takes a stage's stride: its own first or last, or the last of the stage before.") with
    { Choices = ["first", "last", "last_before"] };

    private static readonly KeyInfo RateFrom = Value("rate_from", ValueKind.Choice,
        "The first unit at a new rate: the one that loses its stride, or the one after it.") with
    { Choices = ["strided_unit", "next_unit"] };

    private static readonly KeyInfo Suppress = new("suppress", KeyForm.Reasons,
        "What an analysis finds and is meant to be so: ids of diagnostics with the reason, in words.");

    private static readonly KeyInfo Keys =
        Word("keys", "Whether layers have their names for state-dict keys, or numbers: those that are there, from 0.", "named", "numbered");

    private static readonly KeyInfo[] Common = [Key, Member, From, When, Suppress];

    /// <summary>Keys that stand in several tables and mean the same in all.</summary>
    public static readonly IReadOnlyList<KeyInfo> Shared = [.. Common, BlockName, Repeat, Defaults, Keys, Class, Summary, Source,
        Parameters, StrideUnit, RateFrom];

    /// <summary>Names that no parameter can have, as the language uses them where arguments stand.</summary>
    public static readonly IReadOnlyList<string> Reserved =
    [
        "unit", "op", "block", "layers", "parallel", "merge", "from", "when", "repeat", "key", "member", "output", "suppress",
        "use", "defaults", "convention", "multi_grid", "output_stride",
    ];

    /// <summary>A layer that is a primitive operation.</summary>
    public static readonly KeyTable OpLayer = new("layer of an operation", "A primitive operation.",
        [Value("op", ValueKind.Choice, "The operation; an expression may choose it.") with { IsRequired = true }, .. Common])
    { Others = "Attributes of the operation." };

    /// <summary>A layer that is a block.</summary>
    public static readonly KeyTable BlockLayer = new("layer of a block", "A block, once or several times in a row.",
        [BlockName, Repeat, Defaults, .. Common])
    { Others = "Arguments of the block." };

    /// <summary>A layer that is a group of layers.</summary>
    public static readonly KeyTable GroupLayer = new("group of layers", "Layers under one name, which prefixes their state-dict keys.",
        [
            new("layers", KeyForm.LayerMap, "The layers of the group, in order.") { IsRequired = true },
            new("output", KeyForm.Name, "The layer that is the result; by default the last."),
            Keys, Repeat, Defaults, .. Common,
        ]);

    /// <summary>A layer that is a set of branches.</summary>
    public static readonly KeyTable ParallelLayer = new("parallel of branches", "Branches that see the same input, joined.",
        [
            new("parallel", KeyForm.Branches, "The branches: a list, or a mapping of them by name.") { IsRequired = true },
            Value("merge", ValueKind.Choice, "How the branches are joined: channels one after the other, sum or maximum.") with
            { Choices = [.. OpTable.Merges.Keys], IsRequired = true },
            Repeat, Defaults, .. Common,
        ]);

    /// <summary>A layer that runs another, and all before it, at several scales.</summary>
    public static readonly KeyTable ScalesLayer = new("layer at several scales",
        "What feeds the layer, run on rescaled inputs too with the same weights, and joined.",
        [
            new("scales", KeyForm.Factors, "The factors of the inputs beside the input itself: a list, or a mapping of them by name.")
                { IsRequired = true },
            Value("merge", ValueKind.Choice, "How the results are joined.") with { Choices = [.. OpTable.Merges.Keys], IsRequired = true },
            ResizeAttribute("align_corners"), ResizeAttribute("grid"), Defaults, .. Common,
        ]);

    /// <summary>A stage of a backbone.</summary>
    public static readonly KeyTable Stage = new("stage", "Units of one block; the compiler gives each its stride and rate.",
        [
            BlockName,
            Repeat,
            Value("stride", ValueKind.Int, "The stride of the stage, turned into a rate where the network's output stride is reached.",
                1, 1024),
            StrideUnit,
            Defaults, .. Common,
        ])
    { Others = "Arguments of the block." };

    /// <summary>A convention of a backbone.</summary>
    public static readonly KeyTable Convention = new("convention", "How a family of published networks strides and dilates.", StrideUnit,
        RateFrom)
    { Others = "Values of the backbone's parameters." };

    /// <summary>A parameter of a block or backbone, written as a mapping.</summary>
    public static readonly KeyTable Parameter = new("parameter", "A type with its default.",
        [
            .. ValueKinds.Parameters.Where(p => p.Value != ValueKind.Choice)
                .Select(p => Value(p.Key, p.Value, $"A parameter that is {p.Value.Describe()}, with this default.")),
            Value("minimum", ValueKind.Float, "The least number that can be given, or that each of a list can be."),
            Value("maximum", ValueKind.Float, "The greatest number that can be given, or that each of a list can be."),
            new("choice", KeyForm.Names, "A parameter that is one of these words."),
            Value("default", ValueKind.Choice, "The word that holds where nothing is said."),
        ]);

    /// <summary>The use of a backbone.</summary>
    public static readonly KeyTable BackboneUse = new("use of a backbone", "The backbone, its output stride and its rates.",
        new("use", KeyForm.Name, "The backbone.") { IsRequired = true, NamesA = DefinitionKind.Backbone },
        Value("output_stride", ValueKind.Int, "Ratio of the input's side to the backbone's last map; strides beyond it become rates.", 1,
            4096),
        new("convention", KeyForm.Name, "Which of the backbone's conventions holds."),
        new("multi_grid", KeyForm.ByStage, "Factors of a stage's rate, one a unit (DeepLab v3, section 3.1)."),
        new("rates", KeyForm.ByStage, "Final rates of a stage, one a unit."),
        Defaults)
    { Others = "Arguments of the backbone." };

    /// <summary>The input of a network.</summary>
    public static readonly KeyTable Input = new("input", "What the network sees.",
        Value("channels", ValueKind.Int, "Channels; 3 by default.", 1, 65535),
        Value("size", ValueKind.Pair,
            "Height and width in pixels for which shapes and counts are stated; 513 by default. Any size runs.", 1, 65535),
        Value("mean", ValueKind.Floats, "Subtracted from each channel of an image in 0 to 1; by default ImageNet's."),
        Value("std", ValueKind.Floats, "What each channel is then divided by; by default ImageNet's."));

    /// <summary>An output of a network.</summary>
    public static readonly KeyTable Output = new("output", "A result of the network.",
        new("from", KeyForm.Name, "The layer that gives it.") { IsRequired = true },
        Value("resize", ValueKind.Choice, "'input': resized bilinearly to the input's height and width.") with { Choices = ["input"] },
        Word("loss_at", "Where its loss is taken: at the labels' size, or at its own, to which labels are brought.", "input", "output"),
        Value("align_corners", ValueKind.Bool, "Whether the resize keeps corner pixels in place; else pixels are half-pixel centred."),
        Value("loss_weight", ValueKind.Float, "The factor of its loss while training; 1 for 'logits', none for others.", 0));

    /// <summary>The recipe of a network.</summary>
    public static readonly KeyTable Training = new("recipe", "How the network is trained.", [.. RecipeTable.Rows.Select(Recipe)]);

    /// <summary>How a network's images are predicted.</summary>
    public static readonly KeyTable Evaluation = new("evaluation", "How images are predicted.", [.. RecipeTable.Evaluation.Select(Recipe)]);

    /// <summary>How a network's predictions are refined.</summary>
    public static readonly KeyTable Crf = new("CRF", "The fully connected CRF behind the network.", [.. RecipeTable.Crf.Select(Recipe)]);

    /// <summary>A block.</summary>
    public static readonly KeyTable Block = new("block", "Layers under one name, with parameters.",
        new("block", KeyForm.Name, "The name of the block.") { IsRequired = true },
        Extends(DefinitionKind.Block, "block"), Class, Summary, Source,
        new("inputs", KeyForm.Names, "The names of its inputs, at most 5; by default one, 'input'."),
        Parameters, Defaults, Suppress, Keys,
        new("layers", KeyForm.LayerMap, "The layers, in order; each takes the one before unless it says 'from'.") { IsRequired = true },
        new("output", KeyForm.Name, "The layer that is the result; by default the last."));

    /// <summary>A backbone.</summary>
    public static readonly KeyTable Backbone = new("backbone", "A stem and stages, whose strides the compiler may turn into rates.",
        new("backbone", KeyForm.Name, "The name of the backbone.") { IsRequired = true },
        Extends(DefinitionKind.Backbone, "backbone"), Class, Summary, Source, Parameters, Defaults, Suppress,
        new("stem", KeyForm.LayerMap, "The layers before the stages."),
        new("stages", KeyForm.Named, "The stages, in order.") { Table = Stage, IsRequired = true },
        new("tail", KeyForm.LayerMap, "The layers behind the stages."),
        new("convention", KeyForm.Name, "The convention that holds where a network names none."),
        new("conventions", KeyForm.Named, "How families of published networks stride and dilate, by name.") { Table = Convention });

    /// <summary>A network.</summary>
    public static readonly KeyTable Network = new("network", "A backbone, heads and outputs: what becomes a C# class.",
        new("network", KeyForm.Name, "The name of the network.") { IsRequired = true },
        Extends(DefinitionKind.Network, "network"), Class, Summary, Source,
        new("input", KeyForm.Mapping, "What the network sees.") { Table = Input },
        Value("classes", ValueKind.Int, "The number of classes, void not counted.", 1, 65535) with { IsRequired = true },
        Defaults, Suppress,
        new("backbone", KeyForm.Mapping, "The backbone, by name or with its output stride and arguments.")
        { Table = BackboneUse, CanBeWord = true, NamesA = DefinitionKind.Backbone },
        new("layers", KeyForm.LayerMap, "What stands behind the backbone, in order; other parts are reached by 'from'."),
        new("outputs", KeyForm.Named, "The results; 'logits' are the scores that are evaluated.")
        { Table = Output, CanBeWord = true, IsRequired = true },
        new("training", KeyForm.Mapping, "The recipe by which it is trained; the command line overrides it.") { Table = Training },
        new("evaluation", KeyForm.Mapping, "How images are predicted: scales and flips.") { Table = Evaluation },
        new("crf", KeyForm.Mapping, "The fully connected CRF that refines predictions where one is asked for.") { Table = Crf });

    /// <summary>The kinds of definitions, by the key that begins one.</summary>
    public static readonly IReadOnlyDictionary<DefinitionKind, KeyTable> Definitions = new Dictionary<DefinitionKind, KeyTable>
    {
        [DefinitionKind.Network] = Network,
        [DefinitionKind.Backbone] = Backbone,
        [DefinitionKind.Block] = Block,
    };

    /// <summary>The forms of a layer, by the key that decides which it is.</summary>
    public static readonly IReadOnlyDictionary<LayerKind, KeyTable> Layers = new Dictionary<LayerKind, KeyTable>
    {
        [LayerKind.Operation] = OpLayer,
        [LayerKind.Block] = BlockLayer,
        [LayerKind.Group] = GroupLayer,
        [LayerKind.Parallel] = ParallelLayer,
        [LayerKind.Scales] = ScalesLayer,
    };

    private static KeyInfo Extends(DefinitionKind of, string kind) => new("extends", KeyForm.Name,
        $"A {kind} that this one is laid over: what is said here holds, mappings are merged key by key, and '~' takes a key away.")
    { NamesA = of };

    private static KeyInfo Recipe(RecipeRow row) => new(row.Name, row.IsMap ? KeyForm.FactorMap : KeyForm.Value, row.Summary)
    {
        Kind = row.TakesOne ? ValueKind.Float : row.Kind,
        TakesList = row.TakesOne,
        Choices = row.Choices ?? [],
        Numbers = row.Numbers,
        Length = row.Length,
    };

    private static KeyInfo ResizeAttribute(string name) => KeyTable.Of(OpTable.Ops["resize"]).Find(name)!;

    private static KeyInfo Word(string name, string summary, params string[] choices) => new(name, KeyForm.Choice, summary)
    { Choices = choices };

    private static KeyInfo Value(string name, ValueKind kind, string summary, double? minimum = null, double? maximum = null) =>
        new(name, KeyForm.Value, summary)
        {
            Kind = kind,
            Numbers = minimum is null && maximum is null ? null
            : new Interval(minimum, maximum)
        };
}
