using System;

namespace DeepLabDsl.Errors;

/// <summary>
/// The base of what DeepLabDsl throws where neither it nor the program is at fault, but data, weights, a network or the machine. The
/// message is meant for people: what is wrong, where, and how to mend it.
/// </summary>
public abstract class DeepLabDslException : Exception
{
    /// <summary>Names, shapes and texts of a file go into messages, and may be as long as the file.</summary>
    private const int MaximumMessage = 8000;
    private const int KeptEnd = 1000;

    /// <summary>Starts the exception.</summary>
    /// <param name="message">What is wrong, where, and how to mend it; of a very long one the middle is left out.</param>
    /// <param name="innerException">What was thrown beneath.</param>
    protected DeepLabDslException(string message, Exception? innerException = null)
        : base(Bounded(message), innerException)
    {
    }

    /// <summary>What a program can do about it of itself; <see cref="ErrorRemedy.None"/> where nothing but a person can.</summary>
    public ErrorRemedy Remedy { get; init; }

    private static string Bounded(string message) => message.Length <= MaximumMessage
        ? message
        : message.Substring(0, MaximumMessage - KeptEnd) + " … " + message.Substring(message.Length - KeptEnd);
}
