using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Evaluates settings; what goes wrong becomes a diagnostic at their place.</summary>
internal static class Evaluation
{
    /// <summary>The value of a setting, of the kind asked for; null, reported, where it has none.</summary>
    public static Value? Evaluate(
        Setting setting, ValueKind kind, IReadOnlyList<string>? choices, IScope scope, DiagnosticBag diagnostics)
    {
        if (Evaluate(setting, scope, diagnostics) is not { } value)
            return null;
        if (kind.Accepts(value, choices))
            return value;
        var expected = kind.Describe(choices);
        if (kind == ValueKind.Choice && value.IsWord)
            expected += Suggestion.For(value.Word, choices ?? []) is var s && s.StartsWith("; did", System.StringComparison.Ordinal) ? s
                : "";
        diagnostics.ReportValue(Rules.WrongType, setting, scope, setting.Name, expected,
            setting.Text == value.ToString() ? value.Describe() : $"{value.Describe()} (from '{setting.Text}')");
        return null;
    }

    /// <summary>The value of a setting, of any kind.</summary>
    public static Value? Evaluate(Setting setting, IScope scope, DiagnosticBag diagnostics)
    {
        try
        {
            return setting.Expression.Evaluate(scope);
        }
        catch (ExpressionException e)
        {
            var arguments = e.Arguments.Select(a => a is "{expression}" ? setting.Text : a).ToArray();
            // A name that nobody knows is the expression's own fault; what it comes to is that of who gave the values.
            if (e.Rule == Rules.ExpressionValue)
                diagnostics.ReportValue(e.Rule, setting, scope, arguments);
            else
                diagnostics.Report(e.Rule, setting.Span, arguments);
            return null;
        }
        catch (ClassDependenceException e) when (e.Span is null)
        {
            throw new ClassDependenceException(e.Message, setting.Span);
        }
        catch (UnknownShapeException)
        {
            return null;
        }
    }
}
