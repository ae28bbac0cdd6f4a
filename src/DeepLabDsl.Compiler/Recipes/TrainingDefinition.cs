using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A value that a spec's <c>training:</c> gives.</summary>
internal sealed class RecipeSetting(
    RecipeRow row, Value? value, IReadOnlyList<(string Name, SourceSpan Span, Value Factor)> factors, SourceSpan span)
{
    public RecipeRow Row { get; } = row;

    /// <summary>The value; null for a mapping.</summary>
    public Value? Value { get; } = value;

    /// <summary>The entries of a mapping.</summary>
    public IReadOnlyList<(string Name, SourceSpan Span, Value Factor)> Factors { get; } = factors;

    /// <summary>The key's place.</summary>
    public SourceSpan Span { get; } = span;
}

/// <summary>The <c>training:</c> of a network: how the paper trains it.</summary>
internal sealed class TrainingDefinition(IReadOnlyList<RecipeSetting> settings)
{
    public static readonly TrainingDefinition None = new([]);

    public IReadOnlyList<RecipeSetting> Settings { get; } = settings;

    /// <summary>Checks that layers of <c>rates</c> exist and have weights.</summary>
    public void CheckLayers(Module root, DiagnosticBag diagnostics)
    {
        foreach (var (name, span, _) in Settings.Where(s => s.Row.Name == "lr_multipliers").SelectMany(s => s.Factors))
            KeyOf(root, name, span, diagnostics);
    }

    /// <summary>The state-dict key that a path of layer names stands for; null, reported, where there is no such layer.</summary>
    public static string? KeyOf(Module root, string path, SourceSpan span, DiagnosticBag diagnostics)
    {
        var (module, key) = (root, "");
        var parts = path.Split('.');
        for (var i = 0; i < parts.Length; i++)
        {
            var layers = module.Items.Where(l => !l.IsOutput).ToList();
            if (layers.FirstOrDefault(l => l.Id == parts[i]) is not { } item)
            {
                diagnostics.Report(Rules.UnknownLayer, span, parts[i], Suggestion.For(parts[i], layers.Select(l => l.Id)));
                return null;
            }
            key = ModuleBuilder.Join(module.Path, item.Key);
            if (i == parts.Length - 1)
                break;
            var unit = 0;
            if (item.IsList && !(int.TryParse(parts[++i], out unit) && unit >= 0 && unit < item.Calls.Count))
            {
                diagnostics.Report(Rules.UnknownLayer, span, parts[i], $"; '{parts[i - 1]}' has units 0 to {item.Calls.Count - 1}");
                return null;
            }
            if (item.Calls.Count == 0)
            {
                diagnostics.Report(Rules.UnknownLayer, span, parts[i + 1], $"; '{parts[i]}' is a single operation");
                return null;
            }
            module = item.Calls[unit].Callee;
            key = item.IsList ? module.Path : key;
        }
        if (root.Primitives().Any(p => p.Primitive.Parameters > 0
            && (p.Path == key || p.Path.StartsWith(key + ".", System.StringComparison.Ordinal))))
            return key;
        diagnostics.Report(Rules.OutOfRange, span, "lr_multipliers", "of layers with weights", $"'{path}', which has none");
        return null;
    }
}
