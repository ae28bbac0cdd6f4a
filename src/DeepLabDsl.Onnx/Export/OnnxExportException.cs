using DeepLabDsl.Errors;

namespace DeepLabDsl.Onnx;

/// <summary>A network that can't be written as an ONNX file, or not as asked. The message says what and how to mend it.</summary>
/// <param name="message">What can't be, where it stands in the spec, and the way out.</param>
public sealed class OnnxExportException(string message) : DeepLabDslException(message);
