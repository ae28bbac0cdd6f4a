using System.Collections.Generic;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Tools;

/// <summary>What a box of a drawing stands for.</summary>
internal enum DiagramKind
{
    Input,
    Stem,
    Stage,
    Layer,
    Run,
    Join,
    Resize,
    Output,
}

/// <summary>A cell of a box: one unit of a stage, or one convolution.</summary>
/// <param name="Rates">The atrous rates in it, in order.</param>
internal readonly record struct DiagramCell(IReadOnlyList<int> Rates);

/// <summary>A box of a drawing.</summary>
internal sealed class DiagramNode(DiagramKind kind, string name)
{
    public DiagramKind Kind { get; } = kind;

    /// <summary>The layer's path.</summary>
    public string Name { get; } = name;

    /// <summary>The first line.</summary>
    public string Title { get; set; } = "";

    /// <summary>The second line; empty: there is none.</summary>
    public string Detail { get; set; } = "";

    public List<DiagramCell> Cells { get; } = [];

    /// <summary>Distance in input pixels between neighbours of its result.</summary>
    public double Stride { get; set; } = 1;

    /// <summary>What feeds it, each once, in the order in which it takes them.</summary>
    public List<DiagramNode> Inputs { get; } = [];

    public List<DiagramNode> Readers { get; } = [];

    /// <summary>For inputs that are taken from within another box: where in it.</summary>
    public Dictionary<DiagramNode, string> Taps { get; } = [];

    /// <summary>The block that was opened up and that it is a part of; null: none.</summary>
    public DeepLabDsl.Graph.Layer? Group { get; set; }

    /// <summary>The primitives that it stands for.</summary>
    public List<FlatNode> Primitives { get; } = [];
}
