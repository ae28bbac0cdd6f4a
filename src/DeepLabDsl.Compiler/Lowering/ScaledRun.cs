using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// What a layer is made of, run once more with the same weights on rescaled inputs (DeepLab v2 §4.1): a copy of its items
/// whose shapes are those of the other scale.
/// </summary>
/// <param name="context">The network's lowering.</param>
/// <param name="module">The module that all of it stands in.</param>
/// <param name="layer">The layer that runs another at several scales; the copies stand before it.</param>
/// <param name="scale">The name of the scale.</param>
/// <param name="factor">The factor of height and width.</param>
/// <param name="resize">How inputs are resized, and results back.</param>
/// <param name="span">Where the factor stands.</param>
internal sealed class ScaledRun(
    Lowering context, Module module, Item layer, string scale, Value factor, IReadOnlyDictionary<string, Value> resize, SourceSpan span)
{
    private readonly Dictionary<Port, Port> _ports = [];
    private readonly HashSet<Item> _copied = [];
    private readonly List<(Call From, Call To, Item Owner)> _calls = [];
    private readonly string _path = $"{layer.Id}.{scale}";

    /// <summary>Adds the copies to the module and gives the one of a port; its shape is unknown, reported, where that fails.</summary>
    public Port Add(Port port)
    {
        if (_ports.TryGetValue(port, out var known))
            return known;
        if (port.Item is null)
            return _ports[port] = AddResize(port, null);
        if (_copied.Contains(port.Item))
            return Endless(port);
        Copy(port.Item, module, shares: port.Item.Shares ?? port.Item.Id);
        return _ports[port];
    }

    /// <summary>Adds a resize of a port by the run's factor, or to the size of another port.</summary>
    public Port AddResize(Port port, Port? to)
    {
        // No layer can have a name with an '@'.
        var id = $"{_path}.{(to is null ? port.Name : "")}@resize";
        var item = new Item { Id = id, Key = id, Member = Title(to is null ? port.Name : "Resized"), Span = span, Scale = _path };
        item.Inputs.Add(port);
        if (to is not null)
            item.Inputs.Add(to);
        var attributes = resize.Where(a => to is null || a.Key != "grid").ToDictionary(a => a.Key, a => a.Value);
        if (to is null)
            attributes["factor"] = factor;
        item.Primitive = ShapeInference.Infer(OpTable.Resize, attributes, new Dictionary<string, string>(), item, span,
            context.Diagnostics);
        Insert(item);
        return item.Output = new Port(item.Id, item.Primitive?.Output ?? Shape.Unknown) { Item = item };
    }

    /// <summary>Gives the copies the outputs that their originals got after the copy was made.</summary>
    public void Synchronize()
    {
        // Inner calls come first, so that what a call gives out is known where it is asked for.
        foreach (var (from, to, owner) in _calls)
        {
            foreach (var output in from.Callee.Outputs.Skip(to.Callee.Outputs.Count).ToList())
                to.Callee.Outputs.Add(_ports[output]);
            for (var r = to.Results.Count; r < from.Results.Count; r++)
                AddResult(from, to, owner, r);
        }
    }

    private string Title(string name) => name + Names.Pascal(scale);

    private void Insert(Item item)
    {
        context.CountLayer(span);
        module.Items.Insert(module.Items.IndexOf(layer), item);
    }

    private void Copy(Item from, Module owner, string? shares)
    {
        _copied.Add(from);
        var isInner = shares is null;
        var item = new Item
        {
            Id = isInner ? from.Id : $"{_path}.{from.Id}",
            Key = from.Key,
            Member = isInner ? from.Member : Title(from.Member),
            Span = from.Span,
            IsPresent = from.IsPresent,
            IsList = from.IsList,
            Shares = shares ?? from.Shares,
            Scale = isInner ? from.Scale : _path,
            Layer = from.Layer,
            IsStage = from.IsStage,
        };
        item.Inputs.AddRange(from.Inputs.Select(i => Find(i, owner)));
        if (!from.IsPresent)
        {
            item.Output = new Port(item.Id, item.Inputs[0].Shape) { Item = item };
        }
        else if (from.Primitive is { } p)
        {
            item.Primitive = ShapeInference.Infer(p.Op, p.Attributes, p.Sources, item, span, context.Diagnostics)?.WithoutParameters();
            item.Output = new Port(item.Id, item.Primitive?.Output ?? Shape.Unknown) { Item = item };
        }
        foreach (var call in from.Calls)
            Copy(call, item, owner);
        item.Output ??= _ports.TryGetValue(from.Output!, out var output) ? output : new Port(item.Id, Shape.Unknown) { Item = item };
        _ports[from.Output!] = item.Output;
        if (owner == module)
        {
            Insert(item);
        }
        else
        {
            context.CountLayer(span);
            owner.Items.Add(item);
        }
    }

    private void Copy(Call from, Item item, Module owner)
    {
        var inputs = from.Inputs.Select(i => Find(i, owner)).ToList();
        var to = new Call(Copy(from.Callee, inputs));
        to.Inputs.AddRange(inputs);
        item.Calls.Add(to);
        for (var r = 0; r < from.Results.Count; r++)
            AddResult(from, to, item, r);
        _calls.Add((from, to, item));
    }

    private void AddResult(Call from, Call to, Item item, int result)
    {
        var old = from.Results[result];
        var port = new Port(old.Name, to.Callee.Outputs[result].Shape) { Item = item, Unit = old.Unit, Result = result };
        to.Results.Add(port);
        _ports[old] = port;
    }

    private Module Copy(Module from, IReadOnlyList<Port> inputs)
    {
        var to = new Module
        {
            TypeId = from.TypeId,
            Title = from.Title,
            Path = from.Path,
            Summary = from.Summary,
            Source = from.Source,
            Arguments = from.Arguments,
            Definition = from.Definition,
        };
        for (var i = 0; i < from.Inputs.Count; i++)
        {
            to.Inputs.Add(new Port(from.Inputs[i].Name, inputs[i].Shape));
            _ports[from.Inputs[i]] = to.Inputs[i];
        }
        foreach (var item in from.Items.Where(i => i.Output is not null))
            Find(item.Output!, to);
        // A layer may stand before those that it needs: copies come in the order of need, classes in that of the spec.
        to.Items.Sort((a, b) => from.Items.FindIndex(i => i.Id == a.Id).CompareTo(from.Items.FindIndex(i => i.Id == b.Id)));
        to.Outputs.AddRange(from.Outputs.Select(o => _ports[o]));
        return to;
    }

    private Port Find(Port port, Module owner)
    {
        if (owner == module)
            return Add(port);
        if (_ports.TryGetValue(port, out var known))
            return known;
        if (_copied.Contains(port.Item!))
            return Endless(port);
        Copy(port.Item!, owner, shares: null);
        return _ports[port];
    }

    /// <summary>What a layer is given that feeds on itself, which is reported: nothing is known of it.</summary>
    private Port Endless(Port port) => _ports[port] = new Port(port.Name, Shape.Unknown) { Item = port.Item };
}
