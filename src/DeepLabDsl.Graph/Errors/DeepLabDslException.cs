using System;

namespace DeepLabDsl.Errors;

/// <summary>
/// The base of what DeepLabDsl throws where neither it nor the program is at fault, but data, weights, a network or the machine. The
/// message is meant for people: what is wrong, where, and how to mend it.
/// </summary>
public abstract class DeepLabDslException : Exception
{
    /// <summary>Starts the exception.</summary>
    /// <param name="message">What is wrong, where, and how to mend it.</param>
    /// <param name="innerException">What was thrown beneath.</param>
    protected DeepLabDslException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>What a program can do about it of itself; <see cref="ErrorRemedy.None"/> where nothing but a person can.</summary>
    public ErrorRemedy Remedy { get; init; }
}
