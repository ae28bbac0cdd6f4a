using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>References: what a path of names means, in this module, inside of its layers, and around it.</summary>
internal sealed partial class ModuleBuilder
{
    /// <summary>The port that a reference means; null, reported, where there is none.</summary>
    public Port? Resolve(Reference reference)
    {
        var path = reference.Path.Split('.');
        if (Lookup(path, reference.Span, out var isKnown) is { } port)
            return port;
        if (!isKnown)
        {
            Diagnostics.Report(Rules.UnknownLayer, reference.Span, reference.Path, Suggestion.For(path[0], VisibleNames()));
        }
        return null;
    }

    private IEnumerable<string> VisibleNames() =>
        Module.Inputs.Where(i => !_captured.ContainsValue(i)).Select(i => i.Name)
            .Concat(_slots.Where(s => !s.Item.IsOutput).Select(s => s.Item.Id)).Concat(_outer?.VisibleNames() ?? []);

    private Port? Lookup(string[] path, SourceSpan span, out bool isKnown)
    {
        isKnown = true;
        if (_slotById.TryGetValue(path[0], out var slot))
        {
            var output = Demand(slot, span);
            return path.Length == 1 ? output : Descend(slot.Item, path, 1, span);
        }
        if (path.Length == 1 && Module.Inputs.FirstOrDefault(i => i.Name == path[0]) is { } input)
            return input;
        if (_outer is null)
        {
            isKnown = false;
            return null;
        }
        if (_outer.Lookup(path, span, out isKnown) is not { } outer)
            return null;
        if (!_captured.TryGetValue(outer, out var inner))
        {
            inner = new Port(string.Join("_", path), outer.Shape);
            _captured.Add(outer, inner);
            Module.Inputs.Add(inner);
        }
        return inner;
    }

    /// <summary>Follows a path into an item of this module and brings the port found there up to this module.</summary>
    private Port? Descend(Item item, string[] path, int at, SourceSpan span)
    {
        if (item.IsPresent && item.Taps.Count > 0)
        {
            if (at + 1 == path.Length && item.Taps.TryGetValue(path[at], out var tap))
                return tap;
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path),
                $"; '{item.Id}' runs at the scales {string.Join(", ", item.Taps.Keys)}");
            return null;
        }
        if (!item.IsPresent || item.Calls.Count == 0)
        {
            if (item.IsPresent && item.Primitive is null)
                return null;
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path),
                item.IsPresent ? $"; '{item.Id}' is an operation and has no layers in it" : $"; 'when' switches '{item.Id}' off here");
            return null;
        }
        var name = string.Join("_", path.Skip(at - 1));
        var unit = 0;
        if (item.IsList)
        {
            if (!int.TryParse(path[at], NumberStyles.None, CultureInfo.InvariantCulture, out unit) || unit >= item.Calls.Count)
            {
                Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path),
                    $"; '{item.Id}' has units 0 to {item.Calls.Count - 1}");
                return null;
            }
            at++;
        }
        var call = item.Calls[unit];
        if (at == path.Length)
            return call.Results[0];
        if (FindInside(call.Callee, path, at, span) is not { } inner)
            return null;
        var port = Export(item, unit, inner, name);
        // The units of a list stay of one class: what one gives out, all do.
        foreach (var other in item.Calls.Where(c => c != call))
        {
            if (FindInside(other.Callee, path, at, span) is { } twin)
                Export(item, item.Calls.IndexOf(other), twin, twin.Name);
        }
        return port;
    }

    private Port? FindInside(Module module, string[] path, int at, SourceSpan span)
    {
        if (module.Find(path[at]) is not { } item || item.Output is null)
        {
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path), Suggestion.For(path[at], module.Items.Select(i => i.Id)));
            return null;
        }
        if (at + 1 == path.Length)
            return item.Output;
        if (item.Calls.Count == 0)
        {
            Diagnostics.Report(Rules.UnknownLayer, span, string.Join(".", path), $"; '{item.Id}' has no layers in it");
            return null;
        }
        return Descend(item, path, at + 1, span);
    }

    private Port Export(Item item, int unit, Port inner, string name)
    {
        var call = item.Calls[unit];
        var index = call.Callee.Outputs.IndexOf(inner);
        if (index >= 0 && index < call.Results.Count)
            return call.Results[index];
        if (index < 0)
            call.Callee.Outputs.Add(inner);
        var port = new Port(name, inner.Shape) { Item = item, Unit = unit, Result = call.Results.Count };
        call.Results.Add(port);
        return port;
    }
}
