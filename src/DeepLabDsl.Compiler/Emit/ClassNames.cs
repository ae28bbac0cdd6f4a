using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Tells a class of an assembly from all others: the definition, what of it is fixed, and what others ask of its inside.</summary>
/// <param name="Kind">Block or backbone.</param>
/// <param name="Name">The definition's name.</param>
/// <param name="Fixed">What is fixed, as <c>Parameter name=value</c> joined by semicolons.</param>
/// <param name="Taps">The paths of what it gives besides its result, joined by semicolons.</param>
public sealed record ClassKey(DefinitionKind Kind, string Name, string Fixed, string Taps)
{
    internal IReadOnlyList<string> TapPaths => Taps.Length == 0 ? [] : Taps.Split(';');

    internal static ClassKey Of(ClassModel model, IEnumerable<string> taps) => new(
        model.Definition.Kind, model.Definition.Name, string.Join(
            ";", model.Fixed.Select(f => $"{f.Symbol.Meaning} {f.Symbol.Name}={f.Value}")), string.Join(";", taps));

    internal IReadOnlyList<(SymbolKind Meaning, string Name, Value Value)> FixedValues()
    {
        var values = new List<(SymbolKind, string, Value)>();
        foreach (var one in Fixed.Split([';'], StringSplitOptions.RemoveEmptyEntries))
        {
            var (blank, sign) = (one.IndexOf(' '), one.IndexOf('='));
            values.Add((
                (SymbolKind)Enum.Parse(typeof(SymbolKind), one.Substring(0, blank)), one.Substring(blank + 1, sign - blank - 1),
                ExpressionParser.Parse(one.Substring(sign + 1)).Evaluate(Binder.EmptyScope.Instance)));
        }
        return values;
    }
}

/// <summary>The class of a definition.</summary>
/// <param name="Kind">What the definition defines.</param>
/// <param name="Name">The definition's name.</param>
/// <param name="Class">The C# class, which no other definition of the project has.</param>
public sealed record DefinitionClass(DefinitionKind Kind, string Name, string Class)
{
    /// <summary>The classes of all definitions of a project. Networks keep the names that they ask for.</summary>
    internal static IReadOnlyList<DefinitionClass> Of(IEnumerable<DefinitionSyntax> definitions)
    {
        // Classes are files, too, which no file system need tell apart by case.
        var taken = new HashSet<string>([ReservedNames.CatalogClass, ReservedNames.TextsClass], StringComparer.OrdinalIgnoreCase);
        var classes = new List<DefinitionClass>();
        foreach (var definition in definitions.OrderBy(
            d => d.Kind switch { DefinitionKind.Network => 0, DefinitionKind.Backbone => 1, _ => 2 }))
        {
            var name = definition.ClassName;
            if (definition.Kind != DefinitionKind.Network)
            {
                if (taken.Contains(name))
                    name += definition.Kind.ToString();
                while (taken.Contains(name))
                    name += "_";
            }
            taken.Add(name);
            classes.Add(new DefinitionClass(definition.Kind, definition.Name, name));
        }
        return classes;
    }
}

/// <summary>The C# names of the classes of a project.</summary>
internal sealed class ClassNames(IEnumerable<DefinitionClass> definitions)
{
    private readonly Dictionary<(DefinitionKind, string), string> _classes =
        definitions.GroupBy(d => (d.Kind, d.Name)).ToDictionary(g => g.Key, g => g.First().Class);

    /// <summary>The class of a block or backbone: its own name, and behind it what is fixed and what it gives besides its result.</summary>
    public string Of(ClassModel model, IReadOnlyList<string> taps)
    {
        var name = _classes[(model.Definition.Kind, model.Definition.Name)];
        var members = new HashSet<string>(model.Items.Select(i => i.Member));
        var isOwn = model.Fixed.Count == 0 && taps.Count == 0;
        foreach (var (symbol, value) in model.Fixed)
            name += (symbol.Meaning == SymbolKind.Channels ? Names.Pascal(symbol.Name) : "") + Part(value);
        if (taps.Count > 0)
            name += "With" + string.Concat(taps.Select(t => Names.Pascal(t.Replace('.', '_'))));
        // A class may not have the name of a member of its own.
        if (members.Contains(name) || ReservedNames.Network.Contains(name))
            name += "Module";
        while (members.Contains(name) || (!isOwn && _classes.ContainsValue(name)))
            name += "_";
        return name;
    }

    private static string Part(Value value) => value.IsList ? string.Join("_", value.List.Select(Part))
        : Names.Pascal(new string([.. value.ToString().Select(c => char.IsLetterOrDigit(c) || c == '_' ? c : '_')]));
}
