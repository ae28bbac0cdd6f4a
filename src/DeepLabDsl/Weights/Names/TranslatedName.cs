namespace DeepLabDsl.Weights.Names;

/// <summary>A tensor under its two names.</summary>
public sealed record TranslatedName
{
    /// <summary>The network's state-dict key.</summary>
    public required string Ours { get; init; }

    /// <summary>The publisher's key; null where the publisher does not have the tensor.</summary>
    public string? Theirs { get; init; }

    /// <summary>The publisher's key of a number that theirs is divided by to be ours; null: none.</summary>
    public string? DivideBy { get; init; }

    internal TensorLayout Layout { get; init; } = TensorLayout.Same;
}
