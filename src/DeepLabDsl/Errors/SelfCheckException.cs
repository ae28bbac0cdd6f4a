namespace DeepLabDsl.Errors;

/// <summary>This machine computes wrong numbers, or its library ends processes. The message says where, and what to do.</summary>
public sealed class SelfCheckException(string message) : DeepLabDslException(message);
