using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Compiler;
using DeepLabDsl.Cli.Golden;
using DeepLabDsl.Weights.Names;

namespace DeepLabDsl.Cli;

/// <summary>A network beside a reference, with what that took.</summary>
/// <param name="Network">The network.</param>
/// <param name="Result">The comparison.</param>
/// <param name="PeakBytes">The most memory that the process held meanwhile.</param>
internal sealed record GoldenRow(string Network, GoldenResult Result, long PeakBytes);

/// <summary>One quantity of a network beside a published figure of it.</summary>
/// <param name="Network">The network.</param>
/// <param name="Quantity">What is counted, and for which input.</param>
/// <param name="Ours">The compiler's count in the figure's unit.</param>
/// <param name="Printed">The figure.</param>
/// <param name="Source">Who states it and where.</param>
/// <param name="Reason">Why it differs, where it does.</param>
internal sealed record FigureRow(string Network, string Quantity, double Ours, PrintedNumber Printed, string Source, string Reason)
{
    public bool IsEqual => Printed.ReadsAs(Ours);

    public string Note => IsEqual ? "" : Reason;

    /// <summary>How far ours is from the figure.</summary>
    public string Difference => IsEqual
        ? "equal as printed"
        : ((Ours - Printed.Value) / Printed.Value * 100).ToString("+0.0;-0.0", CultureInfo.InvariantCulture) + " %";
}

/// <summary>All that is shown of the zoo: the compiler's counts, the figures beside them, and equality with references.</summary>
internal sealed class ZooReport
{
    private readonly IReadOnlyList<SpecFile> _files = SpecFiles.ReadZoo();
    private readonly SpecLibrary _library;

    /// <param name="networks">The networks; all of the zoo where there are none.</param>
    public ZooReport(IReadOnlyList<string> networks)
    {
        _library = new SpecLibrary(_files);
        var chosen = networks.Count == 0 ? NetworkSet.Zoo.All : [.. networks.Select(NetworkSet.Zoo.Find)];
        var published = PublishedFigures.Shipped();
        Networks = [.. chosen.Select(n => Compile(n.Name, null))];
        Published = [.. chosen.Select(n => published.GetValueOrDefault(n.Name) ?? new PublishedNetwork(n.Name, [], []))];
        Figures = [.. Published.SelectMany(p => p.Figures.SelectMany(f => Rows(p.Network, f)))];
    }

    public IReadOnlyList<NetworkReport> Networks { get; }

    public IReadOnlyList<PublishedNetwork> Published { get; }

    public IReadOnlyList<FigureRow> Figures { get; }

    /// <summary>Null: no folder of references was given.</summary>
    public IReadOnlyList<GoldenRow>? Golden { get; private set; }

    /// <summary>Null: no export was asked for.</summary>
    public IReadOnlyList<OnnxRow>? Onnx { get; private set; }

    /// <summary>Exports every network and compares it in ONNX Runtime with its module, one at a time.</summary>
    /// <param name="threads">Threads of ONNX Runtime.</param>
    /// <param name="observe">Told of each network.</param>
    public void Export(int threads, Action<OnnxRow> observe)
    {
        var rows = new List<OnnxRow>();
        foreach (var network in Networks)
        {
            rows.Add(OnnxComparison.Run(NetworkSet.Zoo.Find(network.Name), threads));
            observe(rows[^1]);
            GC.Collect();
        }
        Onnx = rows;
    }

    /// <summary>Compares every network that has references, one at a time.</summary>
    /// <param name="folder">The folder of the references, or the one that it lies in as <c>models</c>.</param>
    /// <param name="observe">Told of each comparison that ends.</param>
    public void Compare(string folder, Action<GoldenRow> observe)
    {
        var inner = Path.Combine(folder, "models");
        var models = Directory.Exists(inner) ? inner : folder;
        var work = Published
            .SelectMany(p => p.Golden.Select(g => (p.Network, Golden: g, Path: Path.Combine(models, g.Reference + ".json")))).ToList();
        if (work.FirstOrDefault(w => !File.Exists(w.Path)) is { Path: { } missing })
            throw new UserException($"{missing}: no such reference; --golden names the folder that holds the references' JSON files");
        var rows = new List<GoldenRow>();
        foreach (var (network, golden, path) in work)
        {
            PeakMemory.Reset();
            var result = GoldenComparison.Run(
                NetworkSet.Zoo.Find(network), GoldenReference.Read(path), golden.Outputs, NameMap.For(network));
            rows.Add(new GoldenRow(network, result, PeakMemory.Read()));
            observe(rows[^1]);
        }
        Golden = rows;
    }

    private NetworkReport Compile(string name, (int Height, int Width)? size)
    {
        var file = _files.First(f => f.Networks.Contains(name));
        var compiled = SpecCompiler.Compile(file, _library, "Counted", size).First(n => n.Name == name);
        return compiled.Report ?? throw new UserException(string.Join("\n", compiled.Diagnostics));
    }

    private IEnumerable<FigureRow> Rows(string network, PublishedFigure figure)
    {
        var report = Compile(network, figure.Size);
        var source = figure.Where is null ? figure.Source : $"{figure.Source}, {figure.Where}";
        if (figure.Millions is { } millions)
            yield return new FigureRow(network, "M parameters", report.Parameters / 1e6, millions, source, figure.Note ?? "");
        if (figure.Giga is { } giga)
        {
            var isPadded = figure.Rule == CountingRule.SpaceToBatch;
            yield return new FigureRow(
                network,
                string.Create(CultureInfo.InvariantCulture,
                    $"G multiply-adds at {report.ReferenceHeight}x{report.ReferenceWidth}{(isPadded ? ", space-to-batch" : "")}"),
                (isPadded ? report.SpaceToBatchMultiplyAdds : report.MultiplyAdds) / 1e9, giga, source, figure.Note ?? "");
        }
    }
}
