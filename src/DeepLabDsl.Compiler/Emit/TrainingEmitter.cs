using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Writes recipes into a network's descriptor: the values, and where in the specs each stands.</summary>
internal static class TrainingEmitter
{
    /// <summary>The enumeration of each key whose value is a word, and its members where they are not the word with a capital.</summary>
    private static readonly Dictionary<string, (string Type, string[] Members)> Enumerations = new()
    {
        ["optimizer"] = (Runtime.OptimizerKind, ["Sgd", "AdamW"]),
        ["schedule"] = (Runtime.LearningRateSchedule, ["Poly", "Step", "Cosine", "Constant"]),
        ["batch_norm"] = (Runtime.BatchNormMode, ["Train", "Frozen", "Synchronized"]),
        ["precision"] = (Runtime.TrainingPrecision, ["Float32", "BFloat16"]),
        ["blend"] = (Runtime.WindowBlend, ["Hann", "Mean"]),
        ["normalization"] = (Runtime.CrfNormalization, ["Symmetric", "After", "Before", "None"]),
    };

    public static void Emit(CodeWriter writer, LoweredNetwork network)
    {
        if (network.Definition.Evaluation.Count > 0)
        {
            writer.Line($"Evaluation = new {Runtime.PredictionOptions} {{ {Values(network.Definition.Evaluation)} }},");
            EmitOrigins(writer, "EvaluationOrigins", network.Definition.Evaluation);
        }
        if (network.Definition.Crf is { } crf)
            writer.Line($"Crf = new {Runtime.CrfRecipe} {{ {Values(crf)} }},");
        var settings = network.Definition.Training.Settings;
        if (settings.Count == 0)
            return;
        writer.Line($"Training = new {Runtime.TrainingRecipe}");
        writer.Line("{");
        using (writer.Indent())
        {
            foreach (var setting in settings)
                writer.Line($"{Property(setting.Row)} = {Value(setting, network.Root)},");
        }
        writer.Line("},");
        EmitOrigins(writer, "TrainingOrigins", settings);
    }

    /// <summary>The property of the runtime's record that a key becomes.</summary>
    public static string Property(RecipeRow row) => Names.Pascal(row.Name);

    private static string Literal(RecipeRow row, Value value) => row.Kind switch
    {
        ValueKind.Choice => $"{Enumerations[row.Name].Type}.{Member(row, value.Word)}",
        ValueKind.Pair => value.IsList ? $"({value.List[0]}, {value.List[1]})" : $"({value}, {value})",
        ValueKind.Floats when row.IsPair => $"({CSharp.Double(value.List[0].Number)}, {CSharp.Double(value.List[1].Number)})",
        ValueKind.Floats => $"[{string.Join(", ", value.List.Select(v => CSharp.Double(v.Number)))}]",
        ValueKind.Float => CSharp.Double(value.Number),
        _ => value.ToString(),
    };

    private static string Member(RecipeRow row, string word) =>
        Enumerations[row.Name].Members.First(m => m.Equals(word, StringComparison.OrdinalIgnoreCase));

    private static string Values(IEnumerable<RecipeSetting> settings) =>
        string.Join(", ", settings.Select(s => $"{Property(s.Row)} = {Literal(s.Row, s.Value!.Value)}"));

    private static void EmitOrigins(CodeWriter writer, string property, IReadOnlyList<RecipeSetting> settings)
    {
        writer.Line($"{property} = new {Runtime.Dictionary}<string, string>");
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
            return Literal(setting.Row, value);
        var entries = setting.Factors.Select(f =>
            $"[{CSharp.Text(NameOf(setting.Row, f.Name, f.Span, root))}] = {Literal(setting.Row, f.Factor)}");
        return $"new {Runtime.Dictionary}<string, double> {{ {string.Join(", ", entries)} }}";
    }

    /// <summary>Layers become state-dict keys; classes stay as they are.</summary>
    private static string NameOf(RecipeRow row, string name, SourceSpan span, Module root) =>
        row.Name == "lr_multipliers" ? TrainingDefinition.KeyOf(root, name, span, new DiagnosticBag()) ?? name : name;

    private static string Origin(SourceSpan span) =>
        span.Path.Substring(span.Path.LastIndexOfAny(['/', '\\']) + 1) + ":" + (span.Line + 1).ToString(CultureInfo.InvariantCulture);
}
