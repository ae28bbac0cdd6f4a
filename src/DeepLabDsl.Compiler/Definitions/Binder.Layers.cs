using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Layers, stages and the use of a backbone.</summary>
internal sealed partial class Binder
{
    private static readonly string[] StrideUnits = ["first", "last", "last_before"];
    private static readonly string[] RateStarts = ["strided_unit", "next_unit"];

    private IReadOnlyList<LayerDefinition> BindLayers(
        MappingReader owner, string key, IReadOnlyList<string> inputs, bool isRequired)
    {
        var mapping = owner.Map(key, "a mapping of layer names");
        if (mapping is null || mapping.Entries.Count == 0)
        {
            if (isRequired && (mapping is not null || owner.Mapping.Find(key) is null))
                owner.Missing(key, "its layers by name");
            return [];
        }
        if (mapping.Layers is not { } bound || !bound.Inputs.SequenceEqual(inputs))
        {
            var faults = new DiagnosticBag();
            mapping.Layers = bound = new BoundLayers(inputs, new Binder(faults).BindLayers(mapping, inputs), faults.Items);
        }
        foreach (var fault in bound.Faults)
            diagnostics.Add(fault);
        return bound.Layers;
    }

    private IReadOnlyList<LayerDefinition> BindLayers(MappingSyntax mapping, IReadOnlyList<string> inputs)
    {
        var layers = new List<LayerDefinition>();
        foreach (var entry in mapping.Entries)
        {
            if (CheckLayerName(entry.Key, inputs) && BindLayer(entry.Name, entry.Key.Span, entry.Value) is { } layer)
                layers.Add(layer);
        }
        return layers;
    }

    private bool CheckLayerName(ScalarSyntax name, IReadOnlyList<string> inputs)
    {
        var fault = !Names.IsLayer(name.Text)
            ? $"it must begin with a letter and hold {Names.Characters}, or be a number; 'key:' can say anything else"
            : inputs.Contains(name.Text) || name.Text == "input" ? "it names an input already" : null;
        if (fault is not null)
            diagnostics.Report(Rules.IllegalName, name.Span, name.Text, "layer", fault);
        return fault is null;
    }

    private LayerDefinition? BindLayer(string name, SourceSpan span, SyntaxNode node)
    {
        if (node is ScalarSyntax { IsNull: false } word)
        {
            var setting = MappingReader.ToSetting(new EntrySyntax(new ScalarSyntax(span, "op", true), word), diagnostics);
            return setting is null ? null
                : CheckOp(new LayerDefinition { Name = name, Span = span, Kind = LayerKind.Operation, Op = setting });
        }
        if (node is not MappingSyntax mapping)
        {
            diagnostics.Report(Rules.WrongType, span, name,
                "an operation or a mapping with 'op', 'block', 'layers', 'parallel' or 'scales'", node.Describe());
            return null;
        }
        var what = $"Layer '{name}'";
        // The first key of each form is the one that tells it.
        var forms = SpecKeys.Layers.Select(f => (Key: f.Value.Keys[0].Name, Kind: f.Key));
        var given = forms.Where(f => mapping.Find(f.Key) is not null).ToList();
        if (given.Count != 1)
        {
            if (given.Count == 0)
                diagnostics.Report(Rules.MissingKey, span, what, "op", "an operation, or 'block', 'layers', 'parallel' or 'scales'");
            else
                diagnostics.Report(Rules.ConflictingKeys, mapping.Find(given[1].Key)!.Key.Span,
                    $"A layer is one thing: '{given[0].Key}' or '{given[1].Key}', not both");
            return null;
        }
        return BindLayer(name, span, new MappingReader(mapping, SpecKeys.Layers[given[0].Kind], what, diagnostics), given[0].Kind);
    }

    private LayerDefinition? BindLayer(string name, SourceSpan span, MappingReader reader, LayerKind kind)
    {
        var op = kind == LayerKind.Operation ? reader.Setting("op") : null;
        var block = kind == LayerKind.Block ? reader.Scalar("block", "the name of a block") : null;
        if ((kind == LayerKind.Operation && op is null) || (kind == LayerKind.Block && block is null))
            return null;
        var common = (
            Key: BindKey(reader),
            Member: BindMember(reader),
            From: BindFrom(reader),
            When: reader.Setting("when"),
            Suppressions: BindSuppressions(reader),
            Repeat: kind is LayerKind.Operation or LayerKind.Scales ? null : reader.Setting("repeat"));
        IReadOnlyList<LayerDefinition> layers = kind switch
        {
            LayerKind.Group => BindLayers(reader, "layers", [], isRequired: true),
            LayerKind.Parallel => BindBranches(reader),
            _ => [],
        };
        var scales = kind == LayerKind.Scales ? BindScales(reader) : [];
        var merge = kind is LayerKind.Parallel or LayerKind.Scales ? BindMerge(reader) : null;
        var output = kind == LayerKind.Group ? BindReference(reader, "output") : null;
        var numbersKeys = kind == LayerKind.Group && BindNumbersKeys(reader);
        var defaults = kind == LayerKind.Operation ? DefaultsDefinition.None : BindDefaults(reader);
        var settings = BindSettings(reader, kind);
        var layer = new LayerDefinition
        {
            Name = name,
            Span = span,
            Kind = kind,
            Key = common.Key,
            Member = common.Member,
            From = common.From,
            When = common.When,
            Suppressions = common.Suppressions,
            Repeat = common.Repeat,
            Op = op,
            Block = block?.Text,
            BlockSpan = block?.Span ?? span,
            Settings = settings,
            Layers = layers,
            Merge = merge?.Text,
            MergeSpan = merge?.Span ?? span,
            Scales = scales,
            Output = output,
            NumbersKeys = numbersKeys,
            Defaults = defaults,
        };
        return kind == LayerKind.Operation ? CheckOp(layer) : layer;
    }

    /// <summary>Attributes of an operation, arguments of a block, or how a layer at several scales resizes; the last keys that are asked
    /// for.</summary>
    private IReadOnlyList<Setting> BindSettings(MappingReader reader, LayerKind kind)
    {
        if (kind is not (LayerKind.Operation or LayerKind.Block))
        {
            IReadOnlyList<Setting> resize = kind == LayerKind.Scales
                ? [.. new[] { "align_corners", "grid" }.Select(reader.Setting).OfType<Setting>()] : [];
            reader.Finish();
            return resize;
        }
        var isOperation = kind == LayerKind.Operation;
        var settings = reader.Rest.ToList().Where(e => !(isOperation && e.Name is ("repeat" or "defaults")))
            .Select(e => BindSetting(e, isOperation))
            .ToList();
        if (isOperation && reader.Mapping.Find("repeat") is { } repeat)
            Refuse(repeat, "; only a block or a group of layers repeats");
        if (isOperation && reader.Mapping.Find("defaults") is { } inert)
            Refuse(inert, "; only a block or a group of layers has them, an operation its own attributes");
        return settings;

        void Refuse(EntrySyntax entry, string why) => diagnostics.Report(Rules.UnknownKey, entry.Key.Span, reader.What, entry.Name, why);
    }

    private Setting BindSetting(EntrySyntax entry, bool isOperation) =>
        isOperation && OpTable.References.Contains(entry.Name) && entry.Value is ScalarSyntax { IsNull: false } layer
            ? MappingReader.ToReference(entry.Key, layer)
            : MappingReader.ToArgument(entry, diagnostics);

    /// <summary>Checks what can be without knowing parameters: the operation where it is named outright, and its attributes.</summary>
    private LayerDefinition? CheckOp(LayerDefinition layer)
    {
        if (layer.Op!.Expression is not LiteralExpression)
            return layer;
        if (Evaluation.Evaluate(layer.Op, ValueKind.Choice, null, EmptyScope.Instance, diagnostics) is not { } name)
            return null;
        if (!OpTable.Ops.TryGetValue(name.Word, out var op))
        {
            diagnostics.Report(Rules.UnknownOp, layer.Op.Span, name.Word, Suggestion.For(name.Word, OpTable.Ops.Keys));
            return null;
        }
        foreach (var setting in layer.Settings.Where(s => op.Find(s.Name) is null))
        {
            diagnostics.Report(Rules.UnknownKey, setting.NameSpan, $"Operation '{op.Name}'", setting.Name,
                Suggestion.For(setting.Name, op.Attributes.Select(a => a.Name).Concat(["key", "member", "from", "when", "suppress"])));
        }
        return layer;
    }

    private IReadOnlyList<LayerDefinition> BindBranches(MappingReader owner)
    {
        var node = owner.Node("parallel");
        if (node is MappingSyntax { Entries.Count: > 0 })
            return BindLayers(owner, "parallel", [], isRequired: true);
        if (node is not SequenceSyntax { Items.Count: > 0 } list)
        {
            diagnostics.Report(Rules.WrongType, owner.Place("parallel"), "parallel", "a list of branches, or a mapping of them by name",
                node!.Describe());
            return [];
        }
        var branches = new List<LayerDefinition>();
        for (var i = 0; i < list.Items.Count; i++)
        {
            var index = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (BindLayer(index, list.Items[i].Span, list.Items[i]) is { } branch)
                branches.Add(branch);
        }
        return branches;
    }

    private IReadOnlyList<Setting> BindScales(MappingReader owner)
    {
        var entries = owner.Node("scales") switch
        {
            MappingSyntax named => named.Entries,
            SequenceSyntax list => [.. list.Items.Select((item, i) => new EntrySyntax(
                new ScalarSyntax(item.Span, i.ToString(System.Globalization.CultureInfo.InvariantCulture), false), item))],
            _ => [],
        };
        if (entries.Count == 0)
            diagnostics.Report(Rules.WrongType, owner.Place("scales"), "scales", "a list of factors, or a mapping of them by name",
                owner.Node("scales")!.Describe());
        return entries.Where(e => CheckLayerName(e.Key, [])).Select(e => MappingReader.ToSetting(e, diagnostics)).OfType<Setting>()
            .ToList();
    }

    private ScalarSyntax? BindMerge(MappingReader reader)
    {
        var merge = reader.Scalar("merge", "concat, sum, max or mean");
        if (merge is null)
        {
            if (reader.Mapping.Find("merge") is null)
                reader.Missing("merge", "how the branches are joined: concat, sum, max or mean");
            return null;
        }
        if (OpTable.Merges.ContainsKey(merge.Text))
            return merge;
        diagnostics.Report(Rules.WrongType, merge.Span, "merge",
            $"concat, sum, max or mean{Suggestion.For(merge.Text, OpTable.Merges.Keys)}", merge.Describe());
        return null;
    }

    private bool BindNumbersKeys(MappingReader reader)
    {
        const string Forms = "'named' or 'numbered'";
        if (reader.Scalar("keys", Forms) is not { } keys || keys.Text is "named")
            return false;
        if (keys.Text == "numbered")
            return true;
        diagnostics.Report(Rules.WrongType, keys.Span, "keys", Forms, keys.Describe());
        return false;
    }

    private string? BindKey(MappingReader reader)
    {
        if (reader.Scalar("key", "a state-dict key") is not { } key)
            return null;
        if (Names.IsKey(key.Text))
            return key.Text;
        diagnostics.Report(Rules.IllegalName, key.Span, key.Text, "state-dict key",
            "it must be of letters, digits, '_' and '-', in parts joined by dots");
        return null;
    }

    private string? BindMember(MappingReader reader)
    {
        if (reader.Scalar("member", "a C# name") is not { } member)
            return null;
        if (Names.IsIdentifier(member.Text) && char.IsUpper(member.Text[0]))
            return member.Text;
        diagnostics.Report(Rules.IllegalName, member.Span, member.Text, "member",
            $"a C# property begins with a capital and holds {Names.Characters}");
        return null;
    }

    private IReadOnlyList<Reference>? BindFrom(MappingReader reader)
    {
        var node = reader.Node("from");
        switch (node)
        {
            case null:
                return null;
            case ScalarSyntax { IsNull: false } one:
                return [new Reference(one.Text, one.Span)];
            case SequenceSyntax { Items.Count: > 0 } many when many.Items.All(i => i is ScalarSyntax { IsNull: false }):
                return many.Items.Cast<ScalarSyntax>().Select(s => new Reference(s.Text, s.Span)).ToList();
            default:
                diagnostics.Report(Rules.WrongType, reader.Place("from"), "from", "a layer or a list of layers", node.Describe());
                return null;
        }
    }

    private static Reference? BindReference(MappingReader reader, string key) =>
        reader.Scalar(key, "the name of a layer") is { } name ? new Reference(name.Text, name.Span) : null;

    private IReadOnlyList<StageDefinition> BindStages(MappingReader owner)
    {
        var mapping = owner.Map("stages", "a mapping of stage names");
        if (mapping is null || mapping.Entries.Count == 0)
        {
            if (mapping is not null || owner.Mapping.Find("stages") is null)
                owner.Missing("stages", "its stages by name");
            return [];
        }
        var stages = new List<StageDefinition>();
        foreach (var entry in mapping.Entries)
        {
            if (CheckLayerName(entry.Key, ["input"]) && BindStage(entry) is { } stage)
                stages.Add(stage);
        }
        return stages;
    }

    private StageDefinition? BindStage(EntrySyntax entry)
    {
        if (entry.Value is not MappingSyntax mapping)
        {
            diagnostics.Report(Rules.WrongType, entry.Key.Span, entry.Name, "a mapping with 'block'", entry.Value.Describe());
            return null;
        }
        var reader = new MappingReader(mapping, SpecKeys.Stage, $"Stage '{entry.Name}'", diagnostics);
        if (mapping.Find("rate") is { } rate)
        {
            diagnostics.Report(Rules.ConflictingKeys, rate.Key.Span,
                "The compiler sets the rate of a stage from the output stride; a network can say 'rates:' under its 'backbone:'");
        }
        reader.Node("rate");
        var stride = reader.Setting("stride");
        var strideUnit = reader.Setting("stride_unit");
        if (strideUnit is not null)
            Constant(strideUnit, ValueKind.Choice, StrideUnits);
        var block = reader.Scalar("block", "the name of a block");
        if (block is null)
        {
            if (mapping.Find("block") is null)
                reader.Missing("block", "the block that its units are");
            return null;
        }
        // The stage is a repeated block in all but stride and rate.
        var layer = BindLayer(entry.Name, entry.Key.Span, reader, LayerKind.Block);
        return layer is null ? null : new StageDefinition { Layer = layer, Stride = stride, StrideUnit = strideUnit };
    }

    private IReadOnlyList<ConventionDefinition> BindConventions(MappingReader owner, IReadOnlyList<ParameterDefinition> parameters)
    {
        var conventions = new List<ConventionDefinition>();
        foreach (var entry in owner.Map("conventions", "a mapping of convention names")?.Entries ?? [])
        {
            if (entry.Value is not MappingSyntax mapping)
            {
                diagnostics.Report(Rules.WrongType, entry.Key.Span, entry.Name, "a mapping of settings", entry.Value.Describe());
                continue;
            }
            var reader = new MappingReader(mapping, SpecKeys.Convention, $"Convention '{entry.Name}'", diagnostics);
            var settings = new[] { "stride_unit", "rate_from" }.Concat(parameters.Select(p => p.Name))
                .Select(reader.Setting).OfType<Setting>().ToList();
            reader.Finish();
            foreach (var setting in settings)
            {
                if (setting.Name is "stride_unit" or "rate_from")
                    Constant(setting, ValueKind.Choice, setting.Name == "stride_unit" ? StrideUnits : RateStarts);
            }
            conventions.Add(new ConventionDefinition(entry.Name, entry.Key.Span, settings));
        }
        return conventions;
    }

    private BackboneUse? BindBackboneUse(MappingReader owner)
    {
        var node = owner.Node("backbone");
        switch (node)
        {
            case null:
                return null;
            case ScalarSyntax { IsNull: false } name:
                return new BackboneUse { Name = name.Text, Span = name.Span };
            case MappingSyntax mapping:
                var reader = new MappingReader(mapping, SpecKeys.BackboneUse, "A network's backbone", diagnostics);
                var use = reader.Scalar("use", "the name of a backbone");
                if (use is null)
                {
                    if (mapping.Find("use") is null)
                        reader.Missing("use", "the name of a backbone");
                    return null;
                }
                var convention = reader.Scalar("convention", "the name of a convention");
                var result = new BackboneUse
                {
                    Name = use.Text,
                    Span = use.Span,
                    OutputStride = reader.Setting("output_stride"),
                    Convention = convention?.Text,
                    ConventionSpan = convention?.Span ?? use.Span,
                    MultiGrid = BindByStage(reader, "multi_grid"),
                    Rates = BindByStage(reader, "rates"),
                    Defaults = BindDefaults(reader),
                    // What is left is for the backbone's parameters, which are checked where the backbone is known.
                    Arguments = reader.Rest.ToList().Select(e => MappingReader.ToArgument(e, diagnostics)).ToList(),
                };
                return result;
            default:
                diagnostics.Report(Rules.WrongType, owner.Place("backbone"), "backbone",
                    "the name of a backbone or a mapping with 'use'", node.Describe());
                return null;
        }
    }

    private IReadOnlyList<Setting> BindByStage(MappingReader owner, string key) =>
        (owner.Map(key, "a mapping of stages to lists of rates, one a unit")?.Entries ?? [])
            .Select(e => MappingReader.ToSetting(e, diagnostics)).OfType<Setting>().ToList();
}
