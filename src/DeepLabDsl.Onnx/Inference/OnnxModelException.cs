using System;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Onnx;

/// <summary>An ONNX file that can't be run, or not on what it was given. The message says why.</summary>
public sealed class OnnxModelException : DeepLabDslException
{
    /// <summary>Starts the exception.</summary>
    /// <param name="message">The file, what is wrong, what was expected.</param>
    /// <param name="innerException">What was thrown beneath.</param>
    public OnnxModelException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
