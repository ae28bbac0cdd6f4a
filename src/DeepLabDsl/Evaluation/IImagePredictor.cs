using DeepLabDsl.Crf;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Evaluation;

/// <summary>
/// What gives each pixel of an image its class: a module in TorchSharp (<see cref="Predictor"/>), or what runs a network elsewhere.
/// </summary>
public interface IImagePredictor
{
    /// <summary>The most likely class of every pixel of a sample; its labels are not looked at.</summary>
    /// <param name="sample">The sample: its channels where it has others than the picture's.</param>
    /// <exception cref="UnusableDataException">The network takes another number of channels, or the image is too small for it.</exception>
    LabelMap Predict(SegmentationSample sample);

    /// <summary>The same before and after a dense CRF.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="refiner">The CRF; it sees the picture.</param>
    /// <inheritdoc cref="Predict(SegmentationSample)"/>
    (LabelMap Plain, LabelMap Refined) Predict(SegmentationSample sample, CrfRefiner refiner);
}
