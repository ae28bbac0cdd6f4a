namespace System.Runtime.CompilerServices;

/// <summary>What the C# compiler needs for <c>init</c> on .NET Standard.</summary>
internal static class IsExternalInit;
