using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What the classes of a file have in common.</summary>
/// <param name="Namespace">Their namespace.</param>
/// <param name="Names">The names of the project's classes.</param>
/// <param name="Network">The network; null: a block or backbone, which networks share.</param>
/// <param name="Classes">The number of classes for which terms are stated.</param>
internal sealed record ClassContext(string Namespace, ClassNames Names, NetworkDefinition? Network, int Classes)
{
    private readonly Dictionary<ClassModel, ClassSignature> _signatures = [];

    public ClassSignature SignatureOf(ClassModel model)
    {
        if (!_signatures.TryGetValue(model, out var signature))
            _signatures.Add(model, signature = new ClassSignature(model));
        return signature;
    }
}

/// <summary>Writes a class: its members and its constructor; its forward pass is the <see cref="ForwardEmitter"/>'s.</summary>
internal sealed partial class ClassEmitter
{
    private readonly CodeWriter _writer;
    private readonly ClassContext _context;
    private readonly ClassModel _model;
    private readonly IReadOnlyList<string> _taps;
    private readonly Dictionary<ClassItem, HashSet<(int Unit, string Inside)>> _itemTaps = [];
    private readonly List<(string Type, string Name, string Expression)> _fields = [];
    private readonly List<(string Name, ClassModel Model, IReadOnlyList<string> Taps)> _groups = [];
    private readonly Dictionary<SymbolTerm, string> _units = [];
    private readonly ClassSignature _signature;
    private readonly TermWriter _terms;
    private string _unit = "0";
    private string _count = "1";

    /// <param name="writer">Where the class is written.</param>
    /// <param name="context">What the classes of the file have in common.</param>
    /// <param name="model">The class.</param>
    /// <param name="name">Its C# name.</param>
    /// <param name="taps">Paths of what it gives besides its result.</param>
    public ClassEmitter(CodeWriter writer, ClassContext context, ClassModel model, string name, IReadOnlyList<string> taps)
    {
        (_writer, _context, _model, Name, _taps) = (writer, context, model, name, taps);
        _signature = context.SignatureOf(model);
        foreach (var item in model.Items)
            _itemTaps.Add(item, [.. item.Taps]);
        foreach (var tap in taps)
        {
            if (model.Resolve(tap) is { Item: { } item } port && (port.Unit >= 0 || port.Inside.Length > 0))
                _itemTaps[item].Add((port.Unit, port.Inside));
        }
        _terms = new TermWriter(NameOf, (context.Classes, _signature.Classes));
    }

    public string Name { get; }

    private bool IsNetwork => _model.Definition.Kind == DefinitionKind.Network && !_model.IsGroup;

    private IEnumerable<ClassItem> Members => _model.Items.Where(i => i.IsMember);

    private string Defaults => _signature.Defaults;

    private ClassSignature SignatureOf(ClassModel model) => _context.SignatureOf(model);

    private string NameOf(SymbolTerm symbol) => symbol.Meaning switch
    {
        SymbolKind.StageStride => $"{_signature.StageName(symbol.Name)}.Stride({_unit}, {_count})",
        SymbolKind.StageRate => $"{_signature.StageName(symbol.Name)}.Rate({_unit})",
        SymbolKind.Default => $"{Defaults}.{DefaultProperty(symbol)}",
        _ => _units.TryGetValue(symbol, out var unit) ? unit : _signature.NameOf(symbol),
    };

    private static string DefaultProperty(SymbolTerm symbol)
    {
        var dot = symbol.Name.IndexOf('.');
        return PropertyOf(symbol.Name.Substring(0, dot), symbol.Name.Substring(dot + 1)) + "InForce";
    }

    private static string PropertyOf(string op, string attribute) => Names.Pascal(op) + Names.Pascal(attribute);

    /// <summary>Writes the class.</summary>
    public void Emit()
    {
        Document();
        var inputs = string.Concat(Enumerable.Repeat(Runtime.Tensor + ", ", _model.Inputs.Count));
        var forward = new ForwardEmitter(this);
        var lines = forward.Lines();
        using (_writer.Block($"public sealed class {Name} : {Runtime.GeneratedModule}<{inputs}{ResultType}>"))
        {
            EmitBody($"base(nameof({Name}))", forward, lines);
            EmitGroups();
        }
    }

    /// <summary>Writes fields, constructor, members and forward pass.</summary>
    public void EmitBody(string baseCall, ForwardEmitter forward, IReadOnlyList<string> lines)
    {
        EmitConstructor(baseCall);
        _writer.Line();
        EmitMembers();
        forward.Emit(_writer, lines);
    }

    /// <summary>Writes the classes of the groups.</summary>
    public void EmitGroups()
    {
        foreach (var (name, model, taps) in _groups)
        {
            _writer.Line();
            new ClassEmitter(_writer, _context, model, name, taps).Emit();
        }
    }

    private void Document()
    {
        var definition = _model.Definition;
        if (_model.IsGroup)
        {
            _writer.Line($"/// <summary>The layers of <c>{CSharp.Xml(_model.GroupPath)}</c>.</summary>");
            return;
        }
        _writer.Line($"/// <summary>{CSharp.Xml(definition.Summary.Length > 0 ? definition.Summary : definition.Name)}</summary>");
        if (definition.Source.Length > 0)
            _writer.Line($"/// <remarks>{CSharp.Xml(definition.Source)}.</remarks>");
    }

    /// <summary>The type of what the forward pass returns.</summary>
    public string ResultType => IsNetwork ? "Output"
        : _taps.Count == 0 ? Runtime.Tensor : $"({string.Join(", ", ResultNames().Select(n => $"{Runtime.Tensor} {n}"))})";

    private IEnumerable<string> ResultNames()
    {
        var taken = new HashSet<string>();
        foreach (var name in new[] { _model.Output.Item?.Member is { Length: > 0 } member ? member : "Result" }.Concat(
            _taps.Select(t => Names.Pascal(t.Replace('.', '_')))))
        {
            var unique = name;
            while (!taken.Add(unique))
                unique += "_";
            yield return unique;
        }
    }

    private void EmitMembers()
    {
        foreach (var item in Members)
        {
            _writer.Line($"/// <summary>{new MemberDescription(_model, item, _terms).Text}</summary>");
            _writer.Line($"public {TypeOf(item)}{(item.IsAlways && item.Op?.Kind != OpKind.Norm ? "" : "?")} {item.Member} {{ get; }}");
            _writer.Line();
        }
    }

    private void EmitConstructor(string baseCall)
    {
        var construction = Construction().ToList();
        foreach (var (type, name, _) in _fields)
            _writer.Line($"private readonly {type} {name};");
        if (_fields.Count > 0)
            _writer.Line();
        if (!IsNetwork)
            _writer.Line($"/// <summary>{ConstructorSummary()}</summary>");
        _writer.List($"{(_model.IsGroup ? "internal" : "public")} {Name}(", ConstructorParameters(), ")");
        using (_writer.Indent())
            _writer.Line($": {baseCall}");
        using (_writer.Block())
        {
            foreach (var line in construction)
                _writer.Statement(line);
        }
    }

    private string ConstructorSummary()
    {
        var choices = _signature.Required.Concat(_signature.Optional).Where(p => p.Definition.Kind == ValueKind.Choice)
            .Select(p => $"; <c>{_signature.NameOf(p.Symbol).TrimStart('@')}</c> is {string.Join(" or ", p.Definition.Choices)}");
        return "Builds it with random weights" + string.Concat(choices) + ".";
    }

    private IEnumerable<string> ConstructorParameters()
    {
        if (IsNetwork)
            return [$"int {_signature.Classes} = DefaultClasses"];
        if (_model.IsGroup)
        {
            return _signature.Inputs.Select(i => i.Symbol).Concat(_signature.Imports)
                .Select(s => $"{TermWriter.NameOf(TermWriter.TypeOf(s.Kind!.Value))} {_signature.NameOf(s)}")
                .Concat(_signature.Needs.HasClasses ? [$"int {_signature.Classes}"] : [])
                .Concat(_signature.HasDefaults ? [$"{Runtime.LayerDefaults} {Defaults}"] : []);
        }
        return _signature.Inputs.Select(i => $"int {_signature.NameOf(i.Symbol)}")
            .Concat(_signature.Required.Select(p => $"{ParameterType(p.Definition)} {_signature.NameOf(p.Symbol)}"))
            .Concat(_signature.Stages.Where(s => s.IsLast is null).Select(s => $"{Runtime.StagePlan} {_signature.NameOf(s)}"))
            .Concat(_signature.Optional.Select(p => IsList(p.Definition)
                ? $"{ParameterType(p.Definition)}? {_signature.NameOf(p.Symbol)} = null"
                : $"{ParameterType(p.Definition)} {_signature.NameOf(p.Symbol)} = "
                    + $"{_terms.Write(Term.Of(p.Definition.Default!.Value), TermWriter.TypeOf(p.Definition.Kind))}"))
            .Concat(_signature.Stages.Where(s => s.IsLast is not null).Select(s => $"{Runtime.StagePlan}? {_signature.NameOf(s)} = null"))
            .Concat(_signature.HasDefaults ? [$"{Runtime.LayerDefaults}? {Defaults} = null"] : []);
    }

    private static bool IsList(ParameterDefinition parameter) => parameter.Kind is ValueKind.Ints or ValueKind.Floats;

    private static string ParameterType(ParameterDefinition parameter) => TermWriter.NameOf(TermWriter.TypeOf(parameter.Kind));

    private IEnumerable<string> Construction()
    {
        var lines = new List<string>();
        foreach (var (parameter, symbol) in _signature.Required.Concat(_signature.Optional))
        {
            if (IsList(parameter) && parameter.Default is { } list)
                lines.Add($"{_signature.NameOf(symbol)} ??= {_terms.Write(Term.Of(list), TermWriter.TypeOf(parameter.Kind))};");
            if (parameter.Kind == ValueKind.Choice)
                lines.Add($"{Runtime.Layers}.RequireChoice({_signature.NameOf(symbol)}, "
                    + $"{string.Join(", ", parameter.Choices.Select(CSharp.Text))});");
        }
        foreach (var stage in _signature.Stages.Where(s => s.IsLast is not null))
        {
            var stride = stage.OwnStride.Constant is { IsInt: true, Int: 1 } ? ""
                : $"{(stage.IsLast == true ? "lastStride" : "firstStride")}: {_terms.Write(stage.OwnStride, CodeType.Int)}";
            lines.Add($"{_signature.NameOf(stage)} ??= new({stride});");
        }
        if (_model.Inherits && !_model.IsGroup && _signature.HasDefaults)
        {
            lines.Add(_model.OwnDefaults is { } own
                ? $"{Defaults} = ({Defaults} ?? {Runtime.LayerDefaults}.Standard).Under(new() {{ {Overlay(own, t => t)} }});"
                : $"{Defaults} ??= {Runtime.LayerDefaults}.Standard;");
        }
        if (IsNetwork && NetworkDefaults() is { } initial)
            lines.Add($"var {Defaults} = {initial};");
        var members = Members.ToList();
        foreach (var item in _model.Items.Where(i => i.Fault is not null && !i.Presence.IsFalse))
            lines.Add($"{Runtime.Layers}.Refuse({_terms.Write(item.Presence, CodeType.Bool)}, "
                + $"{CSharp.Text($"Layer '{item.Id}' can't be built: {item.Fault}.")});");
        foreach (var item in members)
        {
            lines.AddRange(Construct(item));
            if (NameChannels(item) is { } local)
                lines.Add(local);
        }
        lines.AddRange(_fields.Select(f => $"{f.Name} = {f.Expression};"));
        if (members.Count > 0)
            lines.Add("");
        lines.AddRange(members.Select(Register));
        return lines;
    }

    /// <summary>A variable for the channels of a layer's result, where they are a longer formula that other layers need; null: there is
    /// none.</summary>
    private string? NameChannels(ClassItem item)
    {
        const int Short = 5;
        if (item.Channels.Size <= Short || _terms.Knows(item.Channels) || item.Channels.Constant is not null
            || !Members.Any(m => ReferenceEquals(m.InChannels, item.Channels)))
            return null;
        var name = _signature.Free(Names.Camel(item.Member + "_channels"));
        var text = $"var {name} = {_terms.Write(item.Channels, CodeType.Int)};";
        _terms.Name(item.Channels, name);
        return text;
    }

    /// <summary>What a network says of what its blocks leave open; null: nothing.</summary>
    private string? NetworkDefaults()
    {
        if (!HasBaseDefaults)
            return null;
        var parts = new List<string>();
        if (_model.Frames is { } frame)
            parts.Add(Overlay(frame, t => t));
        if (_signature.Needs.Image)
            parts.Add("InputMean = Descriptor.Mean, InputStd = Descriptor.Std");
        return $"new {Runtime.LayerDefaults} {{ {string.Join(", ", parts)} }}";
    }

    private bool HasBaseDefaults => IsNetwork ? (_model.Frames is not null && _signature.Needs.Defaults) || _signature.Needs.Image
        : _signature.HasDefaults;

    private string Register(ClassItem item)
    {
        var key = item.Key is { } text ? CSharp.Text(text) : $"$\"{{({_terms.Write(item.Number!, CodeType.Int)})}}\"";
        if (item.IsBranches)
        {
            return Names.IsNumeric(item.Key ?? "0")
                ? $"{Runtime.Layers}.RegisterEach(this, {(item.Number is { } number ? _terms.Write(number, CodeType.Int) : item.Key)}, "
                    + $"{item.Member});"
                : $"{Runtime.Layers}.RegisterEach(this, {key}, {item.Member});";
        }
        var isPlain = item.IsAlways && item.Op?.Kind != OpKind.Norm && item.Key?.IndexOf('.') is null or < 0;
        return isPlain ? $"register_module({key}, {item.Member});" : $"{Runtime.Layers}.Register(this, {key}, {item.Member});";
    }
}
