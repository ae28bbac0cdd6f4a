namespace DeepLabDsl.Compiler;

/// <summary>How much a diagnostic matters.</summary>
public enum RuleSeverity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>Probably not what was meant.</summary>
    Warning,

    /// <summary>No code is generated for the network.</summary>
    Error,
}

/// <summary>One kind of diagnostic. Ids are never reused.</summary>
/// <param name="Id">Such as <c>DLD101</c>.</param>
/// <param name="Title">What is wrong, in a few words.</param>
/// <param name="MessageFormat">The message, with <c>{0}</c> … for the arguments.</param>
/// <param name="Severity">The default severity.</param>
public sealed record Rule(string Id, string Title, string MessageFormat, RuleSeverity Severity = RuleSeverity.Error)
{
    /// <summary>Whether a spec can answer it with a reason (<c>suppress:</c>) in place of a change.</summary>
    public bool IsSuppressible { get; init; }

    /// <summary>Whether a layer of a block has it in some uses of the block and not in others.</summary>
    internal bool DependsOnUse { get; init; }
}
