namespace DeepLabDsl.Modules;

/// <summary>An activation that a class is told.</summary>
public enum LayerActivation
{
    /// <summary>Nothing: the input passes on.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>min(max(x, 0), 6).</summary>
    Relu6,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid,

    /// <summary>min(max(x + 3, 0), 6) / 6.</summary>
    HardSigmoid,

    /// <summary>x * hard_sigmoid(x).</summary>
    HardSwish,
}
