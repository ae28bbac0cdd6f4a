using System;
using System.CodeDom.Compiler;
using System.Linq;
using System.Reflection;
using PublicApiGenerator;
using Snapshooter;
using Snapshooter.Xunit;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What each package promises: a change of a public member is a change of a snapshot, and stands in a review.</summary>
public sealed class PublicApiTests
{
    [Theory]
    [InlineData("DeepLabDsl")]
    [InlineData("DeepLabDsl.Cli")]
    [InlineData("DeepLabDsl.Compiler")]
    [InlineData("DeepLabDsl.Graph")]
    [InlineData("DeepLabDsl.Imaging")]
    [InlineData("DeepLabDsl.Native")]
    [InlineData("DeepLabDsl.Onnx")]
    public void Public_members_are_those_of_the_snapshot(string assembly)
    {
        var loaded = Assembly.Load(assembly);
        var text = loaded.GeneratePublicApi(new ApiGeneratorOptions
        {
            IncludeAssemblyAttributes = false,
            // The zoo's networks are compiled from specs, protobuf's classes from a schema: those are their snapshots.
            IncludeTypes = [.. loaded.GetExportedTypes().Where(IsWritten)],
            DenyNamespacePrefixes = [],
        });
        Snapshot.Match(text, SnapshotNameExtension.Create(assembly));
    }

    private static bool IsWritten(Type type) =>
        type.Namespace != "DeepLabDsl.Zoo" && type.GetCustomAttribute<GeneratedCodeAttribute>() is null
        && (type.DeclaringType is not { } outer || IsWritten(outer));
}
