using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Writes recipes into a network's descriptor: the values, and where in the specs each stands.</summary>
internal static class TrainingEmitter
{
    public static void Emit(CodeWriter writer, LoweredNetwork network)
    {
        if (network.Definition.Evaluation.Count > 0)
        {
            writer.Line($"Evaluation = new PredictionOptions {{ {Values(network.Definition.Evaluation)} }},");
            EmitOrigins(writer, "EvaluationOrigins", network.Definition.Evaluation);
        }
        if (network.Definition.Crf is { } crf)
            writer.Line($"Crf = new CrfRecipe {{ {Values(crf)} }},");
        var settings = network.Definition.Training.Settings;
        if (settings.Count == 0)
            return;
        writer.Line("Training = new TrainingRecipe");
        writer.Line("{");
        using (writer.Indent())
        {
            foreach (var setting in settings)
                writer.Line($"{setting.Row.Property} = {Value(setting, network.Root)},");
        }
        writer.Line("},");
        EmitOrigins(writer, "TrainingOrigins", settings);
    }

    private static string Values(IEnumerable<RecipeSetting> settings) =>
        string.Join(", ", settings.Select(s => $"{s.Row.Property} = {s.Row.Emit(s.Value!.Value)}"));

    private static void EmitOrigins(CodeWriter writer, string property, IReadOnlyList<RecipeSetting> settings)
    {
        writer.Line($"{property} = new Dictionary<string, string>");
        writer.Line("{");
        using (writer.Indent())
        {
            foreach (var setting in settings)
                writer.Line($"[{CSharp.Text(setting.Row.Name)}] = {CSharp.Text(Origin(setting.Span))},");
        }
        writer.Line("},");
    }

    private static string Value(RecipeSetting setting, Module root)
    {
        if (setting.Value is { } value)
            return setting.Row.Emit(value);
        var entries = setting.Factors.Select(f => $"[{CSharp.Text(NameOf(setting.Row, f.Name, f.Span, root))}] = {setting.Row.Emit(f.Factor)}");
        return $"new Dictionary<string, double> {{ {string.Join(", ", entries)} }}";
    }

    /// <summary>Layers become state-dict keys; classes stay as they are.</summary>
    private static string NameOf(RecipeRow row, string name, SourceSpan span, Module root) =>
        row.Name == "rates" ? TrainingDefinition.KeyOf(root, name, span, new DiagnosticBag()) ?? name : name;

    private static string Origin(SourceSpan span) =>
        span.Path.Substring(span.Path.LastIndexOfAny(['/', '\\']) + 1) + ":" + (span.Line + 1).ToString(CultureInfo.InvariantCulture);
}
