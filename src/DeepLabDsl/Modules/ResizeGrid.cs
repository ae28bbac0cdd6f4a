namespace DeepLabDsl.Modules;

/// <summary>
/// What a factor f makes of the n pixels of a side. Where n f is whole, <see cref="Size"/> and <see cref="Factor"/> are one.
/// </summary>
public enum ResizeGrid
{
    /// <summary>floor(n f) pixels, spread evenly over the side.</summary>
    Size,

    /// <summary>floor(n f) pixels, exactly 1/f apart: PyTorch's <c>scale_factor</c>.</summary>
    Factor,

    /// <summary>floor((n - 1) f) + 1 pixels, the outer ones on the corners: Caffe's Interp and TensorFlow's DeepLab.</summary>
    Corners,
}
