using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What a spec file is called where its path, which differs from machine to machine, must not be.</summary>
/// <param name="Name">The file's name, with as many folders before it as tell it from all others.</param>
/// <param name="Member">The C# member that holds its text.</param>
public sealed record SpecName(string Name, string Member)
{
    /// <summary>The names of all files of a project, by path.</summary>
    public static IReadOnlyDictionary<string, SpecName> Of(IEnumerable<string> paths)
    {
        var names = new Dictionary<string, SpecName>(StringComparer.Ordinal);
        // Members are names of files, too, which no file system need tell apart by case.
        var members = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var all = paths.Distinct(StringComparer.Ordinal).OrderBy(p => p, StringComparer.Ordinal)
            .Select(p => (Path: p, Parts: p.Split('/', '\\'))).ToList();
        var alike = all.GroupBy(p => p.Parts[p.Parts.Length - 1], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal);
        foreach (var (path, parts) in all)
        {
            var others = alike[parts[parts.Length - 1]].Where(o => o.Path != path).ToList();
            var taken = 1;
            while (taken < parts.Length && others.Any(o => Tail(o.Parts, taken) == Tail(parts, taken)))
                taken++;
            var name = Tail(parts, taken);
            names.Add(path, new SpecName(name, Unique(MemberOf(name), members)));
        }
        return names;
    }

    private static string Tail(string[] parts, int count) => string.Join("/", parts.Skip(Math.Max(0, parts.Length - count)));

    private static string MemberOf(string name)
    {
        var end = name.LastIndexOf('.');
        return Names.Pascal(string.Concat((end > 0 ? name.Substring(0, end) : name)
            .Select(c => c is >= 'a' and <= 'z' or >= 'A' and <= 'Z' or >= '0' and <= '9' ? c : '_')));
    }

    private static string Unique(string member, HashSet<string> members)
    {
        var unique = member;
        for (var number = 2; !members.Add(unique); number++)
            unique = member + "_" + number.ToString(CultureInfo.InvariantCulture);
        return unique;
    }
}
