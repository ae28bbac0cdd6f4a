using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace DeepLabDsl.Compiler;

/// <summary>What the networks of a file cost to compile.</summary>
/// <param name="File">The file.</param>
/// <param name="Networks">How many it has.</param>
/// <param name="Layers">Their layers, a network counted as <see cref="Limits.NetworkCost"/> at least.</param>
public sealed record FileCost(SpecFile File, int Networks, long Layers);

/// <summary>
/// The bound on the work of a whole project. Each limit of a definition is far above what a network needs; many networks at those
/// limits, which a few lines can ask for, would keep a build busy for minutes.
/// </summary>
public static class ProjectBound
{
    /// <summary>Whether networks can come to too much at all: below some hundred of them nothing needs to be counted.</summary>
    public static bool CanExceed(int networks) => (long)networks * Limits.Layers > Limits.ProjectLayers;

    /// <summary>What the networks of a file cost; counting stops where it is too much.</summary>
    /// <param name="file">The file.</param>
    /// <param name="library">The file and all others that its networks may be made of; no fault of a definition is taken from it.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static FileCost CostOf(SpecFile file, SpecLibrary library, CancellationToken cancellation = default) =>
        CostOf(file, library.Unbound(), Limits.ProjectLayers, cancellation);

    /// <summary>The fault of files that are too much together; null: they are not.</summary>
    /// <param name="files">The files.</param>
    /// <param name="library">The files and all others that their networks may be made of; no fault of a definition is taken from
    /// it.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static Diagnostic? Check(IReadOnlyList<SpecFile> files, SpecLibrary library, CancellationToken cancellation = default)
    {
        if (!CanExceed(files.Sum(f => f.Networks.Count())))
            return null;
        var unbound = library.Unbound();
        var costs = new List<FileCost>();
        var left = (long)Limits.ProjectLayers;
        foreach (var file in files.Where(f => f.Networks.Any()).TakeWhile(_ => left >= 0))
        {
            costs.Add(CostOf(file, unbound, left, cancellation));
            left -= costs[costs.Count - 1].Layers;
        }
        return Judge(costs);
    }

    private static FileCost CostOf(SpecFile file, SpecLibrary library, long most, CancellationToken cancellation)
    {
        var count = new LayerCount(library, cancellation);
        var layers = 0L;
        foreach (var name in file.Networks.TakeWhile(_ => layers <= most))
        {
            layers += Math.Max(
                Limits.NetworkCost, library.Find(DefinitionKind.Network, name, new DiagnosticBag()) is NetworkDefinition network
                    ? count.Of(network) : 0);
        }
        return new FileCost(file, file.Networks.Count(), layers);
    }

    /// <summary>The fault of a project that is too much, at the file that spends the most; null: it is not.</summary>
    public static Diagnostic? Judge(IEnumerable<FileCost> files)
    {
        var (total, largest) = (0L, default(FileCost));
        foreach (var file in files)
        {
            total += file.Layers;
            if (file.Layers > (largest?.Layers ?? 0))
                largest = file;
        }
        if (total <= Limits.ProjectLayers)
            return null;
        var place = largest!.File.Definitions.First(d => d.Kind == DefinitionKind.Network).NameSpan;
        return new Diagnostic(
            Rules.ProjectTooLarge, place, Limits.ProjectLayers, Limits.NetworkCost, largest.Layers,
            largest.Networks == 1 ? "1 network" : $"{largest.Networks} networks");
    }
}
