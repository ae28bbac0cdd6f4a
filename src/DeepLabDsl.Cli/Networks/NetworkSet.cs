using System;
using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Networks;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Cli;

/// <summary>The networks that commands know by name: a project's own, and those of the zoo beside them.</summary>
internal sealed class NetworkSet
{
    /// <summary>Makes a set.</summary>
    /// <param name="own">The project's networks. Where the zoo has one of the same name, the project's is meant.</param>
    /// <exception cref="UserException">Two networks of the project have the same name.</exception>
    public NetworkSet(IReadOnlyList<NetworkDescriptor> own)
    {
        var twice = own.GroupBy(n => n.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Skip(1).Any());
        if (twice is not null)
            throw new UserException($"two networks are called '{twice.Key}'; name one of them otherwise");
        Own = own;
        All = [.. own, .. NetworkCatalog.All.Where(n => !own.Any(o => Same(o.Name, n.Name)))];
    }

    /// <summary>The zoo alone.</summary>
    public static NetworkSet Zoo { get; } = new([]);

    /// <summary>The project's own.</summary>
    public IReadOnlyList<NetworkDescriptor> Own { get; }

    /// <summary>All of them, the project's own first.</summary>
    public IReadOnlyList<NetworkDescriptor> All { get; }

    /// <summary>The network of a name, in any case, or of the name of its class.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public NetworkDescriptor Find(string name)
    {
        if (All.FirstOrDefault(n => Same(n.Name, name)) is { } network)
            return network;
        if (All.FirstOrDefault(n => n.ClassName == name) is { } ofClass)
            return ofClass;
        var hint = Suggestion.For(name, All.Select(n => n.Name));
        throw new UserException($"there is no network '{name}'{(hint.Length > 0 ? hint : "; 'list' shows them")}");
    }

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
