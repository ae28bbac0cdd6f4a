using System;

namespace DeepLabDsl.Modules;

/// <summary>What is put around a map for the windows of a convolution or a pooling: cells on each side, or a rule.</summary>
public readonly record struct WindowPadding
{
    private readonly Rule _rule;
    private readonly Extent _cells;

    private WindowPadding(Rule rule, Extent cells) => (_rule, _cells) = (rule, cells);

    private enum Rule
    {
        Cells,
        Same,
        TensorFlow,
    }

    /// <summary><c>rate * (kernel - 1) / 2</c> on each side, which keeps the size at stride 1.</summary>
    public static WindowPadding Same { get; } = new(Rule.Same, default);

    /// <summary>
    /// What TensorFlow's SAME means: as many as the size at run time needs for <c>ceil(size / stride)</c> values, an odd one below and
    /// to the right.
    /// </summary>
    public static WindowPadding TensorFlow { get; } = new(Rule.TensorFlow, default);

    /// <summary>Whether it depends on the size at run time.</summary>
    internal bool IsTensorFlow => _rule == Rule.TensorFlow;

    /// <summary>As many cells on each of the four sides.</summary>
    public static implicit operator WindowPadding(int cells) => new(Rule.Cells, cells);

    /// <summary>Cells above and below, then cells to the left and to the right.</summary>
    public static implicit operator WindowPadding((int Vertical, int Horizontal) cells) => new(Rule.Cells, cells);

    /// <summary>Cells above and below, then cells to the left and to the right.</summary>
    public static implicit operator WindowPadding(Extent cells) => new(Rule.Cells, cells);

    /// <summary>The rule of a word: <c>same</c> or <c>tensorflow</c>.</summary>
    /// <exception cref="ArgumentException">It is another word.</exception>
    public static WindowPadding Of(string rule) => rule switch
    {
        "same" => Same,
        "tensorflow" => TensorFlow,
        _ => throw new ArgumentException($"'{rule}' is no padding: it is same or tensorflow.", nameof(rule)),
    };

    /// <summary>The cells on each side; none where the size at run time decides.</summary>
    internal Extent Of(Extent kernel, Extent rate) => _rule == Rule.Same
        ? new Extent(rate.Height * (kernel.Height - 1) / 2, rate.Width * (kernel.Width - 1) / 2)
        : _cells;
}
