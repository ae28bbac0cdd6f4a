using System;
using System.IO;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Training;
using Snapshooter.Xunit;
using Spectre.Console;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What a training shows: a panel in a terminal, lines elsewhere.</summary>
public class TrainingViewTests
{
    private static TrainingStep Step(int iteration) => new(
        iteration, 2, iteration / 400.0, 2.5 - iteration / 100.0, 0.01, 12.34, 0.02, TimeSpan.FromSeconds(iteration),
        TimeSpan.FromSeconds(4000))
    {
        Memory = 512L << 20,
        GradientNorm = 1.5,
    };

    private static TrainingEvaluation Evaluation()
    {
        var confusion = new ConfusionMatrix(2);
        confusion.Add([0, 0, 1, 1], new byte[] { 0, 0, 1, 0 });
        return new TrainingEvaluation(100, 2, new EvaluationResult(confusion, confusion.Score(), 1, TimeSpan.FromSeconds(1)), IsBest: true);
    }

    [Fact]
    public void The_panel_shows_where_the_training_stands()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var console = Console(text);
        console.Profile.Capabilities.Unicode = true;
        var view = new TrainingView(console, "demo on [scenes]");
        for (var i = 10; i <= 100; i += 10)
            view.Report(Step(i));
        view.Report(Evaluation());
        text.GetStringBuilder().Clear();

        console.Write(view.Draw());

        text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).MatchSnapshot();
    }

    [Fact]
    public void Where_there_is_no_terminal_lines_are_written_now_and_then()
    {
        using var text = new StringWriter { NewLine = "\n" };
        var view = new TrainingView(Console(text), "demo");
        for (var i = 1; i <= 45; i++)
            view.Report(Step(i));
        view.Report(Evaluation());

        Assert.Equal(
            """
              0 %  epoch 2, iteration 1  loss 2.490  lr 0.01000  12.3 images/s  wait 2 %  512 MB  1:06:40 left
              5 %  epoch 2, iteration 21  loss 2.290  lr 0.01000  12.3 images/s  wait 2 %  512 MB  1:06:40 left
             10 %  epoch 2, iteration 41  loss 2.090  lr 0.01000  12.3 images/s  wait 2 %  512 MB  1:06:40 left
            epoch 2, iteration 100: mIoU 58.3 %, pixel accuracy 75.0 % (best)

            """, text.ToString());
    }

    private static IAnsiConsole Console(StringWriter text)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 100;
        return console;
    }
}
