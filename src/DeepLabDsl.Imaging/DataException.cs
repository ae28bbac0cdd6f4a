using System;

namespace DeepLabDsl;

/// <summary>
/// Data that cannot be used: an image, a label map, a dataset folder or a dataset file. The message names the file,
/// says what is wrong with it and what was expected instead.
/// </summary>
public sealed class DataException : Exception
{
    /// <summary>Starts the exception.</summary>
    /// <param name="message">The file, what is wrong, what was expected, how to mend it.</param>
    public DataException(string message)
        : base(message)
    {
    }

    /// <summary>Starts the exception with its cause.</summary>
    /// <param name="message">The file, what is wrong, what was expected, how to mend it.</param>
    /// <param name="innerException">What was thrown beneath.</param>
    public DataException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
