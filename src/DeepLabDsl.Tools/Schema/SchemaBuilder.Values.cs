using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>Values: each of its type, or an expression that gives it, which is text.</summary>
internal sealed partial class SchemaBuilder
{
    private JsonObject ValueOf(KeyInfo key, string? about)
    {
        if (key == SpecKeys.OpLayer.Keys[0])
            return Operation(about);
        // Words that editors shall complete are listed; an expression may choose one.
        if (key.Kind == ValueKind.Choice && key.Choices.Count == 0)
            return new JsonObject { { "description", about }, { "type", Types("string") } };
        if (key.Kind == ValueKind.Choice)
            return OneOf(about, key.Choices, "[$(]");
        if (key.Kind == ValueKind.Padding)
            return OneOf(about, ["same", OpTable.TensorFlowPadding], Expression, Numbers(ValueKind.Pair, key, null));
        if (key.Kind == ValueKind.Bool)
        {
            return new JsonObject
            {
                { "description", about }, { "type", Types("boolean", "string") }, { "pattern", "^(true|false)$|[$(=<>]" },
            };
        }
        return Numbers(key.TakesList ? ValueKind.Floats : key.Kind, key, about);
    }

    private JsonObject Numbers(ValueKind kind, KeyInfo key, string? about)
    {
        var isWhole = kind is ValueKind.Int or ValueKind.Ints or ValueKind.Pair;
        var isList = kind is ValueKind.Ints or ValueKind.Floats or ValueKind.Pair;
        var isOne = kind is ValueKind.Int or ValueKind.Float or ValueKind.Pair || key.TakesList;
        var number = isWhole ? "integer" : "number";
        var length = kind == ValueKind.Pair ? (2, 2) : key.Length;
        var types = new List<string>();
        if (isOne)
            types.Add(number);
        if (isList)
            types.Add("array");
        types.Add("string");
        var schema = new JsonObject { { "description", about }, { "type", Types([.. types]) } };
        if (isOne)
            AddRange(schema, key.Numbers);
        if (isList)
        {
            var items = new JsonObject { { "type", new[] { number, "string" } } };
            AddRange(items, key.Numbers);
            items.Add("pattern", Expression);
            schema.Add("items", items);
            schema.Add("minItems", length?.Item1);
            schema.Add("maxItems", length?.Item2);
        }
        schema.Add("pattern", Expression);
        return schema;
    }

    private static void AddRange(JsonObject schema, Interval? range)
    {
        if (range is null)
            return;
        schema.Add(range.IsAbove ? "exclusiveMinimum" : "minimum", range.Least);
        schema.Add(range.IsBelow ? "exclusiveMaximum" : "maximum", range.Greatest);
    }

    private JsonObject OneOf(string? about, IEnumerable<string> words, string pattern, JsonObject? other = null)
    {
        var forms = new List<JsonObject>
        {
            new() { { "enum", words.ToArray() } }, new() { { "type", Types("string") }, { "pattern", pattern } },
        };
        if (other is not null)
            forms.Add(other);
        return new JsonObject { { "description", about }, { "anyOf", forms } };
    }

    /// <summary>One of some words, and no expression.</summary>
    private JsonObject Words(string about, IEnumerable<string> words) => new()
    {
        { "description", about },
        { "anyOf", new[] { new JsonObject { { "enum", words.ToArray() } }, _isOverlay ? new JsonObject { { "type", "null" } } : null }
            .OfType<JsonObject>() },
    };

    /// <summary>What holds of values of a type.</summary>
    private static JsonObject If(string type, JsonObject then) => new() { { "if", new JsonObject { { "type", type } } }, { "then", then } };

    /// <summary>Factors of scales: a list, or a mapping of them by name.</summary>
    private JsonObject Factors(string about)
    {
        var factor = Numbers(ValueKind.Float, new KeyInfo("", KeyForm.Value, "") { Numbers = Interval.Above(0, 16) }, null);
        return new JsonObject
        {
            { "description", about }, { "type", Types("array", "object") }, { "minItems", 1 }, { "items", factor },
            { "minProperties", _isOverlay ? null : 1 }, { "additionalProperties", factor },
        };
    }

    /// <summary>Types of parameters by name.</summary>
    private JsonObject Parameters(string about)
    {
        var plain = ValueKinds.Parameters.Where(p => p.Value != ValueKind.Choice).Select(p => p.Key).ToArray();
        var parameter = new JsonObject
        {
            { "description", "A type, or a mapping of one with its default or its choices." },
            { "type", Types("string", "object") },
            {
                "allOf", new[]
                {
                    If("object", Table(SpecKeys.Parameter.Name, SpecKeys.Parameter)),
                    If("string", new JsonObject { { "enum", plain } }),
                }
            },
        };
        return new JsonObject
        {
            { "description", about },
            { "type", Types("object") },
            { "propertyNames", new JsonObject
            {
                { "pattern", "^[A-Za-z_][A-Za-z0-9_]*$" }, { "not", new JsonObject { { "enum", SpecKeys.Reserved } } },
            } },
            { "additionalProperties", parameter },
        };
    }

    /// <summary>Attributes by operation, and what stands for all of a kind.</summary>
    private JsonObject DefaultsOf(string about)
    {
        var properties = new JsonObject
        {
            { "activation", OneOf("The operation that 'activation' stands for.", OpTable.Activations, "[$(]") },
            { "norm", OneOf("The operation that 'norm' stands for.", OpTable.Norms, "[$(]") },
            { "padding", Key(KeyTable.Of(OpTable.Ops["conv"]).Find("padding")!) },
        };
        foreach (var op in OpTable.Ops.Values.Where(o => !properties.Has(o.Name)))
        {
            var attributes = KeyTable.Of(op).Keys.Where(k => k.Form == KeyForm.Value).Select(k => k with { IsRequired = false });
            properties.Add(op.Name, Table("defaults " + op.Name, new KeyTable(op.Name, op.Summary, [.. attributes])));
        }
        return new JsonObject
        {
            { "description", about }, { "type", Types("object") }, { "properties", properties }, { "additionalProperties", false },
        };
    }

    /// <summary>Reasons by the id of what they answer.</summary>
    private JsonObject Reasons(string about)
    {
        var properties = new JsonObject();
        foreach (var rule in Rules.All.Where(r => r.IsSuppressible))
        {
            properties.Add(
                rule.Id,
                new JsonObject
                {
                    { "description", rule.Title + ". The value says, in words, why it stays." },
                    { "type", Types([.. Scalar.Cast<string>()]) },
                });
        }
        return new JsonObject
        {
            { "description", about }, { "type", Types("object") }, { "properties", properties }, { "additionalProperties", false },
        };
    }
}
