using System.Collections.Generic;

namespace DeepLabDsl.Compiler;

/// <summary>Collects diagnostics, each once, in the order found.</summary>
internal sealed class DiagnosticBag
{
    // Most bags stay empty.
    private HashSet<Diagnostic>? _seen;
    private List<Diagnostic>? _items;

    public IReadOnlyList<Diagnostic> Items => _items ?? (IReadOnlyList<Diagnostic>)[];

    public bool HasErrors { get; private set; }

    /// <summary>
    /// The use of a block or backbone whose layers are being lowered, as the end of a message; empty: the network's own are. Whether maps
    /// fit in a block depends on what it is given.
    /// </summary>
    public string Use { get; set; } = "";

    public void Report(Rule rule, SourceSpan span, params object[] arguments) =>
        Add(new Diagnostic(rule, span, arguments) { Way = rule.DependsOnUse ? Use : "" });

    /// <summary>An error that another bag holds, a block's for a later network made of it: what stands on it is not sound here
    /// either.</summary>
    public void NoteError() => HasErrors = true;

    public void Add(Diagnostic diagnostic)
    {
        if ((_items?.Count >= Limits.Diagnostics && HasErrors) || !(_seen ??= new HashSet<Diagnostic>(Diagnostic.SameFault))
            .Add(diagnostic))
            return;
        (_items ??= []).Add(diagnostic);
        HasErrors |= diagnostic.Rule.Severity == RuleSeverity.Error;
    }
}
