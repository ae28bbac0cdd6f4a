using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Compiler;

namespace DeepLabDsl.Fuzz;

/// <summary>Runs cases and gathers what failed.</summary>
internal sealed class Fuzzer
{
    /// <summary>Characters of the sources compiled at once: the references are bound once a batch.</summary>
    private const int BatchSize = 4_000_000;

    private readonly List<(FuzzCase Case, string Source, IReadOnlyList<string> Classes)> _batch = [];
    private readonly HashSet<(int Hash, int Length)> _seen = [];
    private int _batched;

    /// <summary>Characters of a source that is still compiled; those of limits reached are more of the same, and slow.</summary>
    public int LongestSource { get; init; } = 150_000;

    public List<(FuzzCase Case, string Fault)> Failures { get; } = [];

    public int Cases { get; private set; }

    /// <summary>Cases without an error, of which a network was generated.</summary>
    public int Accepted { get; private set; }

    /// <summary>Cases and those accepted, by how they were made.</summary>
    public SortedDictionary<string, (int Cases, int Accepted)> Kinds { get; } = new(StringComparer.Ordinal);

    /// <summary>Different C# files that were compiled, stubs of refused networks with them.</summary>
    public int Compiled { get; private set; }

    /// <summary>How long the C# compiler took.</summary>
    public TimeSpan Compiling { get; private set; }

    /// <summary>How long the compiler took for the last case.</summary>
    public TimeSpan Last { get; private set; }

    public (TimeSpan Time, string Made) Slowest { get; private set; }

    public Dictionary<string, int> Diagnostics { get; } = [];

    public void Run(FuzzCase item)
    {
        var verdict = Oracle.Judge(item);
        Cases++;
        Last = verdict.Time;
        var accepted = verdict.IsAccepted ? 1 : 0;
        Accepted += accepted;
        var kind = item.Made.Split([" (", " of "], StringSplitOptions.None)[0];
        Kinds[kind] = Kinds.GetValueOrDefault(kind) is var known ? (known.Cases + 1, known.Accepted + accepted) : default;
        if (verdict.Time > Slowest.Time)
            Slowest = (verdict.Time, item.Made);
        if (verdict.Fault is not null)
            Failures.Add((item, verdict.Fault));
        foreach (var id in verdict.Networks.SelectMany(n => n.Diagnostics).Select(d => d.Rule.Id).Distinct())
            Diagnostics[id] = Diagnostics.GetValueOrDefault(id) + 1;
        // Two networks of one class in a file are refused by the library; here each stands by itself.
        foreach (var network in verdict.Networks.Take(20))
        {
            if (network.Source.Length > LongestSource
                || !_seen.Add((string.GetHashCode(network.Source, StringComparison.Ordinal), network.Source.Length)))
                continue;
            var classes = Classes(item, network);
            _batch.Add((item, network.Source, classes));
            _batched += network.Source.Length + classes.Sum(c => c.Length);
        }
        if (_batched >= BatchSize)
            Compile();
    }

    /// <summary>Compiles what is left.</summary>
    public void Compile()
    {
        if (_batch.Count == 0)
            return;
        var begin = Stopwatch.GetTimestamp();
        var sources = _batch.SelectMany((b, i) => b.Classes.Prepend(b.Source).Select(text => (Index: i, Text: text
            .Replace("\nnamespace Checked;", $"\nnamespace Fuzz.N{i};", StringComparison.Ordinal)
            .Replace("global::Checked.", $"global::Fuzz.N{i}.", StringComparison.Ordinal)))).ToList();
        sources.AddRange(_batch.SelectMany((b, i) => Texts(b.Case, b.Source, $"Fuzz.N{i}").Select(t => (Index: i, Text: t))).ToList());
        foreach (var (index, fault) in CSharpCompiler.Check([.. sources.Select(s => s.Text)]))
            Failures.Add((_batch[sources[index].Index].Case, $"C#: {fault}\n{Line(sources[index].Text, fault)}"));
        Compiled += _batch.Count;
        Compiling += Stopwatch.GetElapsedTime(begin);
        _batch.Clear();
        _batched = 0;
    }

    /// <summary>The classes that a network is made of, in the namespace of its own.</summary>
    public static IReadOnlyList<string> Classes(FuzzCase item, NetworkCompilation network)
    {
        if (network.Classes.Count == 0)
            return [];
        var library = new SpecLibrary(item.Files.Select(f => SpecFile.Parse(f.Path, f.Text)), library: item.Library);
        return [.. network.Classes.Select(c => SpecCompiler.EmitClass(c, library, "Checked").Source)];
    }

    /// <summary>The spec texts that a network's code carries.</summary>
    private static IEnumerable<string> Texts(FuzzCase item, string source, string targetNamespace)
    {
        var files = item.Files.Select(f => SpecFile.Parse(f.Path, f.Text)).Concat(item.Library).GroupBy(f => f.Path).Select(g => g.First())
            .ToList();
        var names = SpecName.Of(files.Select(f => f.Path));
        return files.Where(f => source.Contains($".SpecTexts.{names[f.Path].Member}()", StringComparison.Ordinal))
            .Select(f => SpecCompiler.EmitText(f, names[f.Path], targetNamespace));
    }

    /// <summary>What failed, in full.</summary>
    public string Report() => string.Join("\n", Failures.Select(f => $"{f.Case.Made}: {f.Fault}"));

    /// <summary>Writes a failed case, to be looked at and kept.</summary>
    public static void Save(string folder, int number, FuzzCase item, string fault)
    {
        Directory.CreateDirectory(folder);
        var text = string.Join("\n", item.Files.Select(f => f.Text));
        File.WriteAllText(
            Path.Combine(folder, $"{number}.yaml"), text.Length > 100_000 ? text[..100_000] : text,
            new UTF8Encoding(false, throwOnInvalidBytes: false));
        File.WriteAllText(Path.Combine(folder, $"{number}.txt"), $"{item.Made}\n{fault}\n");
    }

    private static string Line(string source, string fault)
    {
        var number = fault.Split('(', ',').Skip(1).FirstOrDefault();
        return int.TryParse(number, out var line) ? source.Split('\n').ElementAtOrDefault(line - 1) ?? "" : "";
    }
}
