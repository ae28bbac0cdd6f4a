using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Compiler;

/// <summary>A network lowered to its graph for one number of classes.</summary>
internal sealed class LoweredNetwork(
    NetworkDefinition definition, int classes, Module root, int outputStride,
        IReadOnlyList<(OutputDefinition Output, Port Port)> outputs, bool alignCorners)
{
    public NetworkDefinition Definition { get; } = definition;

    public int Classes { get; } = classes;

    public Module Root { get; } = root;

    /// <summary>Ratio of the input's side to the backbone's last map; 1 for a network without one.</summary>
    public int OutputStride { get; } = outputStride;

    public IReadOnlyList<(OutputDefinition Output, Port Port)> Outputs { get; } = outputs;

    /// <summary>Stride and rate of each unit of each stage of the backbone.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<(int Stride, int Rate)>> StagePlans()
    {
        var plans = new Dictionary<string, IReadOnlyList<(int Stride, int Rate)>>();
        if (Definition.Backbone is null)
            return plans;
        foreach (var stage in Root.Items[0].Calls.SelectMany(c => c.Callee.Items).Where(i => i.IsStage))
            plans.Add(stage.Id, [.. stage.Calls.Select(c => (Number(c, "stride"), Number(c, "rate")))]);
        return plans;

        static int Number(Call call, string name)
        {
            foreach (var (parameter, value) in call.Callee.Arguments)
            {
                if (parameter.Name == name)
                    return (int)value.Int;
            }
            return 1;
        }
    }

    /// <summary>Whether resizing an output keeps corner pixels in their place.</summary>
    public bool AlignsCorners(OutputDefinition output) => output.AlignCorners ?? alignCorners;
}

/// <summary>The network is larger than <see cref="Limits"/> allow; lowering stops at once.</summary>
internal sealed class LimitException(SourceSpan span, string message) : Exception(message)
{
    public SourceSpan Span { get; } = span;
}

/// <summary>Lowers a network: blocks and backbones to instances, expressions to values, strides to rates.</summary>
/// <param name="library">Where blocks and backbones are found.</param>
/// <param name="diagnostics">Where faults go.</param>
/// <param name="cancellation">Stops the work.</param>
internal sealed class Lowering(SpecLibrary library, DiagnosticBag diagnostics, CancellationToken cancellation)
{
    private readonly Stack<string> _open = new();
    private int _layers;
    private int _depth;
    private SourceSpan _useSpan;

    public DiagnosticBag Diagnostics { get; } = diagnostics;

    /// <summary>The runs at other scales, inner ones first.</summary>
    public List<ScaledRun> Runs { get; } = [];

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The layers lowered so far, blocks and repeats counted in full.</summary>
    public int Layers => _layers;

    /// <summary>Counts one layer more.</summary>
    public void CountLayer(SourceSpan span)
    {
        if (++_layers > Limits.Layers)
            throw new LimitException(span,
                $"The network has more than {Limits.Layers} layers by this one, blocks and repeats counted in full");
    }

    /// <summary>Goes into a block or a group.</summary>
    public void Enter(SourceSpan span)
    {
        if (++_depth > Limits.ModuleDepth)
            throw new LimitException(span, $"Blocks and groups stand in one another more than {Limits.ModuleDepth} deep here");
    }

    /// <summary>Comes out of a block or a group.</summary>
    public void Leave() => _depth--;

    /// <summary>Lowers a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="classes">The number of classes for which counts are stated; the graph is one for whatever number.</param>
    /// <returns>The graph; null, reported, where lowering had to stop.</returns>
    public LoweredNetwork? Lower(NetworkDefinition network, int classes)
    {
        try
        {
            return LowerAll(network, classes);
        }
        catch (LimitException e)
        {
            Diagnostics.Report(Rules.TooLarge, e.Span, e.Message);
        }
        catch (ClassDependenceException e)
        {
            Diagnostics.Report(Rules.ClassDependence, network.Span, network.Name, $"{e.Span}: {e.Message}");
        }
        return null;
    }

    private LoweredNetwork LowerAll(NetworkDefinition network, int classes)
    {
        var root = new Module
        {
            TypeId = "network:" + network.Name,
            Title = network.ClassName,
            Path = "",
            Summary = network.Summary,
            Source = network.Source,
            Definition = network
        };
        root.Inputs.Add(new Port("input", new Shape(network.InputChannels, network.ReferenceHeight, network.ReferenceWidth, 1, 1)));
        var values = new Dictionary<string, Value> { ["classes"] = Value.OfClasses(classes, 1) };
        var outputStride = 1;
        if (network.Backbone?.OutputStride is { } setting && Constant(setting) is { } stride)
            values["output_stride"] = stride;
        var defaults = new DefaultsScope(network.Defaults, new ModuleScope(values, []), null);
        var builder = new ModuleBuilder(this, root, new ModuleScope(values, root.Inputs), defaults);
        if (network.Backbone is { } use)
        {
            builder.Declare("backbone", null, null, (item, _) =>
            {
                item.Inputs.Add(root.Inputs[0]);
                if (LowerBackbone(use, root.Inputs[0], defaults, values, out outputStride) is not { } call)
                    return;
                item.Calls.Add(call);
                item.Output = new Port("backbone", call.Callee.Outputs[0].Shape) { Item = item };
                call.Results.Add(item.Output);
            }, use.Span);
            builder.Last();
            if (!values.ContainsKey("output_stride"))
                values["output_stride"] = outputStride;
        }
        builder.Declare(network.Layers);
        if (builder.Module.Items.Count > 0)
            builder.Last();
        var outputs = LowerOutputs(network, builder, classes, AlignsCorners(defaults));
        builder.Finish();
        root.Outputs.AddRange(outputs.Select(o => o.Port));
        foreach (var run in Runs)
            run.Synchronize();
        return new LoweredNetwork(network, classes, root, outputStride, outputs, AlignsCorners(defaults));
    }

    /// <summary>A use of a block: its arguments bound, its layers built. Null, reported, where it can't be.</summary>
    public Call? CallBlock(
        LayerDefinition layer, IReadOnlyList<Port> feed, string path, IScope names, DefaultsScope defaults,
        IReadOnlyDictionary<string, Value> given)
    {
        if (library.Find(DefinitionKind.Block, layer.Block!, Diagnostics) is not BlockDefinition block)
        {
            if (!library.Defines(DefinitionKind.Block, layer.Block!))
                Diagnostics.Report(Rules.UnknownBlock, layer.BlockSpan, layer.Block!,
                    Suggestion.For(layer.Block!, library.NamesOf(DefinitionKind.Block)));
            return null;
        }
        if (_open.Contains(block.Name))
        {
            Diagnostics.Report(Rules.Recursion, layer.BlockSpan, "Block", block.Name,
                string.Join(" in ", _open.Reverse().Append(block.Name)));
            return null;
        }
        if (feed.Count != block.Inputs.Count)
        {
            Diagnostics.Report(Rules.InputCount, layer.From?[0].Span ?? layer.BlockSpan, $"Block '{block.Name}'",
                block.Inputs.Count == 1 ? "one input" : $"{block.Inputs.Count} inputs ({string.Join(", ", block.Inputs)})", feed.Count);
            return null;
        }
        if (Arguments("Block", block, layer.Settings, names, given, layer.BlockSpan) is not var (arguments, origins))
            return null;
        var module = new Module
        {
            TypeId = "block:" + block.Name,
            Title = block.ClassName,
            Path = path,
            Summary = block.Summary,
            Source = block.Source,
            Definition = block,
            Arguments = arguments,
        };
        module.Inputs.AddRange(feed.Select((port, i) => new Port(block.Inputs[i], port.Shape)));
        var scope = new ModuleScope(arguments.ToDictionary(a => a.Parameter.Name, a => a.Value), module.Inputs, origins: origins);
        var inner = new DefaultsScope(layer.Defaults, names, new DefaultsScope(block.Defaults, scope, defaults));
        var builder = new ModuleBuilder(this, module, scope, inner);
        Enter(layer.BlockSpan);
        var use = EnterUse(path, layer.BlockSpan);
        _open.Push(block.Name);
        builder.Declare(block.Layers, block.NumbersKeys);
        builder.Finish();
        module.Outputs.Add((block.Output is null ? null : builder.Resolve(block.Output)) ?? builder.Last());
        _open.Pop();
        Diagnostics.Use = use;
        Leave();
        var call = new Call(module);
        call.Inputs.AddRange(feed);
        return call;
    }

    /// <summary>Has the faults of layers say in which use of their block they are; gives what they said before.</summary>
    private string EnterUse(string path, SourceSpan span)
    {
        var before = Diagnostics.Use;
        // The place of a use in a use is the outermost's, which is the network's own.
        if (before.Length == 0)
            _useSpan = span;
        Diagnostics.Use = $" (in its use as '{path}', {_useSpan})";
        return before;
    }

    private Call? LowerBackbone(
        BackboneUse use, Port input, DefaultsScope outerDefaults, Dictionary<string, Value> outerValues, out int outputStride)
    {
        outputStride = 1;
        if (library.Find(DefinitionKind.Backbone, use.Name, Diagnostics) is not BackboneDefinition backbone)
        {
            if (!library.Defines(DefinitionKind.Backbone, use.Name))
                Diagnostics.Report(Rules.UnknownBackbone, use.Span, use.Name,
                    Suggestion.For(use.Name, library.NamesOf(DefinitionKind.Backbone)));
            return null;
        }
        var convention = Convention(backbone, use);
        var outerNames = new ModuleScope(outerValues, [input]);
        var fromConvention = convention?.Settings.Where(s => s.Name is not ("stride_unit" or "rate_from"))
            .Select(s => (s.Name, Value: Evaluation.Evaluate(s, outerNames, Diagnostics)))
            .Where(s => s.Value is not null && use.Arguments.All(a => a.Name != s.Name))
            .ToDictionary(s => s.Name, s => s.Value!.Value) ?? [];
        // What can't be read has been reported: it is no missing argument, and of another name no second fault.
        var given = use.Arguments.Where(a => a.Expression is not UnreadableExpression || backbone.FindParameter(a.Name) is not null)
            .ToList();
        if (Arguments("Backbone", backbone, given, outerNames, fromConvention, use.Span) is not var (arguments, origins))
            return null;
        var module = new Module
        {
            TypeId = "backbone:" + backbone.Name,
            Title = backbone.ClassName,
            Path = "backbone",
            Summary = backbone.Summary,
            Source = backbone.Source,
            Definition = backbone,
            Arguments = arguments,
        };
        module.Inputs.Add(new Port("input", input.Shape));
        var scope = new ModuleScope(arguments.ToDictionary(a => a.Parameter.Name, a => a.Value), module.Inputs, origins: origins);
        var defaults = new DefaultsScope(use.Defaults, outerNames, new DefaultsScope(backbone.Defaults, scope, outerDefaults));
        var builder = new ModuleBuilder(this, module, scope, defaults);
        var around = EnterUse("backbone", use.Span);
        builder.Declare(backbone.Stem);
        var stem = builder.Last();
        if (stem.Shape.IsKnown)
            outputStride = LowerStages(backbone, use, convention, builder, scope, (int)stem.Shape.Jump);
        builder.Declare(backbone.Tail);
        builder.Finish();
        module.Outputs.Add(builder.Last());
        Diagnostics.Use = around;
        var call = new Call(module);
        call.Inputs.Add(input);
        return call;
    }

    private ConventionDefinition? Convention(BackboneDefinition backbone, BackboneUse use)
    {
        var name = use.Convention ?? backbone.DefaultConvention;
        if (name is null)
            return null;
        var found = backbone.Conventions.FirstOrDefault(c => c.Name == name);
        if (found is null)
        {
            Diagnostics.Report(Rules.UnknownConvention, use.Convention is null ? backbone.ConventionSpan : use.ConventionSpan,
                backbone.Name, name, Suggestion.For(name, backbone.Conventions.Select(c => c.Name)));
        }
        return found;
    }

    private int LowerStages(
        BackboneDefinition backbone, BackboneUse use, ConventionDefinition? convention, ModuleBuilder builder, ModuleScope scope,
            int stemStride)
    {
        var strideUnit = ConventionWord(convention, "stride_unit") ?? "first";
        var inputs = backbone.Stages.Select(stage => new StagePlanInput(Units(stage, scope),
            stage.Stride is null ? 1 : Positive(stage.Stride, scope))).ToList();
        for (var s = 0; s < inputs.Count; s++)
        {
            var stage = backbone.Stages[s];
            var unit = stage.StrideUnit is null ? strideUnit : Evaluation.Evaluate(stage.StrideUnit, scope, Diagnostics)?.Word;
            if (unit == "last")
                inputs[s] = inputs[s] with { FirstStride = 1, LastStride = inputs[s].LastStride * inputs[s].FirstStride };
            if (unit != "last_before" || inputs[s].FirstStride == 1)
                continue;
            if (s == 0)
            {
                Diagnostics.Report(Rules.StageRates, stage.Layer.Span,
                    $"Stage '{stage.Layer.Name}' is the first: there is no unit before it to take its stride of {inputs[s].FirstStride}");
                continue;
            }
            inputs[s - 1] = inputs[s - 1] with { LastStride = inputs[s].FirstStride };
            inputs[s] = inputs[s] with { FirstStride = 1 };
        }
        var reachable = AtrousPlan.Reachable(stemStride, inputs);
        var outputStride = use.OutputStride is null ? reachable[reachable.Count - 1] : Constant(use.OutputStride)
            ?? reachable[reachable.Count - 1];
        if (!reachable.Contains(outputStride))
        {
            Diagnostics.Report(Rules.OutputStride, use.OutputStride!.Span, backbone.Name, outputStride, outputStride < stemStride
                ? $"its stem alone strides by {stemStride}; it can have {Join(reachable)}"
                : outputStride > reachable[reachable.Count - 1]
                    ? $"all its stages together stride by {reachable[reachable.Count - 1]}; it can have {Join(reachable)}"
                    : $"it strides by {Join(reachable)} and nothing between");
            outputStride = reachable[reachable.Count - 1];
        }
        var grids = ByStage(use.MultiGrid, "multi_grid", backbone, inputs);
        var rates = ByStage(use.Rates, "rates", backbone, inputs);
        foreach (var both in use.Rates.Where(r => grids.ContainsKey(r.Name)))
            Diagnostics.Report(Rules.StageRates, both.NameSpan,
                $"Stage '{both.Name}' has both 'multi_grid' and 'rates'; rates are final, multi-grid multiplies the stage's rate: say one");
        var plan = AtrousPlan.Compute(stemStride, inputs, outputStride, ConventionWord(convention, "rate_from") == "strided_unit",
            s => grids.TryGetValue(backbone.Stages[s].Layer.Name, out var grid) ? grid : null);
        for (var s = 0; s < backbone.Stages.Count; s++)
            DeclareStage(backbone.Stages[s], plan[s], rates, inputs[s], builder, scope);
        return outputStride;
    }

    private void DeclareStage(
        StageDefinition stage, IReadOnlyList<UnitPlan> plan, IReadOnlyDictionary<string, IReadOnlyList<int>> rates,
        StagePlanInput input, ModuleBuilder builder, ModuleScope scope)
    {
        var layer = stage.Layer;
        var block = library.Find(DefinitionKind.Block, layer.Block!, Diagnostics) as BlockDefinition;
        var previous = builder.Last();
        builder.Declare(layer.Name, layer, null, (item, _) =>
        {
            item.Inputs.Add(previous);
            item.IsStage = true;
            builder.LowerUnits(layer, item, [previous], input.Units, layer.Repeat is not null || input.Units > 1, unit =>
            {
                var given = new Dictionary<string, Value>();
                Give("stride", plan[unit].Stride, "stride");
                Give("rate", rates.TryGetValue(layer.Name, out var own) ? own[unit] : plan[unit].Rate, "rate");
                return given;

                void Give(string parameter, int value, string what)
                {
                    if (block is null || block.HasParameter(parameter))
                        given[parameter] = value;
                    else if (value != 1)
                        Diagnostics.Report(Rules.StageBlock, layer.BlockSpan, layer.Name, what, value, block.Name);
                }
            }, scope);
        });
    }

    private Dictionary<string, IReadOnlyList<int>> ByStage(
        IReadOnlyList<Setting> settings, string key, BackboneDefinition backbone, IReadOnlyList<StagePlanInput> stages)
    {
        var result = new Dictionary<string, IReadOnlyList<int>>();
        foreach (var setting in settings)
        {
            var names = backbone.Stages.Select(s => s.Layer.Name).ToList();
            var index = names.IndexOf(setting.Name);
            if (index < 0)
            {
                Diagnostics.Report(Rules.StageRates, setting.NameSpan,
                    $"Backbone '{backbone.Name}' has no stage '{setting.Name}'{Suggestion.For(setting.Name, names)}");
                continue;
            }
            if (Evaluation.Evaluate(setting, ValueKind.Ints, null, new ModuleScope(new Dictionary<string, Value>(), []),
                Diagnostics) is not { } list)
                continue;
            if (list.List.Count != stages[index].Units)
                Diagnostics.Report(Rules.StageRates, setting.Span,
                    $"Stage '{setting.Name}' has {stages[index].Units} units; '{key}' needs as many numbers, not {list.List.Count}");
            else if (list.List.Any(v => v.Int is < 1 or > 4096))
                Diagnostics.Report(Rules.OutOfRange, setting.Span, key, "numbers from 1 to 4096", list);
            else
                result[setting.Name] = list.List.Select(v => (int)v.Int).ToList();
        }
        return result;
    }

    private int Units(StageDefinition stage, IScope scope) => stage.Layer.Repeat is null ? 1 : Positive(stage.Layer.Repeat, scope);

    private int Positive(Setting setting, IScope scope)
    {
        if (Evaluation.Evaluate(setting, ValueKind.Int, null, scope, Diagnostics) is not { } value)
            return 1;
        ClassArithmetic.Refuse(value, setting);
        if (value.Int is >= 1 and <= 1024)
            return (int)value.Int;
        Diagnostics.ReportValue(Rules.OutOfRange, setting, scope, setting.Name, "between 1 and 1024", value);
        return 1;
    }

    private int? Constant(Setting setting)
    {
        if (Evaluation.Evaluate(setting, ValueKind.Int, null, new ModuleScope(new Dictionary<string, Value>(), []),
            Diagnostics) is not { } value)
            return null;
        if (value.Int is >= 1 and <= 4096)
            return (int)value.Int;
        Diagnostics.Report(Rules.OutOfRange, setting.Span, setting.Name, "between 1 and 4096", value);
        return null;
    }

    private string? ConventionWord(ConventionDefinition? convention, string name) =>
        convention?.Settings.FirstOrDefault(s => s.Name == name) is { } setting
            && Evaluation.Evaluate(setting, new ModuleScope(new Dictionary<string, Value>(), []), Diagnostics) is { IsWord: true } value
                ? value.Word : null;

    /// <summary>The arguments of a use, and of those that it says itself where; null, reported, where one is wrong or missing.</summary>
    private (List<(ParameterDefinition Parameter, Value Value)> Values, Dictionary<string, (Setting, IScope)> Origins)? Arguments(
        string kind, Definition definition, IReadOnlyList<Setting> settings, IScope names,
        IReadOnlyDictionary<string, Value> given, SourceSpan span)
    {
        var arguments = new List<(ParameterDefinition Parameter, Value Value)>();
        var origins = new Dictionary<string, (Setting, IScope)>(StringComparer.Ordinal);
        var isComplete = true;
        foreach (var setting in settings)
        {
            if (definition.FindParameter(setting.Name) is not null)
                continue;
            Diagnostics.Report(Rules.UnknownKey, setting.NameSpan, $"{kind} '{definition.Name}'", setting.Name,
                Suggestion.For(setting.Name, definition.Parameters.Select(p => p.Name)));
            isComplete = false;
        }
        foreach (var parameter in definition.Parameters)
        {
            var own = settings.FirstOrDefault(s => s.Name == parameter.Name);
            var value = given.TryGetValue(parameter.Name, out var from) ? from
                : own is not null ? Evaluation.Evaluate(own, parameter.Kind, parameter.Choices, names, Diagnostics)
                : parameter.Default;
            if (value is { } known)
            {
                arguments.Add((parameter, known));
                if (own is null || given.ContainsKey(parameter.Name))
                    continue;
                origins.Add(parameter.Name, (own, names));
                if (parameter.Range is { } range && !range.ContainsAll(known))
                {
                    Diagnostics.ReportValue(Rules.OutOfRange, own, names, own.Name, range, known);
                    isComplete = false;
                }
                continue;
            }
            // One that is misspelt has been reported as such.
            if (own is null && !settings.Any(s => definition.FindParameter(s.Name) is null && Suggestion.IsSlip(s.Name, parameter.Name)))
                Diagnostics.Report(Rules.MissingArgument, span, kind, definition.Name, parameter.Name, parameter.Describe());
            isComplete = false;
        }
        return isComplete ? (arguments, origins) : null;
    }

    /// <summary>What the network's defaults say of a resize.</summary>
    private bool AlignsCorners(DefaultsScope defaults) => defaults.Find("resize", "align_corners") is { } setting
        && Evaluation.Evaluate(setting.Setting, ValueKind.Bool, null, setting.Names, Diagnostics) is { Bool: true };

    private List<(OutputDefinition Output, Port Port)> LowerOutputs(
        NetworkDefinition network, ModuleBuilder builder, int classes, bool alignCorners)
    {
        var outputs = new List<(OutputDefinition Output, Port Port)>();
        var root = builder.Module;
        foreach (var output in network.Outputs)
        {
            if (builder.Resolve(output.From) is not { } port)
                continue;
            if (output.ResizeToInput)
            {
                var source = port;
                builder.Declare("output." + output.Name, null, null, (item, _) =>
                {
                    item.Inputs.Add(source);
                    item.Inputs.Add(root.Inputs[0]);
                    var attributes = new Dictionary<string, Value> { ["align_corners"] = output.AlignCorners ?? alignCorners };
                    item.Primitive = ShapeInference.Infer(OpTable.Resize, attributes, new Dictionary<string, string>(), item,
                        output.Span, Diagnostics);
                    item.Output = new Port(output.Name, item.Primitive?.Output ?? Shape.Unknown) { Item = item };
                }, output.Span, isOutput: true);
                port = builder.Last();
            }
            var isScores = port.Shape.IsKnown && output.LossWeight is not null;
            if (isScores && port.Shape.Channels == classes && port.Shape.PerClass != 1)
                throw new ClassDependenceException($"output '{output.Name}' has {classes} channels, but not for whatever number of "
                    + "classes", output.From.Span);
            if (isScores && port.Shape.Channels != classes)
                Diagnostics.Report(Rules.LogitChannels, output.From.Span, output.Name, port.Shape.Channels, classes);
            else if (output.Name == "logits" && port.Shape.IsKnown
                && (port.Shape.Height, port.Shape.Width) != (network.ReferenceHeight, network.ReferenceWidth))
                Diagnostics.Report(Rules.SizeMismatch, output.From.Span, $"The logits are {port.Shape.Size} for an input of "
                    + $"{network.ReferenceHeight}x{network.ReferenceWidth}; say 'resize: input'");
            outputs.Add((output, port));
        }
        return outputs;
    }

    private static string Join(IEnumerable<int> numbers) =>
        string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));
}
