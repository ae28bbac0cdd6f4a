using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Errors;
using DeepLabDsl.Modules;
using DeepLabDsl.Recipes;
using DeepLabDsl.Tests.Networks;
using DeepLabDsl.Training;

namespace DeepLabDsl.Tests.Training;

/// <summary>Recipes: from specs into descriptors, over them from the command line, to text and back.</summary>
public class RecipeTests
{
    [Fact]
    public void A_specs_recipe_is_in_the_descriptor_typed_and_placed()
    {
        var (recipe, origins) = (Learner.Descriptor.Training, Learner.Descriptor.TrainingOrigins);

        Assert.Equal(12, recipe.Iterations);
        Assert.Equal(new Extent(32, 40), recipe.Crop);
        Assert.Equal((0.8, 1.25), recipe.Scale);
        Assert.Equal([0.2], recipe.Jitter);
        Assert.Equal(0.025, recipe.LearningRate);
        Assert.Equal(LearningRateSchedule.Poly, recipe.Schedule);
        Assert.Equal(2, recipe.Repeat["car"]);
        // Layers' names have become state-dict keys.
        Assert.Equal(["classifier.2", "conv"], recipe.LrMultipliers.Keys.Order());
        Assert.Equal("learner.yaml:20", origins["iterations"]);
        Assert.DoesNotContain("momentum", origins.Keys);
    }

    [Fact]
    public void A_recipe_is_inherited_key_by_key()
    {
        var (recipe, origins) = (LearnerFrozen.Descriptor.Training, LearnerFrozen.Descriptor.TrainingOrigins);

        Assert.Equal(
            (null, 2, BatchNormMode.Frozen, 0.001, 4),
            (recipe.Iterations, recipe.Epochs, recipe.BatchNorm, recipe.LearningRate, recipe.Batch));
        Assert.Equal("learner.yaml:21", origins["batch"]);
        Assert.Equal("learner.yaml:38", origins["batch_norm"]);
    }

    [Fact]
    public void What_is_given_overrides_the_spec_and_says_so()
    {
        var effective = EffectiveRecipe.For(Learner.Descriptor, new Dictionary<string, string> { ["epochs"] = "3", ["scale"] = "1, 1.5" });

        // A limit that is given takes the place of the spec's.
        Assert.Equal((3, null), (effective.Recipe.Epochs, effective.Recipe.Iterations));
        Assert.Equal((1, 1.5), effective.Recipe.Scale);
        var lines = effective.Lines().ToDictionary(l => l.Name, l => (l.Value, l.Origin));
        Assert.Equal(("3", "command line"), lines["epochs"]);
        Assert.Equal(("none", "command line"), lines["iterations"]);
        Assert.Equal(("4", "learner.yaml:21"), lines["batch"]);
        Assert.Equal(("0.9", "default"), lines["momentum"]);
        Assert.Equal(("classifier.2=10, conv=0.5", "learner.yaml:28"), lines["lr_multipliers"]);
    }

    [Theory]
    [InlineData("learning_rate", "fast", "'learning_rate' must be a number above 0, not 'fast'")]
    [InlineData("learning_rate", "NaN", "must be a number above 0")]
    [InlineData("batch", "0", "'batch' must be a whole number, 1 or more, not '0'")]
    [InlineData("crop", "32x", "must be a size in pixels such as 321 or 360x480")]
    [InlineData("scale", "2, 1", "the lesser first")]
    [InlineData("optimizer", "sdg", "must be one of sgd, adamw, not 'sdg'")]
    [InlineData("optimizer", "1", "must be one of sgd, adamw")]
    [InlineData("jitter", "0.1, 0.2", "one number from 0 to 1, or three")]
    [InlineData("lr_multipliers", "conv", "such as classifier=10")]
    [InlineData("lr_multipliers", "conv=1, conv=2", "such as classifier=10")]
    public void A_value_that_cannot_be_is_refused(string key, string text, string message)
    {
        var fault = Assert.Throws<FormatException>(() => EffectiveRecipe.For(Learner.Descriptor, [KeyValuePair.Create(key, text)]));

        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_value_is_written_as_it_is_read()
    {
        foreach (var recipe in new[] { new TrainingRecipe(), Learner.Descriptor.Training, LearnerFrozen.Descriptor.Training })
        {
            foreach (var key in RecipeKey.All)
                Assert.Equal(key.Get(recipe), key.Get(key.Set(new TrainingRecipe(), key.Get(recipe))));
        }
    }

    [Fact]
    public void A_runs_configuration_is_read_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        var effective = EffectiveRecipe.For(Learner.Descriptor, [KeyValuePair.Create("ema", "0.5")]);
        new RunConfig("learner", ["a", "b"], new Dictionary<string, string> { ["data"] = "d" }, effective).Write(folder.Path);

        var read = RunConfig.Read(folder.Path);

        Assert.Equal(effective.Lines(), read.Recipe.Lines());
        Assert.Equal(("learner", "d"), (read.Network, read.Facts["data"]));
        Assert.Contains(
            "is no run", Assert.Throws<UnusableDataException>(() => RunConfig.Read(folder.File("x", "y"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_compilers_table_is_the_runtimes()
    {
        Assert.Equal(RecipeKey.All.Where(k => k.IsInSpecs).Select(k => k.Name).Order(), RecipeTable.Rows.Select(r => r.Name).Order());
        foreach (var row in RecipeTable.Rows)
        {
            var property = typeof(TrainingRecipe).GetProperty(TrainingEmitter.Property(row));
            Assert.True(property is not null, row.Name);
            var key = RecipeKey.Find(row.Name);
            Assert.Equal(key.Help, row.Summary);
            // What the compiler lets through, the runtime takes, and the other way round.
            foreach (var value in new[] { -1, 0, 0.5, 1, 2, 70000 })
            {
                var isInt = row.Kind is ValueKind.Int or ValueKind.Pair;
                if (row.Kind == ValueKind.Choice || (isInt && value == 0.5))
                    continue;
                var number = row.IsMap || row.Kind is not ValueKind.Floats ? (Value)value : Value.Of([value]);
                var text = FormattableString.Invariant($"{(row.IsMap ? "a=" : "")}{value}");
                var isTaken = true;
                try
                {
                    key.Set(new TrainingRecipe(), text);
                }
                catch (FormatException)
                {
                    isTaken = false;
                }
                Assert.True(isTaken == row.IsInRange(number), $"{row.Name}: {text}");
            }
            foreach (var word in row.Choices ?? [])
                Assert.Equal(word, key.Get(key.Set(new TrainingRecipe(), word)));
        }
    }
}
