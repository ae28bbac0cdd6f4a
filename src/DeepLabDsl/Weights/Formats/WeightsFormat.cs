namespace DeepLabDsl.Weights.Formats;

/// <summary>How weights are laid out in a file.</summary>
public enum WeightsFormat
{
    /// <summary><c>.safetensors</c>.</summary>
    SafeTensors,

    /// <summary>PyTorch's zip archive, <c>.pth</c> or <c>.pt</c>, written since version 1.6.</summary>
    PyTorch,

    /// <summary>PyTorch's stream of pickles, written before version 1.6.</summary>
    PyTorchLegacy,

    /// <summary>TorchSharp's own format, <c>.dat</c>.</summary>
    TorchSharp,

    /// <summary>Caffe's <c>.caffemodel</c>.</summary>
    Caffe,

    /// <summary>TensorFlow's checkpoints of version 2: <c>model.ckpt.index</c> with the files of its numbers beside it.</summary>
    TensorFlowCheckpoint,

    /// <summary>The constants of TensorFlow's frozen graphs, <c>.pb</c>.</summary>
    TensorFlowGraph,

    /// <summary>The constants of TensorFlow Lite's models, <c>.tflite</c>.</summary>
    TensorFlowLite,

    /// <summary>Keras' <c>.h5</c>, and any other HDF5 file.</summary>
    Keras,
}
