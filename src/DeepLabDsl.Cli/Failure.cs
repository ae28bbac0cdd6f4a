using System;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Cli;

/// <summary>What a user sees of an exception: one message, whoever threw it; the trace goes into a file where one is asked for.</summary>
internal static class Failure
{
    /// <summary>This environment variable names the file that takes the trace of an error.</summary>
    public const string TraceVariable = "DEEPLABDSL_TRACE";

    private const string Smaller = "; use smaller images, windows (--window) or a smaller batch";

    /// <summary>Reports an exception on the standard error.</summary>
    public static void Report(Exception exception) => Report(exception, "");

    /// <inheritdoc cref="Report(Exception)"/>
    /// <param name="exception">The exception.</param>
    /// <param name="who">What stands before the message.</param>
    public static void Report(Exception exception, string who)
    {
        var cause = Unwrap(exception);
        Console.Error.WriteLine($"error: {who}{Describe(cause)}");
        if (Environment.GetEnvironmentVariable(TraceVariable) is not { Length: > 0 } path)
            return;
        try
        {
            File.AppendAllText(path, $"{exception}\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            Console.Error.WriteLine($"{TraceVariable}: the trace can't be written to '{path}': {e.Message}");
        }
    }

    private static string Describe(Exception exception) => exception switch
    {
        DeepLabDslException known => known.Message + (OptionsFor(known.Remedy) is { Length: > 0 } options ? $" ({options})" : ""),
        // Why libtorch can't be loaded.
        DllNotFoundException => FirstLine(exception.Message),
        // The library's own word about an option that can't be.
        ArgumentException { ParamName: null } when exception.TargetSite?.Module.Assembly != typeof(object).Assembly => exception.Message,
        OutOfMemoryException => "there is not enough memory",
        ExternalException when exception.Message.Contains("can't allocate memory", StringComparison.Ordinal) =>
            "there is not enough memory" + Smaller,
        ExternalException when exception.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase) =>
            "the device has not enough memory" + Smaller,
        IOException or UnauthorizedAccessException => FirstLine(exception.Message),
        _ => $"it went wrong where nobody expected it: {FirstLine(exception.Message)} "
            + $"({exception.GetType().Name}; {TraceVariable}=FILE keeps the trace)",
    };

    /// <summary>The options that are what the library asks for: it knows no command line. Empty: there are none.</summary>
    internal static string OptionsFor(ErrorRemedy remedy) => remedy switch
    {
        ErrorRemedy.ChooseEntry => "--entry NAME",
        ErrorRemedy.UseNameMap => "--name-map NAME",
        ErrorRemedy.WritePublisherNames => "--name-map MAP --to-publisher",
        ErrorRemedy.AllowExpand => "--allow-expand",
        ErrorRemedy.OverwriteRun => "--force",
        ErrorRemedy.StartFromWeights => "--weights RUN",
        ErrorRemedy.LeaveOutCrf => "--without-crf",
        ErrorRemedy.NameClasses => "--dataset NAME",
        _ => "",
    };

    private static Exception Unwrap(Exception exception) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        TargetInvocationException or TypeInitializationException when exception.InnerException is { } inner => Unwrap(inner),
        _ => exception,
    };

    /// <summary>libtorch puts its trace behind the first line.</summary>
    private static string FirstLine(string message)
    {
        var text = message.AsSpan().Trim();
        var end = text.IndexOfAny('\r', '\n');
        var line = new StringBuilder();
        foreach (var c in end < 0 ? text : text[..end])
            line.Append(char.IsControl(c) ? '?' : c);
        return line.ToString().TrimEnd('.');
    }
}
