using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Names that a member of a generated class can't have.</summary>
internal static class ReservedMembers
{
    private static readonly string[] Module =
        ["Dispose", "Equals", "Finalize", "GetHashCode", "GetName", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString", "RegisterComponents",
         "ClearModules", "ConditionallyRegisterParameter", "GetDefaultDeviceAndType", "ReplaceBuffer", "ReplaceParameter", "ConditionallyRegisterBuffer"];

    /// <summary>In any class.</summary>
    public static IReadOnlyCollection<string> Any { get; } = new HashSet<string>(Module);

    /// <summary>In the class of what a network returns.</summary>
    public static IReadOnlyCollection<string> Output { get; } = new HashSet<string>(Module.Concat(["Supervised", "Named", "Output"]));

    /// <summary>In the class of a network.</summary>
    public static IReadOnlyCollection<string> Network { get; } = new HashSet<string>(
        Module.Concat(["Descriptor", "Classes", "DefaultClasses", "OutputStride", "ParameterCount", "MultiplyAdds",
            "ReceptiveField", "ReferenceHeight", "ReferenceWidth", "InputChannels", "Output", "Graph", "GraphData"]));
}
