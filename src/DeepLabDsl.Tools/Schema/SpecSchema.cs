using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>
/// The JSON Schema of specs (draft 7), by which editors complete, explain and check them while they are written. It is made
/// of the tables that the binder reads, and knows besides the parameters of the blocks and backbones that it is given. It
/// accepts whatever the compiler accepts; what needs more than one value at a time is the compiler's to find.
/// </summary>
public static class SpecSchema
{
    /// <summary>Writes the schema.</summary>
    /// <param name="files">The specs whose blocks and backbones it knows: the project's and the zoo's.</param>
    /// <param name="library">Specs that hold where <paramref name="files"/> have none of a name.</param>
    /// <returns>JSON, indented, the same for the same definitions.</returns>
    public static string Write(IReadOnlyList<SpecFile> files, IReadOnlyList<SpecFile>? library = null) =>
        new SchemaBuilder(new SpecLibrary(files, library: library)).Build().ToString();
}

/// <summary>Builds the schema: definitions by name, each once.</summary>
internal sealed partial class SchemaBuilder(SpecLibrary library)
{
    /// <summary>An expression holds a name, a number, a bracket or an operator: a word alone is none.</summary>
    private const string Expression = "[$0-9(\\[]";

    private static readonly object[] Scalar = ["string", "number", "boolean"];

    private readonly JsonObject _definitions = new();

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>
    /// What extends another is laid over it: nothing is required of it, nothing (<c>~</c>) takes a key away, and a layer may
    /// leave open what it is.
    /// </summary>
    private bool _isOverlay;

    public JsonObject Build()
    {
        var network = Definition(DefinitionKind.Network);
        var block = Definition(DefinitionKind.Block);
        var backbone = Definition(DefinitionKind.Backbone);
        return new JsonObject
        {
            { "$schema", "http://json-schema.org/draft-07/schema#" },
            { "title", "DeepLabDsl spec" },
            { "description", "A network, a backbone or a block of DeepLabDsl." },
            { "type", "object" },
            // A network holds 'backbone:' too, so that the order of the questions decides.
            { "if", Requires("network") },
            { "then", network },
            { "else", If(Requires("block"), block, If(Requires("backbone"), backbone, Beginning())) },
            { "definitions", _definitions },
        };
    }

    /// <summary>What is no definition yet.</summary>
    private JsonObject Beginning() => new()
    {
        { "properties", Properties(SpecKeys.Definitions.Values.Select(t => t.Keys[0])) },
        { "anyOf", SpecKeys.Definitions.Values.Select(t => Requires(t.Keys[0].Name)) },
    };

    private JsonObject Definition(DefinitionKind kind)
    {
        var table = SpecKeys.Definitions[kind];
        var whole = Table(table.Name, table);
        _isOverlay = true;
        var overlay = Table(table.Name, table);
        _isOverlay = false;
        return If(Requires("extends"), overlay, whole);
    }

    /// <summary>A reference to the definition of a name, which is made the first time.</summary>
    private JsonObject Reference(string name, Func<JsonObject> make)
    {
        name = (_isOverlay ? "overlay " : "") + name;
        name = name.Replace(' ', '-');
        // Layers hold layers: a name is taken before what it stands for is there.
        if (_names.Add(name))
            _definitions.Add(name, make());
        return new JsonObject { { "$ref", "#/definitions/" + name } };
    }

    /// <summary>A mapping with the keys of a table and no others, unless the table says what others mean.</summary>
    private JsonObject Table(string name, KeyTable table) => Reference(name, () => new JsonObject
    {
        { "description", table.Summary },
        { "type", Types("object") },
        { "properties", Properties(table.Keys) },
        { "required", Required(table) },
        { "additionalProperties", table.Others is null ? false : null },
    });

    private string[]? Required(KeyTable table) =>
        !_isOverlay && table.Keys.Any(k => k.IsRequired) ? [.. table.Keys.Where(k => k.IsRequired).Select(k => k.Name)] : null;

    private JsonObject Properties(IEnumerable<KeyInfo> keys)
    {
        var properties = new JsonObject();
        foreach (var key in keys.GroupBy(k => k.Name).Select(g => g.First()))
            properties.Add(key.Name, SpecKeys.Shared.Contains(key) ? Reference("key " + key.Name, () => Key(key)) : Key(key));
        return properties;
    }

    /// <summary>What the value of a key looks like.</summary>
    private JsonObject Key(KeyInfo key)
    {
        var about = key.Summary + (key.Default is { } value ? $" By default {value}." : "");
        return key.Form switch
        {
            KeyForm.Value => ValueOf(key, about),
            KeyForm.Choice => Words(about, key.Choices),
            KeyForm.Name => new JsonObject
            {
                { "description", about }, { "type", Types("string", "integer") }, { "examples", Examples(key) },
            },
            KeyForm.Names => List(about, new JsonObject { { "type", Scalar } }, minimum: 1),
            KeyForm.Layers => new JsonObject
            {
                { "description", about }, { "type", Types("string", "integer", "array") },
                { "items", new JsonObject { { "type", new[] { "string", "integer" } } } }, { "minItems", 1 },
            },
            KeyForm.Mapping => Mapping(about, key),
            KeyForm.Named => Map(about, key.CanBeWord ? WordOr(Entry(key.Table!), null) : Entry(key.Table!), RequiredNames(key)),
            KeyForm.LayerMap => Map(about, Layer(), names: LayerNames, isFilled: true),
            KeyForm.Branches => Branches(about),
            KeyForm.Parameters => Parameters(about),
            KeyForm.Defaults => DefaultsOf(about),
            KeyForm.Reasons => Reasons(about),
            KeyForm.ByStage => Map(
                about, ValueOf(new KeyInfo("", KeyForm.Value, "") { Kind = ValueKind.Ints, Numbers = Interval.From(1, 4096) }, null)),
            KeyForm.Factors => Factors(about),
            KeyForm.FactorMap => Map(about, ValueOf(key, null)),
            _ => new JsonObject { { "description", about }, { "type", Types([.. Scalar.Cast<string>()]) } },
        };
    }

    /// <summary>Types, and nothing where a key may be taken away.</summary>
    private object Types(params string[] types) => _isOverlay ? types.Append("null").ToArray() : types.Length == 1 ? types[0] : types;

    private JsonObject Mapping(string about, KeyInfo key) => key.CanBeWord
        ? WordOr(Entry(key.Table!), Examples(key), about)
        : new JsonObject { { "description", about }, { "allOf", new[] { Entry(key.Table!) } } };

    private JsonObject Entry(KeyTable table) =>
        table == SpecKeys.BackboneUse ? Use(table, DefinitionKind.Backbone, "use")
        : table == SpecKeys.Stage ? Use(table, DefinitionKind.Block, "block")
        : Table(table.Name, table);

    /// <summary>One word, or a mapping.</summary>
    private JsonObject WordOr(JsonObject table, object? examples, string? about = null) => new()
    {
        { "description", about },
        { "type", Types("string", "integer", "object") },
        { "examples", examples },
        { "if", new JsonObject { { "type", "object" } } },
        { "then", table },
    };

    private JsonObject Map(string about, JsonObject values, string[]? required = null, string? names = null, bool isFilled = false) => new()
    {
        { "description", about },
        { "type", Types("object") },
        { "propertyNames", names is null ? null : new JsonObject { { "pattern", names } } },
        { "additionalProperties", values },
        { "required", required },
        { "minProperties", isFilled && !_isOverlay ? 1 : null },
    };

    private static JsonObject List(string about, JsonObject items, int? minimum = null) => new()
    {
        { "description", about }, { "type", "array" }, { "items", items }, { "minItems", minimum },
    };

    private object? Examples(KeyInfo key) => key.NamesA is { } kind && library.NamesOf(kind).Any()
        ? library.NamesOf(kind).OrderBy(n => n, StringComparer.Ordinal).ToArray()
        : null;

    private string[]? RequiredNames(KeyInfo key) => key.Table == SpecKeys.Output && !_isOverlay ? ["logits"] : null;

    private static JsonObject If(JsonObject condition, JsonObject then, JsonObject otherwise) =>
        new() { { "if", condition }, { "then", then }, { "else", otherwise } };

    private static JsonObject Requires(string key) => new() { { "required", new[] { key } } };

    /// <summary>A key whose value is one word.</summary>
    private static JsonObject Says(string key, string word) => new()
    {
        { "required", new[] { key } },
        { "properties", new JsonObject { { key, new JsonObject { { "const", word } } } } },
    };
}
