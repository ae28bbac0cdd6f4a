using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

internal sealed partial class Binder
{
    private TrainingDefinition BindTraining(MappingReader owner)
    {
        if (owner.Map("training", "a mapping of the recipe's keys") is not { } mapping)
            return TrainingDefinition.None;
        var reader = new MappingReader(mapping, SpecKeys.Training, "A recipe", diagnostics);
        var settings = RecipeTable.Rows.Select(row => row.IsMap ? BindFactors(reader, row) : BindRecipeValue(reader, row))
            .OfType<RecipeSetting>().ToList();
        reader.Finish();
        if (settings.FirstOrDefault(s => s.Row.Name == "class_weights") is { } weights && settings.Any(s => s.Row.Name == "class_balance"))
            diagnostics.Report(Rules.ConflictingKeys, weights.Span,
                "'class_balance' computes the weights that 'class_weights' states; give one of them");
        return new TrainingDefinition(settings);
    }

    private IReadOnlyList<RecipeSetting> BindEvaluation(MappingReader owner)
    {
        if (owner.Map("evaluation", "a mapping that says how images are predicted") is not { } mapping)
            return [];
        var reader = new MappingReader(mapping, SpecKeys.Evaluation, "An evaluation", diagnostics);
        var settings = RecipeTable.Evaluation.Select(row => BindRecipeValue(reader, row)).OfType<RecipeSetting>().ToList();
        reader.Finish();
        return settings;
    }

    /// <summary>Null where there is no dense CRF; empty where there is one with the runtime's values.</summary>
    private IReadOnlyList<RecipeSetting>? BindCrf(MappingReader owner)
    {
        if (owner.Map("crf", "a mapping that says how predictions are refined") is not { } mapping)
            return null;
        var reader = new MappingReader(mapping, SpecKeys.Crf, "A CRF", diagnostics);
        var settings = RecipeTable.Crf.Select(row => BindRecipeValue(reader, row)).OfType<RecipeSetting>().ToList();
        reader.Finish();
        return settings;
    }

    private RecipeSetting? BindRecipeValue(MappingReader reader, RecipeRow row)
    {
        if (reader.Setting(row.Name) is not { } setting)
            return null;
        if (row.TakesOne && setting.Syntax is ScalarSyntax)
            return Constant(setting, ValueKind.Float) is { } single ? Ranged(setting, row, Value.Of([single])) : null;
        return Constant(setting, row.Kind, row.Choices) is { } value ? Ranged(setting, row, value) : null;
    }

    private RecipeSetting? Ranged(Setting setting, RecipeRow row, Value value)
    {
        if (row.IsInRange(value))
            return new RecipeSetting(row, value, [], setting.NameSpan);
        diagnostics.Report(Rules.OutOfRange, setting.Span, row.Name, row.Range, value);
        return null;
    }

    private RecipeSetting? BindFactors(MappingReader reader, RecipeRow row)
    {
        if (reader.Map(row.Name, "a mapping of names to factors") is not { } mapping)
            return null;
        var factors = new List<(string, SourceSpan, Value)>();
        foreach (var entry in mapping.Entries)
        {
            if (MappingReader.ToSetting(entry, diagnostics) is not { } setting || Constant(setting, row.Kind) is not { } value)
                continue;
            if (row.IsInRange(value))
                factors.Add((entry.Name, entry.Key.Span, value));
            else
                diagnostics.Report(Rules.OutOfRange, setting.Span, $"{row.Name}: {entry.Name}", row.Range, value);
        }
        return new RecipeSetting(row, null, factors, mapping.Entries.Count > 0 ? reader.Place(row.Name) : mapping.Span);
    }
}
