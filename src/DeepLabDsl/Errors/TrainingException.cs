namespace DeepLabDsl.Errors;

/// <summary>A training that can't go on. The message says why, where and what is left.</summary>
public sealed class TrainingException : DeepLabDslException
{
    /// <summary>Starts the exception.</summary>
    /// <param name="message">What happened, and how to mend it.</param>
    public TrainingException(string message)
        : base(message)
    {
    }
}
