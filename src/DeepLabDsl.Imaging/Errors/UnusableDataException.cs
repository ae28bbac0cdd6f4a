using System;

namespace DeepLabDsl.Errors;

/// <summary>
/// Data that cannot be used: an image, a label map, a dataset folder or a dataset file. The message names the file,
/// says what is wrong with it and what was expected instead.
/// </summary>
public sealed class UnusableDataException : DeepLabDslException
{
    /// <summary>Starts the exception.</summary>
    /// <param name="message">The file, what is wrong, what was expected, how to mend it.</param>
    /// <param name="innerException">What was thrown beneath.</param>
    public UnusableDataException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
