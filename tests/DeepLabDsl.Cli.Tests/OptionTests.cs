using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Cli.Commands;
using DeepLabDsl.Recipes;

namespace DeepLabDsl.Cli.Tests;

/// <summary>Every option of every command means the same on every machine, and takes nothing for a value that is none.</summary>
[Collection(Host.Collection)]
public class OptionTests
{
    public static TheoryData<string> Cultures => ["de-DE", "en-US", ""];

    [Theory]
    [MemberData(nameof(Cultures))]
    public void Every_option_of_every_command_reads_its_values_alike_under_any_culture(string culture)
    {
        using var scope = new CultureScope(culture);
        var all = All(CommandLine.CreateRoot(), []).ToList();
        Assert.True(all.Count > 150, $"{all.Count} options");

        foreach (var (path, option) in all)
        {
            var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
            if (type == typeof(double))
                Takes(path, option, ("0.5", 0.5), ("-1e-3", -1e-3));
            else if (type == typeof(double[]))
                Takes(path, option, ("0.5", new[] { 0.5 }));
            else if (type == typeof(int))
                Takes(path, option, ("12", 12));
            else if (type.IsEnum)
                Takes(path, option, [.. Enum.GetNames(type).Select(n => (n.ToUpperInvariant(), Enum.Parse(type, n)))]);
            else if (type == typeof(bool))
                TakesTruth(path, option);
            else
            {
                Assert.True(
                    type == typeof(string) || type == typeof(string[]), $"{option.Name} is of a type that no rule is known for: {type}");
            }
            if (type == typeof(double) || type == typeof(double[]))
                Refuses(path, option, "0,5", "1,000", "1.000,5", "7x", "NaN", "1e999");
            else if (type == typeof(int) || type.IsEnum)
                Refuses(path, option, "0,5", "1,000", "0.5", "7x", "hann,mean", "99999999999");
            if (type.IsEnum)
                Refuses(path, option, "0", "7");
            if (type == typeof(bool))
                continue;
            Assert.Contains(option.Name, Faults([.. path, option.Name, ""]), StringComparison.Ordinal);
            Assert.Contains(option.Name, Faults([.. path, option.Name + "="]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_the_library_asks_for_is_said_in_options_that_there_are()
    {
        var known = All(CommandLine.CreateRoot(), []).Select(o => o.Option.Name).ToHashSet();

        Assert.Equal("", Failure.OptionsFor(ErrorRemedy.None));
        foreach (var remedy in Enum.GetValues<ErrorRemedy>().Except([ErrorRemedy.None]))
        {
            var options = Failure.OptionsFor(remedy).Split(' ').Where(w => w.StartsWith("--", StringComparison.Ordinal)).ToList();
            Assert.NotEmpty(options);
            Assert.Subset(known, options.ToHashSet());
        }
    }

    [Theory]
    [MemberData(nameof(Cultures))]
    public void Every_key_of_a_recipe_reads_what_it_writes_under_any_culture(string culture)
    {
        using var scope = new CultureScope(culture);
        var recipe = new TrainingRecipe
        {
            Scale = (0.5, 2),
            Jitter = [0.1, 0.25, 0.5],
            ClassWeights = [0.5, 1.5],
            LrMultipliers = new Dictionary<string, double> { ["a.b"] = 0.5 },
            LearningRate = 1e-5,
        };

        foreach (var key in RecipeKey.All)
        {
            Assert.Equal(key.Get(recipe), key.Get(key.Set(recipe, key.Get(recipe))));
            if (key.Expected.StartsWith("a number", StringComparison.Ordinal)
                || key.Expected.StartsWith("a whole", StringComparison.Ordinal))
                Assert.Throws<FormatException>(() => key.Set(recipe, "0,5"));
            if (key.Expected.StartsWith("one of", StringComparison.Ordinal))
                Assert.All(["1", "sgd,adamw", "train,frozen"], text => Assert.Throws<FormatException>(() => key.Set(recipe, text)));
        }
    }

    [Fact]
    public void A_comma_in_a_list_is_an_error_and_not_two_values()
    {
        var error = Host.Fail("train", "demo", "--print-config", "--scale", "0,5", "2");

        Assert.Contains("--scale", error, StringComparison.Ordinal);
        Assert.Contains("0,5", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no", "false")]
    [InlineData("OFF", "false")]
    [InlineData("0", "false")]
    [InlineData("yes", "true")]
    [InlineData("1", "true")]
    public void A_flag_is_told_in_any_of_the_usual_words(string word, string value)
    {
        Assert.Matches(
            $@"flip\s+{value}\s+command line", Host.Succeed("eval", "deeplabv3-resnet101-paper-os8", "--print-config", $"--flip={word}"));
        Assert.Matches(
            $@"flip\s+{value}\s+command line", Host.Succeed("eval", "deeplabv3-resnet101-paper-os8", "--print-config", "--flip", word));
    }

    [Theory]
    [InlineData("--flipp", "did you mean '--flip'?")]
    [InlineData("-flip", "did you mean '--flip'?")]
    [InlineData("--frobnicate=3", "./--frobnicate")]
    public void An_unknown_option_is_no_image(string word, string hint)
    {
        var run = Host.Run("predict", "demo", "a.jpg", word, "--weights", "w", "--out", "o");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"'predict' has no option '{word.Split('=')[0]}'", run.Error, StringComparison.Ordinal);
        Assert.Contains(hint, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_behind_two_dashes_may_be_called_anything()
    {
        Assert.Contains(
            "--x.jpg: no such image", Host.Fail("predict", "demo", "--weights", "w", "--out", "o", "--", "--x.jpg"),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compare", "", "b")]
    [InlineData("predict", "demo", "--weights", "w", "--out", "o", "--", "")]
    [InlineData("dataset", "check", " ")]
    public void An_empty_argument_is_told_before_anything_is_done(params string[] args)
    {
        var run = Host.Run(args);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("is empty; is a variable of the shell not set?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_command_foresaw_is_one_line_and_its_trace_a_file_on_request()
    {
        using var folder = new SceneFolder(train: 1, validation: 1);
        var before = Environment.GetEnvironmentVariable(Failure.TraceVariable);
        var error = Console.Error;
        using var text = new StringWriter();
        try
        {
            Console.SetError(text);
            Environment.SetEnvironmentVariable(Failure.TraceVariable, folder.In("trace.txt"));
            using (var x = TorchSharp.torch.ones(1, 1, 2, 2))
            {
                Failure.Report(
                    new AggregateException(Assert.ThrowsAny<Exception>(() => TorchSharp.torch.nn.functional.max_pool2d(x, (3, 3)))));
            }
        }
        finally
        {
            Console.SetError(error);
            Environment.SetEnvironmentVariable(Failure.TraceVariable, before);
        }

        Assert.Single(text.ToString().TrimEnd().Split('\n'));
        Assert.Contains("Output size is too small", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("   at ", File.ReadAllText(folder.In("trace.txt")), StringComparison.Ordinal);
    }

    private static IEnumerable<(string[] Path, Option Option)> All(Command command, string[] path) =>
        command.Options.Where(o => o.Name is not ("--help" or "--version")).Select(o => (path, o))
            .Concat(command.Subcommands.SelectMany(c => All(c, [.. path, c.Name])));

    private static string Read(string[] path, string name, string text, out object? value)
    {
        var root = CommandLine.CreateRoot();
        var words = CommandWords.Read(root, [.. path, name, text], out var faults);
        var parsed = root.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var errors = string.Join(
            '\n',
            faults.Concat(parsed.Errors.Select(e => e.Message)).Where(m => m.StartsWith(name + " must be", StringComparison.Ordinal)));
        var option = All(root, []).Single(o => o.Path.SequenceEqual(path) && o.Option.Name == name).Option;
        value = errors.Length > 0 ? null : ((dynamic)parsed).GetValue((dynamic)option);
        return errors;
    }

    private static void Takes(string[] path, Option option, params (string Text, object Value)[] cases)
    {
        foreach (var (text, expected) in cases)
        {
            Assert.Equal("", Read(path, option.Name, text, out var value));
            Assert.Equal(expected, value);
        }
    }

    private static void Refuses(string[] path, Option option, params string[] texts) =>
        Assert.All(texts, text => Assert.Contains($"'{text}'", Read(path, option.Name, text, out _), StringComparison.Ordinal));

    private static void TakesTruth(string[] path, Option option)
    {
        foreach (var (word, value) in new[] { ("no", "false"), ("Off", "false"), ("0", "false"), ("yes", "true"), ("on", "true"),
            ("TRUE", "true") })
        {
            Assert.Equal(
                [.. path, $"{option.Name}={value}"],
                CommandWords.Read(CommandLine.CreateRoot(), [.. path, $"{option.Name}={word}"], out _));
        }
        Assert.Contains($"{option.Name} must be true or false", Faults([.. path, option.Name + "=maybe"]), StringComparison.Ordinal);
    }

    private static string Faults(string[] words)
    {
        CommandWords.Read(CommandLine.CreateRoot(), words, out var faults);
        return string.Join('\n', faults);
    }

    private sealed class CultureScope : IDisposable
    {
        private readonly CultureInfo _before = CultureInfo.CurrentCulture;

        public CultureScope(string name) => CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(name);

        public void Dispose() => CultureInfo.CurrentCulture = _before;
    }
}
