using DeepLabDsl.Errors;

namespace DeepLabDsl.Cli;

/// <summary>Something that the user asked for can't be done. The message is all that is shown.</summary>
internal sealed class UserException(string message) : DeepLabDslException(message);
