// What C# asks of the framework and netstandard2.0 lacks.
namespace System.Runtime.CompilerServices;

internal static class IsExternalInit;

internal sealed class RequiredMemberAttribute : Attribute;

internal sealed class CompilerFeatureRequiredAttribute(string featureName) : Attribute
{
    public string FeatureName { get; } = featureName;
}
