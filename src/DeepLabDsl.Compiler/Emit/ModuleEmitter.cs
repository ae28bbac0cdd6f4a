using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Writes the members, the constructor and the forward pass of one class.</summary>
internal sealed class ModuleEmitter
{
    private readonly CodeWriter _writer;
    private readonly ClassPlanner _planner;
    private readonly ClassPlan _plan;
    private readonly bool _isNetwork;
    private readonly Dictionary<PortRef, string> _variables = [];
    /// <summary>Names that the statements of a forward pass use for something else.</summary>
    private readonly HashSet<string> _taken = ["scope", "training", "unit"];
    private readonly List<(string Type, string Name, string Expression)> _fields = [];
    private readonly Dictionary<string, ItemPlan> _items;
    private readonly Dictionary<PortRef, int> _readers;
    private readonly ILookup<string, int> _usedUnits;

    public ModuleEmitter(CodeWriter writer, ClassPlanner planner, ClassPlan plan)
    {
        _writer = writer;
        _planner = planner;
        _plan = plan;
        _isNetwork = plan == planner.Root;
        _items = plan.Items.ToDictionary(i => i.Id);
        var reads = plan.Items.SelectMany(i => i.Inputs.Concat(i.Pass is { } pass ? [pass] : [])).ToList();
        _readers = reads.Concat(plan.Outputs).GroupBy(p => p).ToDictionary(g => g.Key, g => g.Count());
        _usedUnits = reads.Concat(plan.Outputs).Where(p => !p.IsInput).ToLookup(p => p.Item, p => p.Unit);
        _taken.UnionWith(plan.Items.Where(i => i.IsMember).Select(i => i.Member));
        for (var i = 0; i < plan.Inputs.Count; i++)
            _variables[new PortRef(i, "", 0, 0)] = Variable(plan.Inputs[i]);
    }

    private IEnumerable<ItemPlan> Members => _plan.Items.Where(i => i.IsMember);

    /// <summary>The type of what the forward pass returns.</summary>
    public string ResultType => _isNetwork ? "Output" : _plan.Outputs.Count == 1 ? Runtime.Tensor : $"({string.Join(", ", ResultNames().Select(n => $"{Runtime.Tensor} {n}"))})";

    /// <summary>Writes a block's, backbone's or group's class.</summary>
    public void EmitClass()
    {
        var sample = _plan.Instances[0];
        if (sample.Summary.Length > 0)
            _writer.Line($"/// <summary>{CSharp.Xml(sample.Summary)}</summary>");
        else
            _writer.Line($"/// <summary>The layers of <c>{CSharp.Xml(sample.Path)}</c>.</summary>");
        EmitUses(sample);
        var inputs = string.Concat(Enumerable.Repeat(Runtime.Tensor + ", ", _plan.Inputs.Count));
        using (_writer.Block($"public sealed class {_plan.Name} : {Runtime.GeneratedModule}<{inputs}{ResultType}>"))
        {
            var forward = ForwardLines();
            EmitConstructor($"base(\"{_plan.Name}\")", "internal");
            _writer.Line();
            EmitMembers();
            _writer.Line();
            EmitForward(forward);
        }
    }

    public void EmitMembers()
    {
        var isFirst = true;
        foreach (var item in Members)
        {
            if (!isFirst)
                _writer.Line();
            isFirst = false;
            _writer.Line($"/// <summary>{DescribeMember(item)}</summary>");
            _writer.Line($"public {MemberType(item)}{(item.IsAlways ? "" : "?")} {item.Member} {{ get; }}");
        }
    }

    public string MemberType(ItemPlan item)
    {
        if (item.Primitive is { } primitive)
            return primitive.Op.Kind == OpKind.Crf ? Runtime.CrfLayer
                : primitive.Op.Kind != OpKind.BatchNorm ? Runtime.Conv2d
                : primitive.IsFrozen ? Runtime.FrozenBatchNorm2d : Runtime.BatchNorm2d;
        var types = item.Sample.Calls.Select(c => _planner.ClassOf(c.Callee)).Distinct().ToList();
        var type = types.Count == 1 ? types[0].Name : Runtime.TensorModule;
        return item.IsList ? $"{Runtime.ModuleList}<{type}>" : type;
    }

    /// <summary>Writes the constructor with the fields that the forward pass turned out to need.</summary>
    public void EmitConstructor(string baseCall, string access)
    {
        foreach (var (type, name, _) in _fields)
            _writer.Line($"private readonly {TypeName(type)} {name};");
        if (_fields.Count > 0)
            _writer.Line();
        var parameters = string.Join(", ", _plan.Parameters.Select(p =>
            $"{TypeName(p.Type)} {p.Name}{(p.Default is { } value ? " = " + DefaultOf(p, value) : "")}"));
        _writer.Line($"{access} {_plan.Name}({parameters})");
        using (_writer.Indent())
            _writer.Line($": {baseCall}");
        using (_writer.Block())
        {
            foreach (var (_, name, expression) in _fields)
                _writer.Line($"{name} = {expression};");
            foreach (var item in Members)
                EmitConstruction(item);
            if (Members.Any())
                _writer.Line();
            foreach (var item in Members)
            {
                var register = item.Key.IndexOf('.') >= 0
                    ? $"{Runtime.Layers}.Register(this, {CSharp.Text(item.Key)}, {item.Member});"
                    : $"register_module({CSharp.Text(item.Key)}, {item.Member});";
                if (!item.IsAlways)
                    _writer.Line($"if ({item.Member} is not null)");
                using (item.IsAlways ? null : _writer.Indent())
                    _writer.Line(register);
            }
        }
    }

    private void EmitConstruction(ItemPlan item)
    {
        var (before, after) = item.IsAlways ? ("", "") : ($"{Expression(item, "present")} ? ", " : null");
        if (item.Primitive is { } primitive)
        {
            _writer.Line($"{item.Member} = {before}{Construct(item, primitive)}{after};");
            return;
        }
        if (!item.IsList)
        {
            _writer.Line($"{item.Member} = {before}{Construct(item, 0)}{after};");
            return;
        }
        var units = Runs(Enumerable.Range(0, item.Sample.Calls.Count).Select(u => Construct(item, u)));
        _writer.Line($"{item.Member} = {before}new {MemberType(item)}(");
        _writer.Line("[");
        using (_writer.Indent())
        {
            foreach (var (text, count) in units)
                _writer.Line(count == 1 ? $"{text}," : $".. {Runtime.Layers}.Repeat({count}, () => {text}),");
        }
        _writer.Line($"]){after};");
    }

    /// <summary>Equal neighbours counted.</summary>
    private static IEnumerable<(string Text, int Count)> Runs(IEnumerable<string> texts)
    {
        (string Text, int Count)? run = null;
        foreach (var text in texts)
        {
            if (run is { } same && same.Text == text)
            {
                run = (text, same.Count + 1);
                continue;
            }
            if (run is { } ended)
                yield return ended;
            run = (text, 1);
        }
        if (run is { } last)
            yield return last;
    }

    private string Construct(ItemPlan item, Primitive primitive)
    {
        if (primitive.IsFrozen)
            return $"new {Runtime.FrozenBatchNorm2d}({Expression(item, "in")}{Optional(item, primitive, "epsilon")})";
        if (primitive.Op.Kind == OpKind.BatchNorm)
            return $"{Runtime.Layers}.BatchNorm2d({Expression(item, "in")}{Optional(item, primitive, "epsilon")}{Optional(item, primitive, "momentum")})";
        if (primitive.Op.Kind == OpKind.Crf)
            return ConstructCrf(item);
        var channels = Expression(item, "channels");
        var groups = primitive.Op.Kind == OpKind.Conv ? Optional(item, primitive, "groups") : $", groups: {Expression(item, "in")}";
        return $"{Runtime.Layers}.Conv2d({Expression(item, "in")}, {channels}, kernel: {Expression(item, "kernel")}"
            + Optional(item, primitive, "stride") + Optional(item, primitive, "rate")
            + (ShapeInference.PadsAtRunTime(primitive) ? ", padding: 0" : Optional(item, primitive, "padding"))
            + groups + Optional(item, primitive, "bias") + Optional(item, primitive, "init_std") + ")";
    }

    private string ConstructCrf(ItemPlan item)
    {
        // All classes of a network are its own, and so is the normalisation of its input.
        var network = (NetworkDefinition)_planner.Root.Instances[0].Definition!;
        var values = new[] { "gaussian_sigma", "gaussian_weight", "bilateral_sigma_xy", "bilateral_sigma_rgb", "bilateral_weight", "iterations" }
            .Select(a => $"{CrfArgument(a)}: {Expression(item, a)}");
        return $"new {Runtime.CrfLayer}({Expression(item, "in")}, {Runtime.CrfOptions}.GaussianAndBilateral({string.Join(", ", values)}), "
            + $"mean: [{string.Join(", ", network.Mean.Select(CSharp.Double))}], std: [{string.Join(", ", network.Deviation.Select(CSharp.Double))}])";

        static string CrfArgument(string attribute) => attribute == "bilateral_sigma_xy" ? "bilateralSigmaXY" : Names.Camel(attribute);
    }

    /// <summary>A named argument, left out where it is what the operation does anyway.</summary>
    private string Optional(ItemPlan item, Primitive primitive, string attribute)
    {
        if (!_plan.Expressions.TryGetValue((item.Id, attribute), out var expression))
            return "";
        var info = primitive.Op.Find(attribute)!;
        var type = info.Kind == ValueKind.Float ? "double" : "int";
        return info.Default is { IsWord: false } value && expression == CSharp.Literal(value, type) ? "" : $", {Names.Camel(attribute)}: {expression}";
    }

    private string Construct(ItemPlan item, int unit)
    {
        var inner = _planner.ClassOf(item.Sample.Calls[unit].Callee);
        var arguments = inner.Parameters
            .Select(p => (Parameter: p, Expression: Expression(item, $"{unit}:{p.Name}")))
            .Where(a => a.Parameter.Default is not { } value || a.Expression != CSharp.Literal(value, a.Parameter.Type))
            .Select(a => $"{a.Parameter.Name}: {a.Expression}");
        return $"new {inner.Name}({string.Join(", ", arguments)})";
    }

    /// <summary>What an argument is where a call leaves it out; the number of classes has a constant of that name.</summary>
    private string DefaultOf(ClassParameter parameter, Value value) =>
        _isNetwork && parameter.Name == "classes" ? "DefaultClasses" : CSharp.Literal(value, parameter.Type);

    /// <summary>C# for the type of an argument.</summary>
    private static string TypeName(string type) => type == "Extent" ? Runtime.Extent : type;

    private string Expression(ItemPlan item, string attribute) => _plan.Expressions[(item.Id, attribute)];

    /// <summary>An attribute as the forward pass can read it: a literal, or a field that the constructor sets.</summary>
    private string InForward(ItemPlan item, string attribute, string type)
    {
        var expression = Expression(item, attribute);
        if (expression.All(c => !char.IsLetter(c)) || expression is "true" or "false" || double.TryParse(expression, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return expression;
        var name = "_" + Names.Camel(item.Member).TrimStart('@') + (attribute == "present" ? "" : Names.Pascal(attribute));
        if (_fields.All(f => f.Name != name))
            _fields.Add((type, name, expression));
        return name;
    }

    public void EmitForward(IReadOnlyList<string> lines)
    {
        _writer.Line("/// <inheritdoc/>");
        var parameters = string.Join(", ", Enumerable.Range(0, _plan.Inputs.Count).Select(i => $"{Runtime.Tensor} {_variables[new PortRef(i, "", 0, 0)]}"));
        using (_writer.Block($"public override {ResultType} forward({parameters})"))
        {
            _writer.Line($"using var scope = {Runtime.NewDisposeScope}();");
            foreach (var line in lines)
                _writer.Line(line);
        }
    }

    /// <summary>The statements of the forward pass; made before the constructor is written, which sets the fields they read.</summary>
    public IReadOnlyList<string> ForwardLines()
    {
        var lines = new List<string>();
        foreach (var item in Ordered())
            lines.AddRange(Statements(item));
        var results = _plan.Outputs.Select(Owned).ToList();
        lines.Add(_isNetwork
            ? $"return new Output({string.Join(", ", results)});"
            : results.Count == 1 ? $"return {results[0]};" : $"return ({string.Join(", ", results)});");
        return lines;
    }

    private string Owned(PortRef output)
    {
        var variable = Read(output);
        if (MayBeInput(output) is not { } input)
            return $"{variable}.MoveToOuterDisposeScope()";
        // An input belongs to the caller: what is returned must be a tensor of its own.
        return variable == input ? $"{variable}.alias().MoveToOuterDisposeScope()"
            : $"(ReferenceEquals({variable}, {input}) ? {variable}.alias() : {variable}).MoveToOuterDisposeScope()";
    }

    private string? MayBeInput(PortRef port)
    {
        while (!port.IsInput)
        {
            var item = Find(port);
            if (item.IsAlways || item.Pass is not { } pass)
                return null;
            port = pass;
        }
        return _variables[port];
    }

    /// <summary>Every layer after those that it needs.</summary>
    private List<ItemPlan> Ordered()
    {
        var ordered = new List<ItemPlan>();
        var seen = new HashSet<ItemPlan>();
        foreach (var item in _plan.Items)
            Visit(item);
        return ordered;

        void Visit(ItemPlan item)
        {
            if (!seen.Add(item))
                return;
            foreach (var port in item.Inputs.Concat(item.Pass is { } pass ? [pass] : []))
            {
                if (!port.IsInput)
                    Visit(Find(port));
            }
            ordered.Add(item);
        }
    }

    private ItemPlan Find(PortRef port) => _items[port.Item];

    private string Read(PortRef port)
    {
        string? variable;
        for (; !_variables.TryGetValue(port, out variable); port = Find(port).Pass!.Value)
        {
            if (!Find(port).IsNever)
                throw new InvalidOperationException($"{_plan.Name}: {port} has no variable");
        }
        return variable;
    }

    private string Variable(string name)
    {
        var camel = Names.Camel(name);
        var unique = camel;
        for (var number = 2; !_taken.Add(unique); number++)
            unique = camel + number.ToString(CultureInfo.InvariantCulture);
        return unique;
    }

    private IEnumerable<string> Statements(ItemPlan item)
    {
        if (item.IsNever)
            return [];
        return item.Primitive is { } primitive ? Apply(item, primitive) : Call(item);
    }

    private IEnumerable<string> Apply(ItemPlan item, Primitive primitive)
    {
        var inputs = item.Inputs.Select(Read).ToList();
        var member = Owner(item);
        if (item.UsesMember && ShapeInference.PadsAtRunTime(primitive) && item.Items.Any(i => i.IsPresent && i.Primitive!.Pair("kernel") != (1, 1)))
            inputs[0] = $"{Runtime.Layers}.PadSame({inputs[0]}, {member})";
        var variable = Variable(item.Sample.IsOutput ? item.Id : item.Member);
        var value = item.UsesMember
            ? item.IsAlways
                ? $"{member}.call({string.Join(", ", inputs)})"
                : $"{member} is null ? {Read(item.Pass!.Value)} : {member}.call({string.Join(", ", inputs)})"
            : item.IsAlways
                ? Operation(item, primitive, inputs)
                : $"{InForward(item, "present", "bool")} ? {Operation(item, primitive, inputs)} : {Read(item.Pass!.Value)}";
        _variables[new PortRef(-1, item.Id, 0, 0)] = variable;
        yield return $"var {variable} = {value};";
    }

    private string Operation(ItemPlan item, Primitive primitive, IReadOnlyList<string> inputs)
    {
        var x = inputs[0];
        switch (primitive.Op.Kind)
        {
            case OpKind.Relu:
                return CanOverwrite(item) ? $"{x}.relu_()" : $"{x}.relu()";
            case OpKind.Relu6:
                return CanOverwrite(item) ? $"{x}.relu6_()" : $"{x}.relu6()";
            case OpKind.Sigmoid:
                return $"{x}.sigmoid()";
            case OpKind.HardSigmoid:
                return $"{Runtime.Functional}.hardsigmoid({x})";
            case OpKind.HardSwish:
                return $"{Runtime.Functional}.hardswish({x})";
            case OpKind.GlobalAvgPool:
                return $"{Runtime.Functional}.adaptive_avg_pool2d({x}, 1)";
            case OpKind.Add:
                return inputs.Skip(1).Aggregate(x, (sum, y) => $"{Runtime.Layers}.Add({sum}, {y})");
            case OpKind.Multiply:
                return $"{x}.mul({inputs[1]})";
            case OpKind.Mean:
                return $"{Runtime.Layers}.Mean({string.Join(", ", inputs)})";
            case OpKind.PixelShuffle:
                return $"{Runtime.Functional}.pixel_shuffle({x}, {InForward(item, "factor", "int")})";
            case OpKind.Max:
                return inputs.Skip(1).Aggregate(x, (max, y) => $"{Runtime.Maximum}({max}, {y})");
            case OpKind.Concat:
                return $"{Runtime.Concatenate}([{string.Join(", ", inputs)}], dim: 1)";
            case OpKind.Dropout:
                return $"{Runtime.Functional}.dropout({x}, {InForward(item, "probability", "double")}, training)";
            case OpKind.Resize:
                var align = primitive.Attributes["align_corners"].Bool ? ", alignCorners: true" : "";
                if (inputs.Count == 2)
                    return $"{Runtime.Layers}.Resize({x}, to: {inputs[1]}{align})";
                var grid = primitive.Attributes["grid"].Word;
                return $"{Runtime.Layers}.Resize({x}, factor: {InForward(item, "factor", "double")}{align}{(grid == "size" ? "" : $", grid: {Runtime.ResizeGrid}.{Names.Pascal(grid)}")})";
            case OpKind.MaxPool:
            case OpKind.AvgPool:
                return Pool(item, primitive, x);
            default:
                throw new InvalidOperationException(primitive.Op.Name);
        }
    }

    private string Pool(ItemPlan item, Primitive primitive, string x)
    {
        var method = (primitive.Op.Kind == OpKind.MaxPool ? "MaxPool" : "AvgPool") + (ShapeInference.PadsAtRunTime(primitive) ? "Same" : "");
        var text = $"{Runtime.Layers}.{method}({x}, kernel: {InForward(item, "kernel", "Extent")}";
        foreach (var (attribute, name, type) in new[]
            { ("stride", "stride", "Extent"), ("rate", "rate", "Extent"), ("padding", "padding", "Extent"), ("ceil", "ceil", "bool"), ("count_padding", "countPadding", "bool") })
        {
            // Windows of TensorFlow's SAME never reach beyond what they pad: there is nothing to round up.
            if (attribute is "padding" or "ceil" && ShapeInference.PadsAtRunTime(primitive))
                continue;
            if (primitive.Attributes.TryGetValue(attribute, out var value) && value.IsWord)
            {
                var padding = ShapeInference.Padding(primitive);
                text += padding == (0, 0) ? "" : $", padding: ({padding.Vertical}, {padding.Horizontal})";
                continue;
            }
            if (!_plan.Expressions.TryGetValue((item.Id, attribute), out var expression))
                continue;
            if (primitive.Op.Find(attribute)!.Default is not { } normal || expression != CSharp.Literal(normal, "int"))
                text += $", {name}: {InForward(item, attribute, type)}";
        }
        return text + ")";
    }

    /// <summary>
    /// Whether an activation may write over its input: nobody else reads it, and it comes from an operation whose gradient
    /// does not need its own result.
    /// </summary>
    private bool CanOverwrite(ItemPlan item)
    {
        var input = item.Inputs[0];
        if (input.IsInput || Find(input) is not { IsAlways: true, Primitive.Op.Kind: OpKind.Conv or OpKind.DepthwiseConv or OpKind.BatchNorm or OpKind.Add or OpKind.Concat } source)
            return false;
        if (source.Primitive.Op.Kind == OpKind.Concat && source.Inputs.Count == 1)
            return false;
        return item.IsAlways && _readers[input] == 1;
    }

    /// <summary>The member that an item runs on.</summary>
    private string Owner(ItemPlan item) => item.Shares is { } other ? _plan.Items.First(i => i.Id == other).Member : item.Member;

    private IEnumerable<string> Call(ItemPlan item)
    {
        var (sample, member) = (item.Sample, Owner(item));
        var last = sample.Calls.Count - 1;
        var inputs = item.Inputs.Select(Read).ToList();
        var results = _planner.ClassOf(sample.Calls[last].Callee).Outputs.Count;
        if (!item.IsList)
        {
            var names = Enumerable.Range(0, results).Select(r => Result(item, 0, r)).ToList();
            var target = results == 1 ? $"var {names[0]}" : $"var ({string.Join(", ", names)})";
            var call = $"{member}.call({string.Join(", ", inputs)})";
            yield return item.IsAlways ? $"{target} = {call};" : $"{target} = {member} is null ? {Read(item.Pass!.Value)} : {call};";
            yield break;
        }
        var isTapped = results > 1 || _usedUnits[item.Id].Any(u => u != last);
        var rest = string.Concat(inputs.Skip(1).Select(i => ", " + i));
        if (!isTapped)
        {
            var variable = Result(item, last, 0);
            yield return $"var {variable} = {inputs[0]};";
            if (!item.IsAlways)
                yield return $"if ({member} is not null)";
            yield return $"{(item.IsAlways ? "" : "    ")}foreach (var unit in {member})";
            yield return $"{(item.IsAlways ? "" : "    ")}    {variable} = unit.call({variable}{rest});";
            yield break;
        }
        var feed = inputs[0];
        for (var unit = 0; unit <= last; unit++)
        {
            var names = Enumerable.Range(0, results).Select(r => Result(item, unit, r)).ToList();
            var target = results == 1 ? $"var {names[0]}" : $"var ({string.Join(", ", names)})";
            yield return $"{target} = {member}[{unit}].call({feed}{rest});";
            feed = names[0];
        }
    }

    private string Result(ItemPlan item, int unit, int result)
    {
        var callee = item.Sample.Calls[unit].Callee;
        var isLast = unit == item.Sample.Calls.Count - 1;
        var name = item.Member + (isLast ? "" : "_" + unit.ToString(CultureInfo.InvariantCulture))
            + (result == 0 ? "" : Names.Pascal(callee.Outputs[result].Name));
        return _variables[new PortRef(-1, item.Id, unit, result)] = Variable(name);
    }

    private IEnumerable<string> ResultNames()
    {
        var sample = _plan.Instances[0];
        var taken = new HashSet<string>();
        for (var i = 0; i < _plan.Outputs.Count; i++)
        {
            var name = i == 0 ? sample.Outputs[i].Item?.Member ?? "Result" : Names.Pascal(sample.Outputs[i].Name);
            while (!taken.Add(name))
                name += "_";
            yield return name;
        }
    }

    /// <summary>Writes where the class stands in the network and what passes through it there.</summary>
    private void EmitUses(Module sample)
    {
        const int Shown = 5;
        var uses = _plan.Instances.GroupBy(m => m.Path).Select(g => g.First()).ToList();
        var width = uses.Take(Shown).Max(m => m.Path.Length);
        _writer.Line("/// <remarks>");
        if (sample.Source.Length > 0)
            _writer.Line($"/// {CSharp.Xml(sample.Source)}.");
        _writer.Line("/// <code>");
        foreach (var module in uses.Take(Shown))
        {
            var inputs = string.Join(", ", module.Inputs.Select(i => i.Shape.ToString()));
            _writer.Line($"/// {CSharp.Xml(module.Path.PadRight(width))}  {inputs} to {string.Join(", ", module.Outputs.Select(o => o.Shape.ToString()))}");
        }
        if (uses.Count > Shown)
            _writer.Line($"/// and {uses.Count - Shown} more");
        _writer.Line("/// </code>");
        _writer.Line("/// </remarks>");
    }

    private string DescribeMember(ItemPlan item)
    {
        var key = $"<c>{CSharp.Xml(item.Key)}</c>";
        var sample = item.Sample;
        if (sample.Primitive is { } p)
        {
            if (p.Op.Kind == OpKind.BatchNorm)
                return $"{key}: {(p.IsFrozen ? "frozen " : "")}batch norm.";
            if (p.Op.Kind == OpKind.Crf)
                return $"{key}: mean-field steps of a dense CRF.";
            return $"{key}: {DescribeConvolution(item, p)}.";
        }
        var first = sample.Calls[0].Callee;
        var last = sample.Calls[sample.Calls.Count - 1].Callee;
        var units = item.IsList ? $"{sample.Calls.Count} unit{(sample.Calls.Count == 1 ? "" : "s")}" : CSharp.Xml(FirstSentence(first.Summary));
        if (_plan.Instances.Select(m => m.Path).Distinct().Count() > 1)
            return $"{key}{(units.Length > 0 ? ": " + units : "")}.";
        return $"{key}{(units.Length > 0 ? ": " + units : "")}; {string.Join(", ", first.Inputs.Select(i => i.Shape))} to {last.Outputs[0].Shape}{RatesOf(sample)}.";
    }

    private string DescribeConvolution(ItemPlan item, Primitive primitive)
    {
        var (kernel, rate) = (Expression(item, "kernel"), Expression(item, "rate"));
        var sides = primitive.Pair("kernel");
        return (int.TryParse(kernel, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $"{sides.Vertical}x{sides.Horizontal} " : "")
            + (primitive.Op.Kind == OpKind.DepthwiseConv ? "depthwise convolution" : "convolution")
            + (rate == "1" ? "" : int.TryParse(rate, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? $" at atrous rate {rate}" : $" at atrous rate <c>{CSharp.Xml(rate)}</c>");
    }

    private static string FirstSentence(string text)
    {
        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return (end < 0 ? text : text.Substring(0, end)).TrimEnd('.');
    }

    private static string RatesOf(Item item)
    {
        if (!item.IsList)
            return "";
        var rates = item.Calls.Select(c => c.Callee.Arguments.FirstOrDefault(a => a.Parameter.Name == "rate").Value).ToList();
        return rates.All(r => r.IsInt) && rates.Any(r => r.Int != 1) ? $"; atrous rates {string.Join(", ", rates)}" : "";
    }
}
