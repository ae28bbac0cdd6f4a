using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Training;

/// <summary>The <c>config.json</c> of a run: all that it takes to understand it and to go on with it.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Classes">The classes' names.</param>
/// <param name="Facts">Where data and weights were, the device.</param>
/// <param name="Recipe">The recipe and where its values come from.</param>
public sealed record RunConfig(
    string Network, IReadOnlyList<string> Classes, IReadOnlyDictionary<string, string> Facts, EffectiveRecipe Recipe)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "config.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    /// <summary>Writes it into a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnusableDataException">It can't be written.</exception>
    public void Write(string folder)
    {
        var saved = new Saved(
            Network, [.. Classes], Facts.ToDictionary(), Recipe.Lines().ToDictionary(l => l.Name, l => new SavedValue(l.Value, l.Origin)));
        var bytes = JsonSerializer.SerializeToUtf8Bytes(saved, Json);
        AtomicFile.Write(Path.Combine(folder, FileName), stream => stream.Write(bytes));
    }

    /// <summary>Reads that of a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="UnusableDataException">There is none, or it is damaged.</exception>
    public static RunConfig Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var saved = JsonSerializer.Deserialize<Saved>(File.ReadAllBytes(path), Json);
            if (saved is not { Network: not null, Classes: not null, Facts: not null, Recipe: not null })
                throw new JsonException("network, classes, facts or recipe are missing");
            if (Array.Exists(saved.Classes, c => c is null) || saved.Facts.ContainsValue(null!)
                || saved.Recipe.Values.Any(v => v is not { Value: not null, From: not null }))
                throw new JsonException("a class, a fact or a value of the recipe is null");
            var recipe = new TrainingRecipe();
            foreach (var (name, value) in saved.Recipe)
                recipe = RecipeKey.Find(name).Set(recipe, value.Value);
            return new RunConfig(
                saved.Network, saved.Classes, saved.Facts,
                new EffectiveRecipe(recipe, saved.Recipe.ToDictionary(r => r.Key, r => r.Value.From)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UnusableDataException($"{folder}: is no run: it has no {FileName}. Name a folder that a training has written.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or ArgumentException or FormatException)
        {
            throw new UnusableDataException($"{path}: can't be read as the configuration of a run: {e.Message}", e);
        }
    }

    private sealed record Saved(string Network, string[] Classes, Dictionary<string, string> Facts, Dictionary<string, SavedValue> Recipe);

    private sealed record SavedValue(string Value, string From);
}
