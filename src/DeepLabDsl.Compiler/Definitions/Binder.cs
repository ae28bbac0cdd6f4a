using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Turns the syntax of one definition into the definition: every key known, every default explicit.</summary>
internal sealed partial class Binder(DiagnosticBag diagnostics)
{
    private static readonly string[] LossSizes = ["input", "output"];
    private static readonly double[] ImageNetMean = [0.485, 0.456, 0.406];
    private static readonly double[] ImageNetDeviation = [0.229, 0.224, 0.225];

    public BlockDefinition BindBlock(DefinitionSyntax syntax, MappingSyntax mapping)
    {
        var reader = Open(syntax, mapping, "A block");
        var inputs = BindInputs(reader);
        var definition = new BlockDefinition
        {
            Name = syntax.Name,
            Span = syntax.NameSpan,
            ClassName = BindClass(reader, syntax.Name),
            Summary = reader.Text("summary"),
            Source = reader.Text("source"),
            Suppressions = BindSuppressions(reader),
            Inputs = inputs,
            Parameters = BindParameters(reader, inputs),
            Defaults = BindDefaults(reader),
            Layers = BindLayers(reader, "layers", inputs, isRequired: true),
            NumbersKeys = BindNumbersKeys(reader),
            Output = BindReference(reader, "output"),
        };
        reader.Finish();
        return definition;
    }

    public BackboneDefinition BindBackbone(DefinitionSyntax syntax, MappingSyntax mapping)
    {
        var reader = Open(syntax, mapping, "A backbone");
        string[] inputs = ["input"];
        var parameters = BindParameters(reader, inputs);
        var definition = new BackboneDefinition
        {
            Name = syntax.Name,
            Span = syntax.NameSpan,
            ClassName = BindClass(reader, syntax.Name),
            Summary = reader.Text("summary"),
            Source = reader.Text("source"),
            Suppressions = BindSuppressions(reader),
            Parameters = parameters,
            Defaults = BindDefaults(reader),
            Stem = BindLayers(reader, "stem", inputs, isRequired: false),
            Stages = BindStages(reader),
            Tail = BindLayers(reader, "tail", inputs, isRequired: false),
            Conventions = BindConventions(reader, parameters),
            DefaultConvention = reader.Scalar("convention", "the name of a convention")?.Text,
            ConventionSpan = reader.Node("convention")?.Span ?? syntax.NameSpan,
        };
        reader.Finish();
        return definition;
    }

    public NetworkDefinition BindNetwork(DefinitionSyntax syntax, MappingSyntax mapping)
    {
        var reader = Open(syntax, mapping, "A network");
        var (channels, height, width, mean, deviation) = BindInput(reader);
        var classes = Int(reader, "classes", 1, 65535);
        if (reader.Mapping.Find("classes") is null)
            reader.Missing("classes", "the number of classes, void not counted");
        var definition = new NetworkDefinition
        {
            Name = syntax.Name,
            Span = syntax.NameSpan,
            ClassName = BindClass(reader, syntax.Name),
            Summary = reader.Text("summary"),
            Source = reader.Text("source"),
            Suppressions = BindSuppressions(reader),
            Classes = classes ?? 21,
            InputChannels = channels,
            ReferenceHeight = height,
            ReferenceWidth = width,
            Mean = mean,
            Deviation = deviation,
            Defaults = BindDefaults(reader),
            Backbone = BindBackboneUse(reader),
            Layers = BindLayers(reader, "layers", ["input", "backbone"], isRequired: false),
            Outputs = BindOutputs(reader),
            Training = BindTraining(reader),
            Evaluation = BindEvaluation(reader),
            Crf = BindCrf(reader),
        };
        reader.Finish();
        return definition;
    }

    private MappingReader Open(DefinitionSyntax syntax, MappingSyntax mapping, string what)
    {
        var reader = new MappingReader(mapping, SpecKeys.Definitions[syntax.Kind], what, diagnostics);
        reader.Node(syntax.Kind.ToString().ToLowerInvariant());
        reader.Node("extends");
        return reader;
    }

    private string BindClass(MappingReader reader, string name)
    {
        var className = reader.Scalar("class", "the name of a C# class");
        if (className is null)
            return Names.Pascal(name);
        if (Names.IsClass(className.Text))
            return className.Text;
        diagnostics.Report(Rules.IllegalName, className.Span, className.Text, "class",
            $"a C# class begins with a capital and holds {Names.Characters}");
        return Names.Pascal(name);
    }

    private IReadOnlyList<string> BindInputs(MappingReader reader)
    {
        var node = reader.Node("inputs");
        if (node is null)
            return ["input"];
        var names = node is SequenceSyntax { Items.Count: > 0 } list ? list.Items.OfType<ScalarSyntax>().ToList() : [];
        if (node is not SequenceSyntax sequence || names.Count == 0 || names.Count != sequence.Items.Count)
        {
            diagnostics.Report(Rules.WrongType, reader.Place("inputs"), "inputs", "a list of names", node.Describe());
            return ["input"];
        }
        foreach (var name in names.Where(n => !Names.IsIdentifier(n.Text)))
            diagnostics.Report(Rules.IllegalName, name.Span, name.Text, "input",
                $"it must begin with a letter and hold {Names.Characters}");
        foreach (var name in names.GroupBy(n => n.Text).Where(g => g.Count() > 1).Select(g => g.Last()))
            diagnostics.Report(Rules.NameClash, name.Span, $"The input '{name.Text}' is listed twice");
        if (names.Count > 5)
            diagnostics.Report(Rules.OutOfRange, node.Span, "inputs", "at most 5 names", names.Count);
        return names.Where(n => Names.IsIdentifier(n.Text)).Select(n => n.Text).Distinct().Take(5).ToList();
    }

    private IReadOnlyList<ParameterDefinition> BindParameters(MappingReader reader, IReadOnlyList<string> inputs)
    {
        var parameters = new List<ParameterDefinition>();
        foreach (var entry in reader.Map("parameters", "a mapping of names to types")?.Entries ?? [])
        {
            if (!Names.IsIdentifier(entry.Name) || SpecKeys.Reserved.Contains(entry.Name) || inputs.Contains(entry.Name))
            {
                diagnostics.Report(Rules.IllegalName, entry.Key.Span, entry.Name, "parameter",
                    Names.IsIdentifier(entry.Name) ? "the language uses it already"
                        : $"it must begin with a letter and hold {Names.Characters}");
                continue;
            }
            if (BindParameter(entry) is { } parameter)
                parameters.Add(parameter);
        }
        return parameters;
    }

    private ParameterDefinition? BindParameter(EntrySyntax entry)
    {
        const string Forms = "a type ('int'), a type with its default ('{ int: 1 }') or a choice ('{ choice: [a, b], default: a }')";
        if (entry.Value is ScalarSyntax { IsNull: false } word)
        {
            if (ValueKinds.Parameters.TryGetValue(word.Text, out var plain) && plain != ValueKind.Choice)
                return new ParameterDefinition(entry.Name, plain, [], null, entry.Key.Span);
            diagnostics.Report(Rules.WrongType, word.Span, entry.Name, Forms + Suggestion.For(word.Text, ValueKinds.Parameters.Keys),
                word.Describe());
            return null;
        }
        if (entry.Value is not MappingSyntax mapping)
        {
            diagnostics.Report(Rules.WrongType, entry.Key.Span, entry.Name, Forms, entry.Value.Describe());
            return null;
        }
        var reader = new MappingReader(mapping, SpecKeys.Parameter, $"Parameter '{entry.Name}'", diagnostics);
        if (reader.Node("choice") is { } choiceNode)
            return BindChoice(entry, reader, choiceNode);
        foreach (var pair in ValueKinds.Parameters)
        {
            if (reader.Setting(pair.Key) is not { } setting)
                continue;
            var range = BindRange(reader, pair.Value);
            reader.Finish();
            var value = Constant(setting, pair.Value);
            if (value is { } number && range?.ContainsAll(number) == false)
                diagnostics.Report(Rules.OutOfRange, setting.Span, pair.Key, range, number);
            return new ParameterDefinition(entry.Name, pair.Value, [], value, entry.Key.Span) { Range = range };
        }
        reader.Finish();
        if (mapping.Entries.Count == 0)
            diagnostics.Report(Rules.WrongType, entry.Key.Span, entry.Name, Forms, "an empty mapping");
        return null;
    }

    private Interval? BindRange(MappingReader reader, ValueKind kind)
    {
        // Of what is no number they are keys that mean nothing, which the reader reports.
        if (kind == ValueKind.Bool)
            return null;
        var (minimum, maximum) = (Bound("minimum"), Bound("maximum"));
        return minimum is null && maximum is null ? null : new Interval(minimum, maximum);

        double? Bound(string key) => reader.Setting(key) is { } setting ? Constant(setting, ValueKind.Float)?.Number : null;
    }

    private ParameterDefinition? BindChoice(EntrySyntax entry, MappingReader reader, SyntaxNode node)
    {
        var choices = (node as SequenceSyntax)?.Items.OfType<ScalarSyntax>().Select(s => s.Text).ToList() ?? [];
        if (choices.Count == 0 || choices.Any(c => !Names.IsIdentifier(c)))
        {
            diagnostics.Report(Rules.WrongType, node.Span, "choice", "a list of words", node.Describe());
            return null;
        }
        var setting = reader.Setting("default");
        reader.Finish();
        return new ParameterDefinition(entry.Name, ValueKind.Choice, choices,
            setting is null ? null : Constant(setting, ValueKind.Choice, choices), entry.Key.Span);
    }

    private DefaultsDefinition BindDefaults(MappingReader owner)
    {
        if (owner.Map("defaults", "a mapping of operations to their attributes") is not { } mapping)
            return DefaultsDefinition.None;
        var byOp = new Dictionary<string, IReadOnlyDictionary<string, Setting>>(StringComparer.Ordinal);
        var choices = new Dictionary<string, Setting>(StringComparer.Ordinal);
        Setting? padding = null;
        foreach (var entry in mapping.Entries)
        {
            if (entry.Name is "activation" or "norm")
            {
                if (MappingReader.ToSetting(entry, diagnostics) is { } choice)
                    choices[entry.Name] = choice;
                continue;
            }
            if (entry.Name == "padding")
            {
                padding = MappingReader.ToSetting(entry, diagnostics);
                continue;
            }
            if (!OpTable.Ops.TryGetValue(entry.Name, out var op))
            {
                diagnostics.Report(Rules.UnknownOp, entry.Key.Span, entry.Name, Suggestion.For(entry.Name, OpTable.Ops.Keys));
                continue;
            }
            if (entry.Value is not MappingSyntax attributes)
            {
                diagnostics.Report(Rules.WrongType, entry.Key.Span, entry.Name, "a mapping of attributes", entry.Value.Describe());
                continue;
            }
            var reader = new MappingReader(attributes, KeyTable.Of(op), $"Operation '{op.Name}'", diagnostics);
            byOp[op.Name] = op.Attributes.Where(a => !a.IsReference)
                .Select(a => reader.Setting(a.Name)).OfType<Setting>().ToDictionary(s => s.Name);
            reader.Finish();
        }
        ShareBias(byOp);
        return new DefaultsDefinition(byOp, choices, padding);
    }

    /// <summary>
    /// A bias that is said of convolutions holds for depthwise ones too, unless it is said of these: what takes a norm's place takes it
    /// everywhere.
    /// </summary>
    private static void ShareBias(Dictionary<string, IReadOnlyDictionary<string, Setting>> byOp)
    {
        const string bias = "bias";
        if (!byOp.TryGetValue("conv", out var conv) || !conv.TryGetValue(bias, out var setting))
            return;
        var own = byOp.TryGetValue("depthwise_conv", out var depthwise) ? depthwise : new Dictionary<string, Setting>();
        if (!own.ContainsKey(bias))
            byOp["depthwise_conv"] = own.Values.Append(setting).ToDictionary(s => s.Name);
    }

    private (int Channels, int Height, int Width, IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation) BindInput(
        MappingReader owner)
    {
        if (owner.Map("input", "a mapping with 'channels' and 'size'") is not { } mapping)
            return (3, 513, 513, ImageNetMean, ImageNetDeviation);
        var reader = new MappingReader(mapping, SpecKeys.Input, "The input", diagnostics);
        var channels = Int(reader, "channels", 1, 65535) ?? 3;
        var (height, width) = (513, 513);
        if (reader.Setting("size") is { } size && Constant(size, ValueKind.Pair) is { } value)
        {
            (height, width) = value.IsList ? ((int)value.List[0].Int, (int)value.List[1].Int) : ((int)value.Int, (int)value.Int);
            if (height is < 1 or > 65535 || width is < 1 or > 65535)
            {
                diagnostics.Report(Rules.OutOfRange, size.Span, "size", "between 1 and 65535", value);
                (height, width) = (513, 513);
            }
        }
        var mean = Statistics(reader, "mean", channels) ?? (channels == 3 ? ImageNetMean : [.. Enumerable.Repeat(0.5, channels)]);
        var deviation = Statistics(reader, "std", channels) ?? (channels == 3 ? ImageNetDeviation : [.. Enumerable.Repeat(0.25, channels)]);
        if (deviation.Any(d => d <= 0))
            diagnostics.Report(Rules.OutOfRange, reader.Place("std"), "std", "above 0", "less");
        reader.Finish();
        return (channels, height, width, mean, deviation);
    }

    private IReadOnlyList<double>? Statistics(MappingReader reader, string key, int channels)
    {
        if (reader.Setting(key) is not { } setting || Constant(setting, ValueKind.Floats) is not { } value)
            return null;
        if (value.List.Count == channels)
            return [.. value.List.Select(v => v.Number)];
        diagnostics.Report(Rules.OutOfRange, setting.Span, key, $"a list of {channels} numbers, one a channel", $"{value.List.Count}");
        return null;
    }

    private IReadOnlyList<OutputDefinition> BindOutputs(MappingReader owner)
    {
        var outputs = new List<OutputDefinition>();
        if (owner.Map("outputs", "a mapping of output names") is not { } mapping)
        {
            if (owner.Mapping.Find("outputs") is null)
                owner.Missing("outputs", "at least 'logits: { from: LAYER, resize: input }'");
            return outputs;
        }
        foreach (var entry in mapping.Entries)
        {
            if (!Names.IsIdentifier(entry.Name))
                diagnostics.Report(Rules.IllegalName, entry.Key.Span, entry.Name, "output",
                    "it must begin with a letter and hold letters, digits and '_' alone");
            else if (BindOutput(entry) is { } output)
                outputs.Add(output);
        }
        if (mapping.Find("logits") is null)
            diagnostics.Report(Rules.MissingKey, mapping.Span, "A network's outputs", "logits", "the scores that are evaluated");
        return outputs;
    }

    private OutputDefinition? BindOutput(EntrySyntax entry)
    {
        if (entry.Value is ScalarSyntax { IsNull: false } layer)
        {
            return new OutputDefinition
            {
                Name = entry.Name,
                Span = entry.Key.Span,
                From = new Reference(layer.Text, layer.Span),
                LossWeight = entry.Name == "logits" ? 1 : null,
            };
        }
        if (entry.Value is not MappingSyntax mapping)
        {
            diagnostics.Report(Rules.WrongType, entry.Key.Span, entry.Name, "a layer or a mapping with 'from'", entry.Value.Describe());
            return null;
        }
        var reader = new MappingReader(mapping, SpecKeys.Output, $"Output '{entry.Name}'", diagnostics);
        var from = BindReference(reader, "from");
        var resize = reader.Scalar("resize", "'input'");
        if (resize is not null && resize.Text != "input")
            diagnostics.Report(Rules.WrongType, resize.Span, "resize", "'input' (or left out)", resize.Describe());
        var align = reader.Setting("align_corners");
        var weight = reader.Setting("loss_weight");
        var lossAt = reader.Setting("loss_at");
        if (from is null && mapping.Find("from") is null)
            reader.Missing("from", "the layer that gives it");
        reader.Finish();
        if (from is null)
            return null;
        var lossWeight = weight is null ? null : Constant(weight, ValueKind.Float)?.Number;
        if (lossWeight < 0)
            diagnostics.Report(Rules.OutOfRange, weight!.Span, "loss_weight", "0 or more", lossWeight);
        lossWeight ??= entry.Name == "logits" ? 1 : null;
        var isLossAtOutput = lossAt is not null && Constant(lossAt, ValueKind.Choice, LossSizes) is { Word: "output" };
        if (isLossAtOutput && resize is not null)
            diagnostics.Report(Rules.ConflictingKeys, lossAt!.NameSpan,
                "'loss_at: output' is for an output of another size than the input's; with 'resize: input' the two are one");
        else if (lossAt is not null && lossWeight is null or 0)
            diagnostics.Report(Rules.ConflictingKeys, lossAt.NameSpan,
                $"'loss_at' says where the loss is taken, but '{entry.Name}' carries none; say 'loss_weight' too");
        return new OutputDefinition
        {
            Name = entry.Name,
            Span = entry.Key.Span,
            From = from,
            ResizeToInput = resize is not null,
            AlignCorners = align is null ? null : Constant(align, ValueKind.Bool)?.Bool,
            LossWeight = lossWeight,
            IsLossAtOutput = isLossAtOutput,
        };
    }

    private int? Int(MappingReader reader, string key, int minimum, int maximum)
    {
        if (reader.Setting(key) is not { } setting || Constant(setting, ValueKind.Int) is not { } value)
            return null;
        if (value.Int >= minimum && value.Int <= maximum)
            return (int)value.Int;
        diagnostics.Report(Rules.OutOfRange, setting.Span, key, $"between {minimum} and {maximum}", value);
        return null;
    }

    /// <summary>The value of an expression that can name nothing.</summary>
    private Value? Constant(Setting setting, ValueKind kind, IReadOnlyList<string>? choices = null) =>
        Evaluation.Evaluate(setting, kind, choices, EmptyScope.Instance, diagnostics);

    internal sealed class EmptyScope : IScope
    {
        public static readonly EmptyScope Instance = new();

        public IEnumerable<string> Names => [];

        public Value? Resolve(string name, string? property) => null;

        public (Setting Setting, IScope Names)? OriginOf(string name) => null;
    }
}
