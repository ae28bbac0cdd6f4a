using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using DeepLabDsl.Compiler;
using DeepLabDsl.Networks;

namespace DeepLabDsl.Cli;

/// <summary>The networks of an assembly that a project with specs has built.</summary>
internal static class NetworkAssembly
{
    /// <summary>Loads an assembly and reads its catalogue.</summary>
    /// <param name="path">The assembly's file.</param>
    /// <exception cref="UserException">It is no assembly, is made for another version, or has no networks.</exception>
    public static IReadOnlyList<NetworkDescriptor> Load(string path)
    {
        if (!File.Exists(path))
            throw new UserException($"{path}: no such file; --assembly names the .dll that 'dotnet build' makes of a project with specs");
        var full = Path.GetFullPath(path);
        try
        {
            // What it needs and this program does not have lies beside it, as its .deps.json says.
            var resolver = new AssemblyDependencyResolver(full);
            var context = new AssemblyLoadContext(full);
            context.Resolving += (_, name) =>
                resolver.ResolveAssemblyToPath(name) is { } found ? context.LoadFromAssemblyPath(found) : null;
            return Catalogue(context.LoadFromAssemblyPath(full))
                ?? throw new UserException(
                    $"{path}: has no networks; name the assembly of a project with DeepLabSpec items (its namespace has a "
                    + $"{ReservedNames.CatalogClass})");
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or FileNotFoundException or InvalidOperationException)
        {
            throw new UserException($"{path}: can't be loaded: {e.Message}");
        }
        catch (Exception e) when (
            e is TypeLoadException or MissingMemberException or ReflectionTypeLoadException or TargetInvocationException)
        {
            throw new UserException(
                $"{path}: was built with another version of DeepLabDsl than this program "
                + $"({typeof(NetworkDescriptor).Assembly.GetName().Version}); build it with this one "
                + $"({(e.InnerException ?? e).Message.Split('\n')[0].TrimEnd('.')})");
        }
    }

    /// <summary>The networks of every catalogue of an assembly; null: it has none.</summary>
    public static IReadOnlyList<NetworkDescriptor>? Catalogue(Assembly assembly)
    {
        var catalogues = assembly.GetExportedTypes()
            .Where(t => t.Name == ReservedNames.CatalogClass)
            .Select(t => t.GetProperty("All", BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<IReadOnlyList<NetworkDescriptor>>().ToList();
        return catalogues.Count == 0 ? null : [.. catalogues.SelectMany(c => c)];
    }
}
