using System;
using System.Diagnostics;
using System.Globalization;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli;

/// <summary>One line that counts up, where there is a terminal to rewrite it in; nothing elsewhere.</summary>
internal sealed class ProgressLine(string? what) : IProgress<ImageProgress>, IDisposable
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _width;

    /// <inheritdoc/>
    public void Report(ImageProgress value) => Show(value.Done, value.Total);

    public void Show(int done, int total)
    {
        if (what is null || Console.IsErrorRedirected)
            return;
        var left = _watch.Elapsed * ((total - done) / (double)Math.Max(1, done));
        var text = string.Create(CultureInfo.InvariantCulture, $"{what} {done}/{total}, {left.TotalSeconds:0} s left");
        Console.Error.Write("\r" + text.PadRight(_width));
        _width = text.Length;
    }

    public void Dispose()
    {
        if (_width > 0)
            Console.Error.Write("\r" + new string(' ', _width) + "\r");
        _width = 0;
    }
}
