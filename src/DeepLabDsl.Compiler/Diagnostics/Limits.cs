namespace DeepLabDsl.Compiler;

/// <summary>
/// Where a spec is refused as too large: far above what networks need, far below what would make a build or an editor hang.
/// </summary>
internal static class Limits
{
    /// <summary>Characters of one spec file.</summary>
    public const int FileLength = 128 * 1024;

    /// <summary>Levels of mappings and lists in one another.</summary>
    public const int YamlDepth = 48;

    /// <summary>Definitions of one file.</summary>
    public const int Definitions = 1000;

    /// <summary>Characters of one expression.</summary>
    public const int ExpressionLength = 1000;

    /// <summary>Layers of one network, those in its blocks counted wherever they are used.</summary>
    public const int Layers = 3_000;

    /// <summary>
    /// Layers of all networks of a project together. The zoo has some 15,000; it is what compiling costs, in a build as in an editor.
    /// </summary>
    public const int ProjectLayers = 400_000;

    /// <summary>What a network of fewer layers counts as in its project: each has a class, a graph and a text of its own.</summary>
    public const int NetworkCost = 300;

    /// <summary>Blocks and groups in one another.</summary>
    public const int ModuleDepth = 32;

    /// <summary>Layers of which each waits for the next because it stands behind it in the text.</summary>
    public const int ForwardReferences = 200;

    /// <summary>Definitions of which each extends the next.</summary>
    public const int Bases = 32;

    /// <summary>Channels, height or width of a map.</summary>
    public const int Side = 1 << 20;

    /// <summary>Weights of one layer: what one tensor can hold.</summary>
    public const long Weights = int.MaxValue;

    /// <summary>Diagnostics of one file or network; a text that is no spec at all would give thousands.</summary>
    public const int Diagnostics = 200;
}
