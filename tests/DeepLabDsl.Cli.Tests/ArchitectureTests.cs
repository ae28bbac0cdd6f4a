using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Cli.Tests;

/// <summary>Which namespace may use which: the order in which the code can be read, held over all assemblies.</summary>
public class ArchitectureTests
{
    private const string Product = "DeepLabDsl.";
    private const string Main = "(main)";
    private const string Segmenter = "(segmenter)";
    private const string Facade = "(facade)";

    /// <summary>The types of the root namespace, which newcomers meet, and the rooms that they stand for.</summary>
    private static readonly Dictionary<string, string> Root = new()
    {
        ["DeepLabHost"] = Main,
        ["Segmenter"] = Segmenter,
        ["Segmentation"] = Segmenter,
        ["SegmenterOptions"] = Segmenter,
        ["ClassShare"] = Segmenter,
        ["ComputeDevice"] = Segmenter,
        ["InferencePrecision"] = Segmenter,
        ["ISegmenterEngine"] = Segmenter,
        ["ISegmenterEngineFactory"] = Segmenter,
        ["SegmenterEngines"] = Segmenter,
        ["SegmenterImage"] = Segmenter,
        ["BoundedStream"] = Segmenter,
        ["SegmenterNetworks"] = Facade,
    };

    /// <summary>
    /// Every namespace, and those that its types may name, all without "DeepLabDsl." before them. Each names only such as stand above
    /// it, so that there is no circle. What is in use must be here, and what is here must be in use: this is the map of the code.
    /// </summary>
    private static readonly Room[] Rooms =
    [
        new("Errors"),
        new("Graph", "Errors"),
        new("Compiler", "Graph"),
        new("Generator", "Graph", "Compiler"),
        new("Tools", "Graph", "Compiler"),
        new("Native"),
        new("Distributed", "Errors"),
        new("IO", "Errors"),
        new("Imaging", "Errors", "IO"),
        new("Rendering", "IO", "Imaging"),
        new("Modules", "Errors"),
        new("Crf", "Imaging", "Modules"),
        new("Recipes", "Modules", "Crf"),
        // What segments images for newcomers, whatever runs the network.
        new(Segmenter, "Errors", "Imaging", "Rendering", "Modules", "Crf", "Recipes"),
        new("Networks", "Graph", "Native", "Modules", "Crf", "Recipes", Segmenter),
        // What the generator writes, here from the specs of this repository; users' own networks name the same.
        new("Zoo", "Graph", "Modules", "Crf", "Recipes", "Networks"),
        new("Weights.Formats", "Errors", "IO", "Modules"),
        new("Weights.Names", "Errors", "Graph", "IO", "Networks"),
        new("Weights", "Errors", "Imaging", "Modules", "Networks", "Weights.Formats", "Weights.Names"),
        new("SelfChecks", "Errors", "Native", "Imaging", "Modules", "Crf", "Networks", "Zoo"),
        new("Data", "Errors", "IO", "Imaging", "Rendering", "Modules", "Recipes"),
        new("Evaluation", "Errors", "Graph", "Imaging", "Rendering", "Modules", "Crf", "Recipes", "Networks", "SelfChecks", "Data"),
        // Runs networks without Torch, in an assembly of its own.
        // What protoc makes of onnx.proto.
        new("Onnx.Proto"),
        // Of Modules the extents of windows alone: the project references no Torch.
        new("Onnx", "Onnx.Proto", "Errors", "Graph", "Imaging", "Rendering", "Modules", "Crf", "Recipes", Segmenter, "Evaluation"),
        new("Training",
            "Errors", "IO", "Imaging", "Rendering", "Modules", "Crf", "Recipes", "Networks", "Weights.Formats", "Weights", "SelfChecks",
            "Data", "Evaluation", "Distributed"),
        new("Inference",
            "Errors", "Graph", "Native", "IO", "Imaging", "Modules", "Crf", "Recipes", Segmenter, "Networks", "Zoo", "Weights.Names",
            "Weights", "Data", "Evaluation"),
        new(Facade, "Imaging", Segmenter, "Networks", "Inference"),
        new("Reports", "Errors", "IO", "Imaging", "Rendering", "Networks", "Evaluation"),
        new("Cli.Demo", "Imaging", "Data"),
        new("Cli.Golden", "Errors", "IO", "Modules", "Networks", "Weights.Names"),
        new("Cli",
            "Errors", "Graph", "Compiler", "Generator", "Native", "IO", "Imaging", "Modules", "Crf", "Recipes", "Networks", "Zoo",
            "Weights.Names",
            "Weights",
            "Data", "Evaluation", "Distributed", "Onnx", "Training", Segmenter, "Inference", "Cli.Golden"),
        new("Cli.Doctor", "Native", "IO", "SelfChecks", "Cli"),
        new("Cli.Commands",
            "Errors", "Graph", "Compiler", "Tools", "Native", "IO", "Imaging", "Rendering", "Modules", "Crf", "Recipes", "Networks",
            "Weights.Formats", "Weights.Names", "Weights", "SelfChecks", "Data", "Evaluation", "Distributed", "Onnx", "Training", "Reports",
            "Cli.Demo", "Cli.Golden", "Cli", "Cli.Doctor"),
        // What a program's Main is made of: DeepLabHost, and the statements of Program.cs of the host, which are in no namespace.
        new(Main, "Networks", "Cli", "Cli.Commands"),
    ];

    private static readonly string[] Assemblies =
    [
        "DeepLabDsl.Graph.dll", "DeepLabDsl.Compiler.dll", "DeepLabDsl.Generator.dll", "DeepLabDsl.Tools.dll", "DeepLabDsl.Native.dll",
        "DeepLabDsl.Imaging.dll", "DeepLabDsl.Onnx.dll", "DeepLabDsl.dll", "DeepLabDsl.Cli.dll", "DeepLabDsl.Host.dll",
    ];

    private static readonly Lazy<IReadOnlyList<TypeUse>> Uses = new(() => [.. Assemblies.SelectMany(UsesIn)]);

    [Fact]
    public void Namespaces_are_ordered_from_below_to_above()
    {
        for (var i = 0; i < Rooms.Length; i++)
            Assert.Empty(Rooms[i].MayUse.Except(Rooms.Take(i).Select(r => r.Name)));
    }

    [Fact]
    public void Every_type_is_in_a_namespace_of_the_table()
    {
        var strays = Uses.Value.SelectMany(u => new[] { u.From, u.To }).Distinct()
            .Where(t => t.StartsWith(Product, StringComparison.Ordinal) && NamespaceOf(t) is null);

        Assert.Empty(strays);
    }

    [Fact]
    public void Types_name_those_of_permitted_namespaces_alone() => Assert.Equal("", string.Join("\n", Violations(Rooms)));

    [Fact]
    public void Every_permission_is_in_use()
    {
        var arrows = Arrows(Rooms).Select(a => (a.From, a.To)).ToHashSet();

        var idle = Rooms.SelectMany(r => r.MayUse.Select(to => (From: r.Name, To: to))).Where(a => !arrows.Contains(a));

        Assert.Empty(idle.Select(a => $"{a.From} -> {a.To}"));
    }

    [Fact]
    public void An_arrow_that_is_not_permitted_is_told_with_both_types()
    {
        Room[] without = [.. Rooms.Select(r => r.Name == "Networks" ? r with { MayUse = [.. r.MayUse.Except(["Modules"])] } : r)];

        Assert.Contains(
            "Networks may not use Modules: DeepLabDsl.Networks.SegmentationNetwork -> DeepLabDsl.Modules.GeneratedModule`2",
            Violations(without));
    }

    [Theory]
    [InlineData(nameof(NamesInGenericArgument))]
    [InlineData(nameof(NamesInTypeof))]
    [InlineData(nameof(NamesInConstraint))]
    [InlineData(nameof(NamesInClosure))]
    [InlineData(nameof(NamesInAttribute))]
    [InlineData(nameof(NamesInHandler))]
    public void A_type_is_seen_wherever_it_is_named(string type)
    {
        var uses = AssemblyTypes.UsesIn(typeof(ArchitectureTests).Assembly.Location);

        Assert.Contains(new TypeUse($"{typeof(ArchitectureTests).Namespace}.{type}", typeof(NamedException).FullName!), uses);
    }

    private static IReadOnlyList<TypeUse> UsesIn(string assembly)
    {
        var uses = AssemblyTypes.UsesIn(Path.Combine(AppContext.BaseDirectory, assembly));
        Assert.NotEmpty(uses);
        return uses;
    }

    private static IEnumerable<string> Violations(IReadOnlyList<Room> rooms)
    {
        var permitted = rooms.ToDictionary(r => r.Name, r => r.MayUse);
        return Arrows(rooms).Where(a => !permitted[a.From].Contains(a.To)).Select(a => $"{a.From} may not use {a.To}: {a.Use}");
    }

    private static IEnumerable<(string From, string To, TypeUse Use)> Arrows(IReadOnlyList<Room> rooms) =>
        from use in Uses.Value
        let source = NamespaceOf(use.From)
        let target = NamespaceOf(use.To)
        where source is not null && target is not null && source != target
        select (source, target, use);

    /// <summary>The namespace of the table that a type is in; null: it is none of ours.</summary>
    private static string? NamespaceOf(string type)
    {
        if (type is "Program")
            return Main;
        if (!type.StartsWith(Product, StringComparison.Ordinal))
            return null;
        if (Root.TryGetValue(type[Product.Length..], out var named))
            return named;
        var room = type[Product.Length..Math.Max(Product.Length, type.LastIndexOf('.'))];
        return Array.Exists(Rooms, r => r.Name == room) ? room : null;
    }

    /// <summary>A namespace.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="MayUse">Those whose types its own may name.</param>
    private sealed record Room(string Name, params string[] MayUse);
}

internal class NamedException : Exception;

internal static class NamesInGenericArgument
{
    public static object Make() => new Dictionary<string, NamedException[]>();
}

internal static class NamesInTypeof
{
    public static string Name() => typeof(NamedException).Name;
}

internal static class NamesInConstraint
{
    public static void Take<T>(T value)
        where T : NamedException => ArgumentNullException.ThrowIfNull(value);
}

internal static class NamesInClosure
{
    public static Func<object> Late(int count) => () => Enumerable.Repeat<NamedException?>(null, count);
}

[TypeConverter(typeof(NamedException))]
internal static class NamesInAttribute;

internal static class NamesInHandler
{
    public static bool Fails(Action action)
    {
        try
        {
            action();
            return false;
        }
        catch (NamedException)
        {
            return true;
        }
    }
}
