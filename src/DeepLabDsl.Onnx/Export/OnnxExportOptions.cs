using System.Collections.Generic;

namespace DeepLabDsl.Onnx;

/// <summary>What an exported model gives in the place of the network's logits.</summary>
public enum OnnxResult
{
    /// <summary>The scores, float32 <c>[N, classes, H, W]</c>.</summary>
    Logits,

    /// <summary>The probability of each class, float32 <c>[N, classes, H, W]</c>; those of a pixel add up to 1.</summary>
    Probabilities,

    /// <summary>
    /// The class of the largest score, uint8 <c>[N, H, W]</c>, the lowest of equals; 255, void, where a score is not a number.
    /// </summary>
    Labels,
}

/// <summary>How weights are stored; the network computes in float32.</summary>
public enum OnnxWeights
{
    /// <summary>In 32 bits.</summary>
    Float32,

    /// <summary>In 16 bits: half the file, the same speed.</summary>
    Float16,
}

/// <summary>What an exported model takes where it takes pictures, and no maps that are normalised already.</summary>
/// <param name="Mean">Mean of each channel on the scale 0 to 1.</param>
/// <param name="Std">Standard deviation of each channel on the scale 0 to 1.</param>
public sealed record OnnxPictures(IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    /// <summary>
    /// The size that pictures are brought to for the network, bilinearly, a reduction averaged as image libraries do; what the
    /// network gives is brought back to the picture's. Null: the network sees them as they are.
    /// </summary>
    public (int Height, int Width)? Size { get; init; }
}

/// <summary>How a network is exported.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The operator set that files are written in.</summary>
    public const int Opset = 18;

    /// <summary>Images of a batch; null: any number.</summary>
    public int? Batch { get; init; }

    /// <summary>Rows of the input; null: any number.</summary>
    public int? Height { get; init; }

    /// <summary>Columns of the input; null: any number.</summary>
    public int? Width { get; init; }

    /// <summary>The outputs by their names in the spec; null: the logits.</summary>
    public IReadOnlyList<string>? Outputs { get; init; }

    /// <summary>What stands for the logits.</summary>
    public OnnxResult Result { get; init; }

    /// <summary>
    /// Null: the model takes float32 <c>[N, C, H, W]</c>, normalised. Else uint8 <c>[N, H, W, C]</c>, which it normalises.
    /// </summary>
    public OnnxPictures? Pictures { get; init; }

    /// <summary>How weights are stored.</summary>
    public OnnxWeights Weights { get; init; }

    /// <summary>Whether batch norms that follow convolutions go into them.</summary>
    public bool FoldBatchNorms { get; init; } = true;

    /// <summary>Whether a dense CRF is left out: what goes into it stands for what comes out. Else it is refused.</summary>
    public bool WithoutCrf { get; init; }

    /// <summary>What the file says of itself, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
