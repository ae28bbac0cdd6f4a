using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Which analyses a spec answers with a reason in place of a change.</summary>
internal sealed partial class Binder
{
    private IReadOnlyList<Suppression> BindSuppressions(MappingReader owner)
    {
        var suppressions = new List<Suppression>();
        foreach (var entry in owner.Map("suppress", "a mapping of diagnostic ids to reasons")?.Entries ?? [])
        {
            var rule = Rules.All.FirstOrDefault(r => r.Id == entry.Name);
            if (rule is not { IsSuppressible: true })
            {
                diagnostics.Report(Rules.UnknownSuppression, entry.Key.Span, entry.Name, rule is null
                    ? $"there is no such diagnostic{Suggestion.For(entry.Name, Rules.All.Where(r => r.IsSuppressible).Select(r => r.Id))}"
                    : $"only what an analysis finds can be suppressed "
                        + $"({string.Join(", ", Rules.All.Where(r => r.IsSuppressible).Select(r => r.Id))})");
            }
            else if (entry.Value is ScalarSyntax { IsNull: false, Text: { } text } && text.Trim().Length > 0)
            {
                suppressions.Add(new Suppression(rule.Id, text.Trim(), entry.Key.Span));
            }
            else
            {
                diagnostics.Report(Rules.WrongType, entry.Key.Span, entry.Name, "the reason, in words", entry.Value.Describe());
            }
        }
        return suppressions;
    }
}
