using System;

namespace DeepLabDsl.Errors;

/// <summary>Weights that can't be read, or are of another network. The message names the file and lists what differs.</summary>
public sealed class WeightsException : DeepLabDslException
{
    /// <summary>Starts the exception.</summary>
    /// <param name="message">The file, what is wrong, what was expected, how to mend it.</param>
    /// <param name="innerException">What was thrown beneath.</param>
    public WeightsException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
