using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Finds where a number was written. A convolution's rate stands in a shared block as <c>$rate</c>; the place to change is
/// the list of rates in the network, several uses further out, or its multi-grid or output stride.
/// </summary>
internal sealed class Places(LoweredNetwork network)
{
    /// <summary>The key whose value decides an attribute of a layer.</summary>
    /// <param name="frames">The way to the layer, the root first.</param>
    /// <param name="attribute">The attribute.</param>
    public SourceSpan Of(IReadOnlyList<Frame> frames, string attribute)
    {
        var (at, name, span) = (frames.Count - 1, attribute, frames[frames.Count - 1].Item.Span);
        while (frames[at].Item is { Layer: { } layer } item)
        {
            if (item.IsStage && name is "rate" or "stride")
                return OfStage(item, name);
            if (layer.FindSetting(name) is not { } setting)
                return at == frames.Count - 1 ? span : layer.Span;
            span = setting.NameSpan;
            // The use of the block in whose layers the setting stands: its arguments are what '$name' means.
            var use = at - 1;
            while (use >= 0 && frames[use].Item.Layer?.Kind != LayerKind.Block)
                use--;
            if (use < 0)
                return span;
            var arguments = frames[use + 1].Module.Arguments.Select(a => a.Parameter.Name).ToList();
            var named = setting.Expression.AskedNames.Where(arguments.Contains).ToList();
            if (named.Count == 0)
                return span;
            (at, name) = (use, named.Contains(name) ? name : named[0]);
        }
        return span;
    }

    /// <summary>Where the rates of a stage are decided.</summary>
    public SourceSpan OfStage(Item stage, string attribute = "rate")
    {
        if (attribute != "rate" || network.Definition.Backbone is not { } use)
            return stage.Span;
        return (use.Rates.FirstOrDefault(r => r.Name == stage.Id) ?? use.MultiGrid.FirstOrDefault(r => r.Name == stage.Id)
            ?? use.OutputStride)?.NameSpan ?? use.Span;
    }
}
