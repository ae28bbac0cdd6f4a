using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Names that no network, layer or output can ask for: what is made of a spec has members and classes of its own under them.
/// </summary>
internal static class ReservedNames
{
    /// <summary>The class that lists a project's networks.</summary>
    public const string CatalogClass = "NetworkCatalog";

    /// <summary>The class that holds the texts of a project's specs.</summary>
    public const string TextsClass = "SpecTexts";

    private static readonly string[] Module =
    [
        "Dispose", "Equals", "Finalize", "GetHashCode", "GetName", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString",
        "RegisterComponents", "ClearModules", "ConditionallyRegisterParameter", "GetDefaultDeviceAndType", "ReplaceBuffer",
        "ReplaceParameter", "ConditionallyRegisterBuffer",
    ];

    /// <summary>In any class.</summary>
    public static IReadOnlyCollection<string> Any { get; } = new HashSet<string>(Module);

    /// <summary>In the class of what a network returns.</summary>
    public static IReadOnlyCollection<string> Output { get; } = new HashSet<string>(Module.Concat(["Supervised", "Named", "Output"]));

    /// <summary>In the class of a network.</summary>
    public static IReadOnlyCollection<string> Network { get; } = new HashSet<string>(
        Module.Concat(["Descriptor", "Classes", "DefaultClasses", "OutputStride", "ParameterCount", "MultiplyAdds",
            "ReceptiveField", "ReferenceHeight", "ReferenceWidth", "InputChannels", "Output", "Graph", "GraphData", "ForInference",
            "IntoInference"]));
}
