using System;
using System.Globalization;

namespace DeepLabDsl.Host;

/// <summary>Shows a training: a bar that is rewritten in a terminal, a line every now and then elsewhere.</summary>
internal sealed class TrainingView : ITrainingObserver, IDisposable
{
    private const int BarWidth = 24;

    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(20);

    private readonly bool _isTerminal = !Console.IsOutputRedirected;
    private TimeSpan _lastLine = -PlainInterval;
    private int _width;

    public void OnStep(TrainingStep step)
    {
        if (!_isTerminal && step.Elapsed - _lastLine < PlainInterval && step.Progress < 1)
            return;
        _lastLine = step.Elapsed;
        var filled = (int)(step.Progress * BarWidth);
        var bar = _isTerminal ? $"[{new string('=', filled)}{new string(' ', BarWidth - filled)}] " : "";
        Show(string.Create(CultureInfo.InvariantCulture,
            $"{bar}{100 * step.Progress,3:0} %  epoch {step.Epoch}, iteration {step.Iteration}  loss {step.Loss:0.000}  lr {step.LearningRate:0.00000}  {step.ImagesPerSecond:0.0} images/s  wait {100 * step.WaitShare:0} %  {Left(step.Remaining)} left"));
    }

    public void OnEvaluating(int images, int total)
    {
        if (_isTerminal)
            Show(string.Create(CultureInfo.InvariantCulture, $"scoring {images}/{total}"));
    }

    public void OnEvaluated(TrainingEvaluation evaluation)
    {
        var scores = evaluation.Result.Scores;
        Dispose();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"epoch {evaluation.Epoch}, iteration {evaluation.Iteration}: mIoU {Output.Percent(scores.MeanIoU)}, pixel accuracy {Output.Percent(scores.PixelAccuracy)}{(evaluation.IsBest ? " (best)" : "")}"));
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (_width > 0)
            Console.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }

    private void Show(string text)
    {
        if (!_isTerminal)
        {
            Console.WriteLine(text);
            return;
        }
        Console.Write("\r" + text.PadRight(_width));
        _width = text.Length;
    }

    private static string Left(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
}
