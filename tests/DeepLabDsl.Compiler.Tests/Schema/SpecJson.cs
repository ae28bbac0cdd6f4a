using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using JsonArray = System.Text.Json.Nodes.JsonArray;
using JsonNode = System.Text.Json.Nodes.JsonNode;
using JsonValue = System.Text.Json.Nodes.JsonValue;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>A spec's YAML as an editor hands it to a schema: plain scalars by YAML's core schema.</summary>
internal static partial class SpecJson
{
    public static JsonNode? Of(SyntaxNode node)
    {
        switch (node)
        {
            case MappingSyntax mapping:
                return new System.Text.Json.Nodes.JsonObject(
                    mapping.Entries.Select(e => System.Collections.Generic.KeyValuePair.Create(e.Name, Of(e.Value))));
            case SequenceSyntax list:
                return new JsonArray([.. list.Items.Select(Of)]);
            case ScalarSyntax { IsNull: true }:
                return null;
            case ScalarSyntax { IsPlain: true, Text: "true" or "false" } truth:
                return JsonValue.Create(truth.Text == "true");
            case ScalarSyntax { IsPlain: true } number when Number().IsMatch(number.Text):
                return number.Text.All(c => char.IsAsciiDigit(c) || c is '-' or '+')
                    ? JsonValue.Create(long.Parse(number.Text, CultureInfo.InvariantCulture))
                    : JsonValue.Create(double.Parse(number.Text, CultureInfo.InvariantCulture));
            default:
                return JsonValue.Create(((ScalarSyntax)node).Text);
        }
    }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex Number();
}
