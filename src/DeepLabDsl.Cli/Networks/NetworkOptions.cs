using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using DeepLabDsl.Networks;

namespace DeepLabDsl.Cli;

/// <summary>
/// The networks of a command: those of the program, and of an assembly or of a folder of specs that the command line names.
/// </summary>
/// <param name="own">The program's networks beside the zoo's.</param>
internal sealed class NetworkOptions(IReadOnlyList<NetworkDescriptor> own)
{
    private const string AssemblyFact = "assembly";
    private const string SpecsFact = "specs";

    /// <summary><c>--assembly FILE.dll</c>.</summary>
    public Option<string?> Assembly { get; } = CommandOptions.Text(
        "--assembly", "Networks of a project of your own: the assembly that it builds.", "FILE.dll");

    /// <summary><c>--specs DIR</c>.</summary>
    public Option<string?> Specs { get; } = CommandOptions.Text(
        "--specs", "Networks of your own without a project: a spec file, or a folder of them. They are compiled at once.", "DIR|FILE");

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        command.Add(Assembly);
        command.Add(Specs);
    }

    /// <summary>The networks that the command line means.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="facts">What a run says of where its network was; the command line goes before it.</param>
    /// <exception cref="UserException">An assembly can't be read, a spec has a fault, or two networks have the same name.</exception>
    public NetworkSet Open(ParseResult result, IReadOnlyDictionary<string, string>? facts = null)
    {
        var (assembly, specs) = (result.GetValue(Assembly), result.GetValue(Specs));
        if (assembly is null && specs is null && facts is not null)
            (assembly, specs) = (Kept(facts, AssemblyFact), Kept(facts, SpecsFact));
        if (assembly is null && specs is null)
            return own.Count == 0 ? NetworkSet.Zoo : new NetworkSet(own);
        return new NetworkSet(
        [
            .. own,
            .. assembly is null ? [] : NetworkAssembly.Load(assembly),
            .. specs is null ? [] : SpecAssembly.Load(specs),
        ]);
    }

    /// <summary>The network of a name.</summary>
    /// <exception cref="UserException">There is none, or as <see cref="Open"/>.</exception>
    public NetworkDescriptor Find(ParseResult result, string name, IReadOnlyDictionary<string, string>? facts = null) =>
        Open(result, facts).Find(name);

    /// <summary>Notes in a run where its network is, so that the run can be gone on with.</summary>
    public void Note(ParseResult result, Dictionary<string, string> facts)
    {
        if (result.GetValue(Assembly) is { } assembly)
            facts[AssemblyFact] = Path.GetFullPath(assembly);
        if (result.GetValue(Specs) is { } specs)
            facts[SpecsFact] = Path.GetFullPath(specs);
    }

    private static string? Kept(IReadOnlyDictionary<string, string> facts, string key) =>
        !facts.TryGetValue(key, out var path) ? null
        : Path.Exists(path) ? path
        : throw new UserException($"{path}: the run's network was here, and is no longer; say where it is with --{key}");
}
