using DeepLabDsl.Errors;

namespace DeepLabDsl.Distributed;

/// <summary>Another rank has failed, so that this one can't go on. The one that failed says why.</summary>
public sealed class RankFailedException : DeepLabDslException
{
    /// <summary>Says what is known of it.</summary>
    public RankFailedException(string message)
        : base(message)
    {
    }
}
