using System;

namespace DeepLabDsl.Errors;

/// <summary>What is asked for is not installed, or the machine does not have it: a package, a GPU. The message says what to do.</summary>
public sealed class SetupException : DeepLabDslException
{
    /// <summary>Starts the exception.</summary>
    /// <param name="message">What is missing, and how to mend it.</param>
    /// <param name="innerException">What was thrown beneath.</param>
    public SetupException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
