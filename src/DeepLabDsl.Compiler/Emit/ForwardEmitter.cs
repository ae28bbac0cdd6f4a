using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

internal sealed partial class ClassEmitter
{
    /// <summary>Writes the forward pass of a class.</summary>
    internal sealed class ForwardEmitter
    {
        private readonly ClassEmitter _class;
        private readonly ClassModel _model;
        private readonly Dictionary<ClassPort, int> _readers = [];

        /// <summary>Names that the statements use for something else.</summary>
        private readonly HashSet<string> _taken = ["scope", "training", "unit"];
        private readonly List<string> _lines = [];
        private readonly List<string> _inputs = [];

        public ForwardEmitter(ClassEmitter owner)
        {
            _class = owner;
            _model = owner._model;
            _taken.UnionWith(_model.Items.Where(i => i.IsMember).Select(i => i.Member));
            foreach (var (name, _) in _model.Inputs)
                _inputs.Add(Variable(name));
            foreach (var port in _model.Items.SelectMany(i => i.Inputs).Concat(Results()))
                _readers[port] = _readers.TryGetValue(port, out var count) ? count + 1 : 1;
        }

        private IEnumerable<ClassPort> Results() => _class.IsNetwork
            ? ((NetworkDefinition)_model.Definition).Outputs.Select(o => ClassBuilder.OutputOf(_model, o))
            : new[] { _model.Output }.Concat(_class._taps.Select(t => _model.Resolve(t)!));

        /// <summary>The statements; made before the constructor is written, which sets the fields that they read.</summary>
        public IReadOnlyList<string> Lines()
        {
            var run = new Run(this, _inputs, "");
            foreach (var item in _model.Items)
                run.Visit(item);
            var results = new List<string>();
            var given = new HashSet<string>();
            foreach (var port in Results())
                results.Add(Owned(port, run, given));
            _lines.Add(_class.IsNetwork ? $"return new Output({string.Join(", ", results)});"
                : results.Count == 1 ? $"return {results[0]};" : $"return ({string.Join(", ", results)});");
            return _lines;
        }

        public void Emit(CodeWriter writer, IReadOnlyList<string> lines)
        {
            writer.Line("/// <inheritdoc/>");
            using (writer.Block($"public override {_class.ResultType} "
                + $"forward({string.Join(", ", _inputs.Select(i => $"{Runtime.Tensor} {i}"))})"))
            {
                writer.Line($"using var scope = {Runtime.NewDisposeScope}();");
                foreach (var line in lines)
                    writer.Statement(line);
            }
        }

        private string Owned(ClassPort port, Run run, HashSet<string> given)
        {
            var variable = run.Read(port);
            // What is given out twice must be two tensors.
            if (!given.Add(variable))
                return $"{variable}.alias().MoveToOuterDisposeScope()";
            if (MayBeLastUnit(port) is { } unit)
                return $"{Runtime.Layers}.Own({variable}, {run.Read(unit)})";
            if (MayBeInput(port) is not { } input)
                return $"{variable}.MoveToOuterDisposeScope()";
            // An input belongs to the caller: what is returned must be a tensor of its own.
            return variable == input ? $"{variable}.alias().MoveToOuterDisposeScope()" : $"{Runtime.Layers}.Own({variable}, {input})";
        }

        /// <summary>The unit whose result that of a list is, where the list may end with it and both are given out.</summary>
        private ClassPort? MayBeLastUnit(ClassPort port) =>
            port is { Item: { IsList: true, IsBranches: false, Count.Constant: null } item, Unit: < 0, Inside: "" }
                && _class.TappedUnits(item) is { Count: > 0 } units
                ? new ClassPort(item, Unit: units[units.Count - 1]) : null;

        private string? MayBeInput(ClassPort port)
        {
            while (port.Item is { } item)
            {
                if (port.Unit >= 0 || port.Inside.Length > 0 || port.Scale.Length > 0 || (item.IsAlways && !item.MayPass))
                    return null;
                port = PassOf(item);
            }
            return _inputs[port.Input];
        }

        private static ClassPort PassOf(ClassItem item) => item.Inputs.Count > 0 ? item.Inputs[0] : new ClassPort(null, 0);

        private string Variable(string name)
        {
            var camel = Names.Camel(name);
            var unique = camel;
            for (var number = 2; !_taken.Add(unique); number++)
                unique = camel + number.ToString(CultureInfo.InvariantCulture);
            return unique;
        }

        /// <summary>
        /// Whether an activation may write over its input: nobody else reads it, and it comes from an operation whose gradient does
        /// not need its own result.
        /// </summary>
        private bool CanOverwrite(ClassItem item) => item.IsAlways && IsFresh(item.Inputs[0]);

        private bool IsFresh(ClassPort port)
        {
            if (port.Item is not { IsAlways: true, Op: { } op } source || port.Scale.Length > 0 || source.Scales.Count > 0
                || _readers[port] != 1)
                return false;
            return op.Kind switch
            {
                OpKind.Conv or OpKind.DepthwiseConv or OpKind.BatchNorm => true,
                OpKind.Norm => IsFresh(source.Inputs[0]),
                // One map alone may come out as it is.
                OpKind.Add or OpKind.Concat =>
                    source.Inputs.Count(i => !source.IsMerge || i.Item is { IsAlways: true, IsBranches: false }) > 1,
                _ => false,
            };
        }

        /// <summary>An attribute as the forward pass can read it: a literal, or a field that the constructor sets.</summary>
        private string InForward(ClassItem item, string attribute, Term term, CodeType type)
        {
            var expression = _class._terms.Write(term, type);
            if (term.Constant is { } value && !(value.IsNumber && value.PerClass != 0))
                return expression;
            return Field(TermWriter.NameOf(type), "_" + Names.Camel(item.Member).TrimStart('@') + Names.Pascal(attribute).TrimStart('_'),
                expression);
        }

        private string Field(string type, string name, string expression)
        {
            while (_class._fields.Any(f => f.Name == name && f.Expression != expression) || _class._signature.Free(name) != name)
                name += "_";
            if (_class._fields.All(f => f.Name != name))
                _class._fields.Add((type, name, expression));
            return name;
        }

        private string DefaultsField() => Field(Runtime.LayerDefaults, "_defaults", _class.Defaults);

        /// <summary>One pass through the layers: that of the class, or a run of some of them on inputs of another scale.</summary>
        private sealed class Run(ForwardEmitter forward, IReadOnlyList<string> inputs, string suffix)
        {
            private readonly Dictionary<ClassPort, string> _variables = [];
            private readonly HashSet<ClassItem> _seen = [];

            private ClassEmitter Class => forward._class;

            public string Read(ClassPort port)
            {
                while (port.Item is { } item)
                {
                    if (_variables.TryGetValue(port, out var variable))
                        return variable;
                    port = PassOf(item);
                }
                return inputs[port.Input];
            }

            /// <summary>Every layer after those that it needs.</summary>
            public void Visit(ClassItem item)
            {
                if (!_seen.Add(item))
                    return;
                foreach (var port in item.Inputs)
                {
                    if (port.Item is not null)
                        Visit(port.Item);
                }
                if (item.IsNever)
                    return;
                if (item.Scales.Count > 0)
                    RunScales(item);
                else if (item.Op is not null)
                    Apply(item, item.Op);
                else
                    Call(item);
            }

            private void Line(string line) => forward._lines.Add(line);

            private string Set(ClassItem item, string value, ClassPort? port = null, string? name = null)
            {
                var variable = forward.Variable((name ?? (item.Output is { } output ? "output." + output.Name : item.Member)) + suffix);
                Line($"var {variable} = {value};");
                _variables[port ?? new ClassPort(item)] = variable;
                return variable;
            }

            /// <summary>What a layer is run on again at other scales, and all results joined at the size of the first.</summary>
            private void RunScales(ClassItem item)
            {
                var source = item.Inputs[0];
                var results = new List<string> { Read(source) };
                foreach (var (name, factor) in item.Scales)
                {
                    var title = Names.Pascal(name);
                    var resized = inputs.Select((input, i) =>
                    {
                        if (!Needs(source, i))
                            return input;
                        var variable = forward.Variable(forward._model.Inputs[i].Name + title + suffix);
                        var resize = new Dictionary<string, Term>(item.Attributes) { ["factor"] = factor };
                        Line($"var {variable} = {Resize(item, input, null, resize, title)};");
                        return variable;
                    }).ToList();
                    var run = new Run(forward, resized, title + suffix);
                    if (source.Item is not null)
                        run.Visit(source.Item);
                    var result = run.Read(source);
                    _variables[new ClassPort(item, Scale: name)] = result;
                    var back = item.Attributes.Where(a => a.Key != "grid" && a.Key != "factor").ToDictionary(a => a.Key, a => a.Value);
                    var same = forward.Variable(item.Member + "Resized" + title + suffix);
                    Line($"var {same} = {Resize(item, result, Read(source), back, title)};");
                    results.Add(same);
                }
                var joined = Join(item.Op!, results, isSpread: false);
                Set(item, item.IsAlways ? joined : $"{Presence(item)} ? {joined} : {Read(source)}");
            }

            /// <summary>Whether a result is made of an input.</summary>
            private bool Needs(ClassPort port, int input)
            {
                var seen = new HashSet<ClassItem>();
                return Reaches(port);

                bool Reaches(ClassPort from) => from.Item is null ? from.Input == input : seen.Add(from.Item)
                    && from.Item.Inputs.Any(Reaches);
            }

            private string Presence(ClassItem item) => forward.InForward(item, "", item.Presence, CodeType.Bool);

            private void Apply(ClassItem item, OpInfo op)
            {
                if (item.IsMember)
                {
                    var inputs = string.Join(", ", item.Inputs.Select(Read));
                    var isNullable = !item.IsAlways || op.Kind == OpKind.Norm;
                    Set(item, isNullable ? $"{item.Member}?.call({inputs}) ?? {Read(PassOf(item))}" : $"{item.Member}.call({inputs})");
                    return;
                }
                var value = item.IsMerge ? Merge(item, op) : Operation(item, op);
                Set(item, item.IsAlways ? value : $"{Presence(item)} ? {value} : {Read(PassOf(item))}");
            }

            private string Merge(ClassItem item, OpInfo op)
            {
                var parts = new List<string>();
                foreach (var branch in item.Inputs)
                {
                    var variable = Read(branch);
                    parts.Add(branch.Item is { IsBranches: true } ? $".. {variable}"
                        : branch.Item is { IsAlways: false } there ? $".. {Runtime.Layers}.If({IsThere(there)}, {variable})" : variable);
                }
                return Join(op, parts, parts.Any(p => p.StartsWith("..", StringComparison.Ordinal)));
            }

            private string IsThere(ClassItem item) => item.IsMember ? $"{item.Member} is not null" : Presence(item);

            private static string Join(OpInfo op, IReadOnlyList<string> parts, bool isSpread)
            {
                var all = string.Join(", ", parts);
                return op.Kind switch
                {
                    OpKind.Concat => $"{Runtime.Concatenate}([{all}], dim: 1)",
                    OpKind.Mean => $"{Runtime.Layers}.Mean([{all}])",
                    OpKind.Max when parts.Count == 2 && !isSpread => $"{Runtime.Maximum}({all})",
                    OpKind.Max => $"{Runtime.Layers}.Maximum([{all}])",
                    _ when parts.Count == 2 && !isSpread => $"{Runtime.Layers}.Add({all})",
                    _ => $"{Runtime.Layers}.Sum([{all}])",
                };
            }

            private string Operation(ClassItem item, OpInfo op)
            {
                var inputs = item.Inputs.Select(Read).ToList();
                var x = inputs[0];
                switch (op.Kind)
                {
                    case OpKind.Activation:
                        var place = forward.CanOverwrite(item) ? ", inPlace: true" : "";
                        return item.Activation is SymbolTerm { Meaning: SymbolKind.Default }
                            ? $"{forward.DefaultsField()}.Activate({x}{place})"
                            : $"{Runtime.Layers}.Activate({x}, "
                                + $"{forward.InForward(item, "activation", item.Activation!, CodeType.Activation)}{place})";
                    case OpKind.Relu:
                        return forward.CanOverwrite(item) ? $"{x}.relu_()" : $"{x}.relu()";
                    case OpKind.Relu6:
                        return forward.CanOverwrite(item) ? $"{x}.relu6_()" : $"{x}.relu6()";
                    case OpKind.Sigmoid:
                        return $"{x}.sigmoid()";
                    case OpKind.HardSigmoid:
                        return $"{Runtime.Functional}.hardsigmoid({x})";
                    case OpKind.HardSwish:
                        return $"{Runtime.Functional}.hardswish({x})";
                    case OpKind.GlobalAvgPool:
                        return $"{Runtime.Functional}.adaptive_avg_pool2d({x}, 1)";
                    case OpKind.Multiply:
                        return $"{x}.mul({inputs[1]})";
                    case OpKind.Add or OpKind.Max or OpKind.Mean or OpKind.Concat:
                        return Join(op, inputs, isSpread: false);
                    case OpKind.PixelShuffle:
                        return item.Attributes.TryGetValue("factor", out var factor)
                            ? $"{Runtime.Functional}.pixel_shuffle({x}, {forward.InForward(item, "factor", factor, CodeType.Int)})"
                            : $"{forward.DefaultsField()}.PixelShuffle({x})";
                    case OpKind.Dropout:
                        return item.Attributes.TryGetValue("probability", out var probability)
                            ? $"{Runtime.Functional}.dropout({x}, {forward.InForward(item, "probability", probability, CodeType.Double)}, "
                                + "training)"
                            : $"{forward.DefaultsField()}.Dropout({x}, training)";
                    case OpKind.Resize:
                        return Resize(item, x, inputs.Count > 1 ? inputs[1] : null, item.Attributes, "");
                    case OpKind.MaxPool:
                        return $"{Source(item)}.MaxPool({x}{Arguments(item, op, item.Attributes, "")})";
                    case OpKind.AvgPool:
                        return $"{Source(item)}.AvgPool({x}{Arguments(item, op, item.Attributes, "")})";
                    default:
                        throw new InvalidOperationException(op.Name);
                }
            }

            /// <summary>Who does it: the defaults in force, where something is left to them.</summary>
            private string Source(ClassItem item) => forward._model.Inherits && ClassNeeds.IsOpen(item) ? forward.DefaultsField()
                : Runtime.Layers;

            private string Resize(ClassItem item, string x, string? to, IReadOnlyDictionary<string, Term> attributes, string scale)
            {
                var isOpen = forward._model.Inherits
                    && (!attributes.ContainsKey("align_corners")
                    || (to is null && !(attributes.ContainsKey("grid") && attributes.ContainsKey("factor"))));
                var target = to is null ? "" : $", to: {to}";
                var stated = to is null ? attributes
                    : attributes.Where(a => a.Key == "align_corners").ToDictionary(a => a.Key, a => a.Value);
                var resizer = isOpen ? forward.DefaultsField() : Runtime.Layers;
                return $"{resizer}.Resize({x}{target}{Arguments(item, OpTable.Resize, stated, scale)})";
            }

            /// <summary>What is stated of an operation; in a network what it is anyway left out.</summary>
            private string Arguments(ClassItem item, OpInfo op, IReadOnlyDictionary<string, Term> attributes, string scale) =>
                string.Concat(op.Attributes
                .Where(a => attributes.ContainsKey(a.Name))
                .Where(a => forward._model.Inherits || a.Default is not { } usual || attributes[a.Name].Constant is not { } value
                    || !value.Equals(usual))
                .Select(a => $", {Names.Camel(a.Name)}: "
                    + $"{forward.InForward(item, a.Name + (a.Name == "factor" ? scale : ""), attributes[a.Name], AttributeType(a))}"));

            private void Call(ClassItem item)
            {
                if (Class.ListOf(item) is { } branches)
                    CallBranches(item, branches);
                else if (item.IsBranches)
                    Each(item);
                else if (item.IsList)
                    CallUnits(item);
                else
                    CallOne(item);
            }

            private void CallBranches(ClassItem item, ClassModel branches)
            {
                var op = branches.Output.Item!.Op!;
                var value = Join(op, [$".. {Runtime.Layers}.Each({item.Member}, {Read(item.Inputs[0])})"], isSpread: true);
                Set(item, item.IsAlways ? value : $"{item.Member} is null ? {Read(item.Inputs[0])} : {value}");
            }

            private string Feed(ClassItem item, ClassCall call) =>
                string.Join(", ", (call.Callee.IsGroup ? item.Inputs.Take(1).Concat(call.Captured) : item.Inputs).Select(Read));

            private void CallOne(ClassItem item)
            {
                var (call, taps) = (item.Calls[0], Class.InnerTaps(item));
                var value = item.IsAlways ? $"{item.Member}.call({Feed(item, call)})" : $"{item.Member}?.call({Feed(item, call)})";
                var pass = Read(PassOf(item));
                if (taps.Count == 0)
                {
                    Set(item, item.IsAlways ? value : $"{value} ?? {pass}");
                    return;
                }
                var names = Targets(item, -1, taps);
                Line($"var ({string.Join(", ", names)}) = "
                    + $"{value}{(item.IsAlways ? "" : $" ?? ({string.Join(", ", names.Select(_ => pass))})")};");
            }

            /// <summary>Variables for the results of a call, the result itself first.</summary>
            private List<string> Targets(ClassItem item, int unit, IReadOnlyList<string> taps)
            {
                var name = item.Member + (unit < 0 ? "" : "_" + unit.ToString(CultureInfo.InvariantCulture));
                var names = new List<string> { forward.Variable(name + suffix) };
                _variables[new ClassPort(item, Unit: unit)] = names[0];
                foreach (var tap in taps)
                {
                    names.Add(forward.Variable(name + Names.Pascal(tap.Replace('.', '_')) + suffix));
                    _variables[new ClassPort(item, Unit: unit, Inside: tap)] = names[names.Count - 1];
                }
                return names;
            }

            /// <summary>Branches of one name: each is fed alike.</summary>
            private void Each(ClassItem item)
            {
                var (taps, feed) = (Class.InnerTaps(item), Feed(item, item.Calls[0]));
                var isSimple = taps.Count == 0 && item.Inputs.Count == 1;
                var value = isSimple ? $"{Runtime.Layers}.Each({item.Member}, {feed})"
                    : $"{Runtime.Layers}.Map({item.Member}, branch => branch.call({feed}))";
                if (!item.IsAlways)
                    value = $"{item.Member} is null ? [] : {value}";
                var variable = forward.Variable(item.Member + suffix);
                Line(taps.Count == 0 && !item.IsAlways ? $"{Runtime.Tensor}[] {variable} = {value};" : $"var {variable} = {value};");
                _variables[new ClassPort(item)] = taps.Count == 0 ? variable : $"{Runtime.Layers}.Map({variable}, branch => branch.Item1)";
                foreach (var unit in Class.TappedUnits(item))
                {
                    var place = item.There is { } there ? there.Take(unit).Count(t => t) : unit;
                    var one = $"{variable}[{place.ToString(CultureInfo.InvariantCulture)}]";
                    _variables[new ClassPort(item, Unit: unit)] = taps.Count == 0 ? one : one + ".Item1";
                    for (var t = 0; t < taps.Count; t++)
                        _variables[new ClassPort(item, Unit: unit,
                            Inside: taps[t])] = $"{one}.Item{(t + 2).ToString(CultureInfo.InvariantCulture)}";
                }
            }

            private void CallUnits(ClassItem item)
            {
                var (taps, units) = (Class.InnerTaps(item), Class.TappedUnits(item));
                var isSimple = item.Calls.All(c => c.Captured.Count == 0) && item.Inputs.Count == 1;
                if (units.Count == 0 && taps.Count == 0 && isSimple)
                {
                    var value = $"{Runtime.Layers}.Run({item.Member}, {Read(item.Inputs[0])})";
                    Set(item, item.IsAlways ? value : $"{item.Member} is null ? {Read(item.Inputs[0])} : {value}");
                    return;
                }
                var member = item.IsAlways ? item.Member : $"{Runtime.Layers}.Needed({item.Member})";
                if (units.Count == 0)
                    member = item.Member;
                var others = string.Concat((item.Calls[0].Callee.IsGroup ? item.Calls[0].Captured : item.Inputs.Skip(1)).Select(
                    p => ", " + Read(p)));
                var (x, from) = (Read(item.Inputs[0]), 0);
                foreach (var unit in units)
                {
                    if (unit > from)
                        x = Through(item, member, x, others, from, unit, taps.Count);
                    var names = Targets(item, unit, taps);
                    var one = $"{member}[{unit.ToString(CultureInfo.InvariantCulture)}]";
                    if (Class.IsMixed(item))
                        one = $"(({Class.ClassOf(item, item.CallOf(unit))}){one})";
                    Line($"var {(names.Count == 1 ? names[0] : $"({string.Join(", ", names)})")} = {one}.call({x}{others});");
                    (x, from) = (names[0], unit + 1);
                }
                var isDone = item.Count.Constant is { IsInt: true } count && count.Int == from;
                if (isDone)
                    _variables[new ClassPort(item)] = x;
                else
                    _variables[new ClassPort(item)] = Through(item, member, x, others, from, -1, taps.Count);
            }

            /// <summary>Runs a part of a list, of which nobody asks for what is inside.</summary>
            private string Through(ClassItem item, string member, string x, string others, int from, int to, int taps)
            {
                var variable = forward.Variable(item.Member + suffix);
                var end = to < 0 ? "" : ", " + to.ToString(CultureInfo.InvariantCulture);
                var range = from == 0 && to < 0 && item.IsAlways ? member
                    : $"{Runtime.Layers}.Part({member}, {from.ToString(CultureInfo.InvariantCulture)}{end})";
                Line($"var {variable} = {x};");
                Line($"foreach (var unit in {range})");
                Line(taps == 0 ? $"    {variable} = unit.call({variable}{others});"
                    : $"    ({variable}{string.Concat(Enumerable.Repeat(", _", taps))}) = unit.call({variable}{others});");
                return variable;
            }
        }
    }
}
