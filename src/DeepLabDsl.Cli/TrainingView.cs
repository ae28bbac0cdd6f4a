using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Native;
using DeepLabDsl.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace DeepLabDsl.Cli;

/// <summary>Shows a training: a panel that is redrawn in a terminal, a line every now and then elsewhere.</summary>
/// <param name="console">Where it is shown.</param>
/// <param name="title">The panel's head.</param>
/// <param name="classes">The classes, to warn where predictions collapse; null: no warning.</param>
internal sealed class TrainingView(IAnsiConsole console, string title, ClassSet? classes = null) : IProgress<TrainingEvent>
{
    private const int BarWidth = 40;
    private const int CurvePoints = 40;
    private const int ShownScores = 4;
    private const string Bars = "▁▂▃▄▅▆▇█";

    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(20);

    private readonly Queue<double> _losses = new();
    private readonly Queue<TrainingEvaluation> _scores = new();
    private LiveDisplayContext? _live;
    private TrainingStep? _step;
    private BestScore? _best;
    private string _state = "preparing the data";
    private string? _warning;
    private TimeSpan? _lastLine;

    private bool IsLive => console.Profile.Capabilities is { Ansi: true, Interactive: true } && console.Profile.Out.IsTerminal;

    /// <summary>Runs a training under the view.</summary>
    /// <param name="train">The training.</param>
    /// <param name="best">The best score of a run that is gone on with.</param>
    public T Watch<T>(Func<T> train, BestScore? best = null)
    {
        _best = best;
        if (!IsLive)
            return train();
        return console.Live(Draw()).Start(context =>
        {
            _live = context;
            return train();
        });
    }

    /// <inheritdoc/>
    public void Report(TrainingEvent value)
    {
        switch (value)
        {
            case TrainingStep step:
                Show(step);
                break;
            case TrainingScoring scoring:
                Show(scoring.Images);
                break;
            case TrainingEvaluation evaluation:
                Show(evaluation);
                break;
            case TrainingWarning warning:
                Console.Error.WriteLine($"warning: {warning.Message}");
                break;
        }
    }

    private void Show(TrainingStep step)
    {
        _step = step;
        _state = "training";
        _losses.Enqueue(step.Loss);
        if (_losses.Count > CurvePoints)
            _losses.Dequeue();
        if (_live is not null)
        {
            _live.UpdateTarget(Draw());
            return;
        }
        if (_lastLine is { } last && step.Elapsed - last < PlainInterval && step.Progress < 1)
            return;
        _lastLine = step.Elapsed;
        console.Profile.Out.Writer.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{100 * step.Progress,3:0} %  epoch {step.Epoch}, iteration {step.Iteration}  loss {step.Loss:0.000}  lr "
            + $"{step.LearningRate:0.00000}  {step.ImagesPerSecond:0.0} images/s  wait {100 * step.WaitShare:0} %{Ranks(step, " + ")}  "
            + $"{step.Memory >> 20} MB  {Time(step.Remaining)} left"));
    }

    /// <summary>How long other ranks are waited for, where there are some.</summary>
    private static string Ranks(TrainingStep step, string separator) => step.RankWaitShare is { } share
        ? string.Create(CultureInfo.InvariantCulture, $"{separator}{100 * share:0} % for other ranks")
        : "";

    private void Show(ImageProgress images)
    {
        _state = string.Create(CultureInfo.InvariantCulture, $"scoring {images.Done}/{images.Total}");
        _live?.UpdateTarget(Draw());
    }

    private void Show(TrainingEvaluation evaluation)
    {
        NativeHeap.Trim();
        var wasWarned = _warning is not null;
        _warning = classes is null ? null : CollapseCheck.Describe(evaluation.Result.Scores, classes);
        _state = "training";
        _scores.Enqueue(evaluation);
        if (_scores.Count > ShownScores)
            _scores.Dequeue();
        if (evaluation.IsBest)
            _best = new BestScore(evaluation.Iteration, evaluation.Epoch, evaluation.Result.Scores.MeanIoU);
        if (_live is not null)
            _live.UpdateTarget(Draw());
        else
            console.Profile.Out.Writer.WriteLine(Line(evaluation));
        if (_warning is not null && !wasWarned && _live is null)
            console.Profile.Out.Writer.WriteLine($"warning: {_warning}");
    }

    /// <summary>The panel as it stands.</summary>
    internal IRenderable Draw()
    {
        var grid = new Grid().AddColumn(new GridColumn().PadRight(3)).AddColumn();
        var progress = _step?.Progress ?? 0;
        Row("progress", $"{Bar(progress)} {100 * progress:0.0} %");
        Row("state", $"{_state.Cell()}");
        if (_step is { } step)
        {
            Row("epoch, iteration", $"{step.Epoch}, {step.Iteration}");
            Row("loss", $"{step.Loss:0.0000}  [grey]{Curve()}[/]");
            Row("learning rate", $"{step.LearningRate:0.000000}{(step.GradientNorm is { } norm ? $", gradient {norm:0.00}" : "")}");
            Row("speed",
                $"{step.ImagesPerSecond:0.0} images/s, {100 * step.WaitShare:0} % of the time waiting for data{Ranks(step, ", ")}");
            Row("memory", $"{step.Memory >> 20} MB");
            Row("time", $"{Time(step.Elapsed)}, {Time(step.Remaining)} left");
        }
        if (_best is { } best)
            Row("best mIoU", $"[green]{Output.Percent(best.MeanIoU)}[/] at iteration {best.Iteration}");
        foreach (var score in _scores)
            Row("", $"{Line(score).Cell()}");
        if (_warning is { } warning)
            Row("warning", $"[yellow]{warning.Cell()}[/]");
        return new Panel(grid).Header(title.Cell()).Border(console.Profile.Capabilities.Unicode ? BoxBorder.Rounded : BoxBorder.Ascii)
            .Expand();

        void Row(string name, FormattableString value) =>
            grid.AddRow(new Markup($"[grey]{name}[/]"), new Markup(value.ToString(CultureInfo.InvariantCulture)));
    }

    private string Bar(double share)
    {
        var filled = (int)Math.Round(share * BarWidth);
        var (done, open) = console.Profile.Capabilities.Unicode ? ('━', '─') : ('=', '-');
        return $"[blue]{new string(done, filled)}[/][grey]{new string(open, BarWidth - filled)}[/]";
    }

    private string Curve()
    {
        if (!console.Profile.Capabilities.Unicode || _losses.Count < 2)
            return "";
        var (minimum, maximum) = (_losses.Min(), _losses.Max());
        return string.Concat(
            _losses.Select(l => Bars[maximum > minimum ? (int)Math.Round((l - minimum) / (maximum - minimum) * (Bars.Length - 1)) : 0]));
    }

    private static string Line(TrainingEvaluation evaluation)
    {
        var scores = evaluation.Result.Scores;
        return string.Create(CultureInfo.InvariantCulture,
            $"epoch {evaluation.Epoch}, iteration {evaluation.Iteration}: mIoU {Output.Percent(scores.MeanIoU)}, pixel accuracy "
            + $"{Output.Percent(scores.PixelAccuracy)}{(evaluation.IsBest ? " (best)" : "")}");
    }

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
