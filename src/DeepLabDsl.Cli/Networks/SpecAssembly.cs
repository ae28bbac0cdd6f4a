using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Text;
using DeepLabDsl.Compiler;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Networks;

namespace DeepLabDsl.Cli;

/// <summary>
/// The networks of spec files without a project: compiled by the generator in the C# compiler, as a build does, into an assembly that
/// is kept for the next command. What is kept goes by content: every spec's name and text, and the version of what compiled them.
/// </summary>
internal static class SpecAssembly
{
    /// <summary>This environment variable names the folder of compiled specs; empty: none are kept.</summary>
    public const string CacheVariable = "DEEPLABDSL_CACHE";

    /// <summary>The namespace of the classes.</summary>
    public const string Namespace = "DeepLabDsl.Specs";

    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    /// <summary>Compiles the specs of a file or folder, or takes what was compiled of the same texts, and loads it.</summary>
    /// <exception cref="UserException">There are no specs, or one has a fault: every fault with its place.</exception>
    public static IReadOnlyList<NetworkDescriptor> Load(string path)
    {
        var specs = SpecFiles.ReadTexts([path]);
        if (specs.Count == 0)
            throw new UserException($"{path}: holds no spec of a network");
        var key = Key(specs);
        var cache = CacheFolder();
        var file = cache is null ? null : Path.Combine(cache, key + ".dll");
        if (file is not null && Read(file) is { } kept && TryLoad(kept) is { } known)
            return Networks(known, path);
        var image = SpecCompilation.Compile(specs, Namespace, $"specs-{key[..16]}");
        if (file is not null)
            Keep(file, image);
        return Networks(Load(image), path);
    }

    private static IReadOnlyList<NetworkDescriptor> Networks(Assembly assembly, string path) =>
        NetworkAssembly.Catalogue(assembly) ?? throw new UserException($"{path}: defines no network");

    private static string Key(IReadOnlyList<(string Path, string Text)> specs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // The zoo, which specs name blocks of, is in the library's assembly.
        foreach (var type in new[] { typeof(NetworkDescriptor), typeof(SpecCompiler), typeof(Graph.NetworkGraph), typeof(SpecAssembly) })
            hash.AppendData(type.Module.ModuleVersionId.ToByteArray());
        foreach (var (path, text) in specs)
        {
            Append(path);
            Append(text);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(string value)
        {
            var bytes = Encoding.UTF8.GetBytes(value);
            hash.AppendData(BitConverter.GetBytes((long)bytes.Length));
            hash.AppendData(bytes);
        }
    }

    /// <summary>The user's own folder for what can be made again; null: there is none.</summary>
    private static string? CacheFolder()
    {
        if (Environment.GetEnvironmentVariable(CacheVariable) is { } named)
            return named.Length > 0 ? named : null;
        if (OperatingSystem.IsWindows())
            return Below(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "deeplabdsl", "cache");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
            return Below(home, "Library", "Caches", "deeplabdsl");
        return Below(Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), "deeplabdsl") ?? Below(home, ".cache", "deeplabdsl");
    }

    private static string? Below(string? folder, params string[] names) =>
        Path.IsPathFullyQualified(folder ?? "") ? Path.Combine([folder!, .. names]) : null;

    private static byte[]? Read(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllBytes(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // In a context of its own: what it needs is this program's.
    private static Assembly Load(byte[] image) => new AssemblyLoadContext("specs").LoadFromStream(new MemoryStream(image));

    private static Assembly? TryLoad(byte[] image)
    {
        try
        {
            return Load(image);
        }
        catch (BadImageFormatException)
        {
            // It is compiled anew.
            return null;
        }
    }

    // A folder that can't be written to costs time at each command, and nothing else.
    private static void Keep(string file, byte[] image)
    {
        try
        {
            var folder = Path.GetDirectoryName(file)!;
            if (!OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            AtomicFile.Write(file, stream => stream.Write(image));
            foreach (var old in Directory.EnumerateFiles(folder, "*.dll").Where(f => DateTime.UtcNow - File.GetLastWriteTimeUtc(f) > Kept))
                File.Delete(old);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UnusableDataException)
        {
        }
    }
}
