using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>The expression asks for a shape that a fault, reported already, leaves unknown.</summary>
internal sealed class UnknownShapeException : System.Exception;

/// <summary>The names that expressions of a module see.</summary>
/// <param name="values">Values by name.</param>
/// <param name="inputs">The module's inputs.</param>
/// <param name="outer">The names around.</param>
/// <param name="origins">The arguments that gave values, by the names of parameters; null: none did.</param>
internal sealed class ModuleScope(
    IReadOnlyDictionary<string, Value> values, IReadOnlyList<Port> inputs, ModuleScope? outer = null,
    IReadOnlyDictionary<string, (Setting Setting, IScope Names)>? origins = null) : IScope
{
    public IEnumerable<string> Names =>
        values.Keys.Concat(inputs.Select(i => $"{i.Name}.channels")).Concat(outer?.Names ?? []);

    /// <summary>These names and one more.</summary>
    public ModuleScope With(string name, Value value) => new(new Dictionary<string, Value> { [name] = value }, [], this);

    public (Setting Setting, IScope Names)? OriginOf(string name) =>
        origins is not null && origins.TryGetValue(name, out var origin) ? origin
            : values.ContainsKey(name) ? null : outer?.OriginOf(name);

    public Value? Resolve(string name, string? property)
    {
        if (property is null && values.TryGetValue(name, out var value))
            return value;
        if (property == "channels")
        {
            foreach (var input in inputs)
            {
                if (input.Name == name)
                    return input.Shape.IsKnown ? input.Shape.ChannelsValue : throw new UnknownShapeException();
            }
        }
        return outer?.Resolve(name, property);
    }
}

/// <summary>Defaults in force, the nearest first, each with the names that its expressions see.</summary>
internal sealed class DefaultsScope(DefaultsDefinition definition, IScope names, DefaultsScope? outer)
{
    public (Setting Setting, IScope Names)? Find(string op, string attribute) =>
        definition.Find(op, attribute) is { } setting ? (setting, names) : outer?.Find(op, attribute);

    /// <summary>The operation that <c>activation</c> or <c>norm</c> stands for.</summary>
    public (Setting Setting, IScope Names)? Choice(string op) =>
        definition.Choice(op) is { } setting ? (setting, names) : outer?.Choice(op);
}
