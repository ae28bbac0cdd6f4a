using System;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>Layers, and uses of blocks and backbones with their arguments.</summary>
internal sealed partial class SchemaBuilder
{
    private const string LayerNames = "^([A-Za-z_][A-Za-z0-9_]*|[0-9]{1,6})$";

    private JsonObject Layer() => Reference("layer", () => new JsonObject
    {
        { "description", "A layer: an operation, a block, a group, branches, or another layer at several scales." },
        { "type", Types("string", "object") },
        { "allOf", new[] { If("string", Operation(null)), If("object", Form()) } },
    });

    /// <summary>The form that the first key found tells, as the binder does it.</summary>
    private JsonObject Form() => SpecKeys.Layers.Reverse().Aggregate(
        Reference("layer without a form", Formless),
        (others, form) => new JsonObject
        {
            { "if", Requires(form.Value.Keys[0].Name) },
            {
                "then", form.Key switch
                {
                    LayerKind.Operation => Reference(form.Value.Name, OperationLayer),
                    LayerKind.Block => Use(form.Value, DefinitionKind.Block, "block"),
                    _ => Table(form.Value.Name, form.Value),
                }
            },
            { "else", others },
        });

    /// <summary>What a layer is that does not say: in an overlay perhaps what it was, else not written yet.</summary>
    private JsonObject Formless()
    {
        var tables = SpecKeys.Layers.Values;
        var keys = _isOverlay ? tables.SelectMany(t => t.Keys) : tables.Select(t => t.Keys[0]).Concat(SpecKeys.OpLayer.Keys);
        return new JsonObject
        {
            { "properties", Properties(keys) },
            { "anyOf", _isOverlay ? null : tables.Select(t => Requires(t.Keys[0].Name)) },
        };
    }

    /// <summary>Attributes may come from 'defaults' of whatever is around, so that none is required here.</summary>
    private JsonObject OperationLayer() => new()
    {
        { "description", SpecKeys.OpLayer.Summary },
        { "properties", Properties(SpecKeys.OpLayer.Keys) },
        {
            "allOf", OpTable.Ops.Values.Select(op => new JsonObject
            {
                { "if", Says("op", op.Name) },
                {
                    "then", Table("operation " + op.Name, new KeyTable(op.Name, op.Summary,
                        [.. SpecKeys.OpLayer.Keys.Take(1), .. KeyTable.Of(op).Keys.Select(k => k with { IsRequired = false }),
                        .. SpecKeys.OpLayer.Keys.Skip(1)]))
                },
            })
        },
    };

    private JsonObject Operation(string? about) => Reference(about is null ? "operation in a word" : "operation", () => new JsonObject
    {
        { "description", about ?? "An operation that needs no attributes." },
        {
            "anyOf", new[]
            {
                new JsonObject
                {
                    { "enum", OpTable.Ops.Keys.ToArray() }, { "enumDescriptions", OpTable.Ops.Values.Select(o => o.Summary).ToArray() },
                },
                new JsonObject { { "type", Types("string") }, { "pattern", "[$(]" } },
            }
        },
    });

    /// <summary>The use of a block or a backbone: where it is known, its parameters are the only other keys.</summary>
    private JsonObject Use(KeyTable table, DefinitionKind kind, string key) => Reference(table.Name, () => new JsonObject
    {
        { "description", table.Summary },
        { "type", Types("object") },
        { "properties", Properties(table.Keys) },
        { "required", Required(table) },
        {
            "allOf", library.NamesOf(kind).OrderBy(n => n, StringComparer.Ordinal)
                .Select(name => library.Find(kind, name, new DiagnosticBag())).OfType<Definition>()
                .Select(definition => new JsonObject
                {
                    { "if", Says(key, definition.Name) },
                    { "then", Table($"{table.Name} {definition.Name}", Arguments(table, kind, definition)) },
                }).ToArray()
        },
    });

    private static KeyTable Arguments(KeyTable table, DefinitionKind kind, Definition definition)
    {
        // The compiler sets stride and rate of a stage's units; a backbone's arguments may be its convention's.
        var given = table == SpecKeys.Stage ? ["stride", "rate"] : Array.Empty<string>();
        var parameters = definition.Parameters.Where(p => !given.Contains(p.Name)).Select(p => new KeyInfo(
            p.Name, KeyForm.Value, $"{char.ToUpperInvariant(p.Describe()[0])}{p.Describe().Substring(1)}, for '{definition.Name}'.")
        {
            Kind = p.Kind,
            Choices = p.Choices,
            Default = p.Default,
            IsRequired = p.Default is null && kind == DefinitionKind.Block,
        });
        var summary = definition.Summary.Length > 0 ? definition.Summary : table.Summary;
        return new KeyTable(definition.Name, summary, [.. table.Keys, .. parameters]);
    }

    private JsonObject Branches(string about) => new()
    {
        { "description", about },
        { "type", Types("array", "object") },
        { "items", Layer() },
        { "minItems", 1 },
        { "propertyNames", new JsonObject { { "pattern", LayerNames } } },
        { "additionalProperties", Layer() },
        { "minProperties", _isOverlay ? null : 1 },
    };
}
