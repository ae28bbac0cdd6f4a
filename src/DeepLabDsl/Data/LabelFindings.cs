using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// Finds what is wrong with the labels of a dataset as a whole: labels that mean nothing, void in place of classes, labels that lie
/// turned.
/// </summary>
/// <param name="definition">What the dataset file says.</param>
/// <param name="images">What was found in each image.</param>
/// <param name="splits">The splits.</param>
/// <param name="reports">What they hold, in the same order.</param>
internal sealed class LabelFindings(
    DatasetDefinition definition, IReadOnlyList<(ListedImage Image, DatasetCheck.ImageFacts Facts)> images,
    IReadOnlyList<(string Name, IReadOnlyList<ListedImage> Images)> splits, IReadOnlyList<SplitReport> reports)
{
    // No palette has so many colours by mistake; mixed ones are many at once.
    private const int MixedColors = 16;

    private const int NamedLabels = 6;

    // Borders that are void by design take some hundredths of the pixels.
    private const double LargeVoid = 0.1;

    // Labels of the right side explain half as much again of the colours, as a rule; so that chance is not told as a fault.
    private const double ClearRatio = 1.25;
    private const double ClearDifference = 0.03;

    private const string Train = "train";

    private readonly LabelCoding _coding = definition.Coding;
    private readonly ClassSet _classes = definition.Classes;

    public IEnumerable<DatasetProblem> Find() => [.. Unknown(), .. AllVoid(), .. Absent(), .. Turned()];

    // A class that was taken out of the dataset file, or never put in, is one fault and not one of each label map.
    private IEnumerable<DatasetProblem> Unknown()
    {
        var all = images.Where(i => i.Facts.Unknown.Count > 0).OrderBy(i => i.Image.LabelPath, StringComparer.Ordinal).ToList();
        foreach (var (isMixed, found) in new[] { true, false }.Select(m => (m, all.FindAll(i => IsMixed(i.Facts) == m)))
            .Where(f => f.Item2.Count > 0))
        {
            var pixels = found.Sum(i => i.Facts.Unknown.Values.Sum());
            var labels = found.SelectMany(i => i.Facts.Unknown.Select(u => (Label: u.Key, Pixels: u.Value, i.Image.LabelPath)))
                .GroupBy(u => u.Label)
                .Select(g => (Label: g.Key, Pixels: g.Sum(u => u.Pixels), First: g.First().LabelPath, Count: g.Count()))
                .OrderByDescending(u => u.Pixels).ThenBy(u => u.Label).ToList();
            var more = labels.Count > NamedLabels ? ", ..." : "";
            var known = $"there are {_coding.Expected()}.";
            var mend = isMixed
                ? $" {labels.Count} colours are mixtures, of JPEG or of smooth scaling: "
                    + $"export the label map{(found.Count > 1 ? "s" : "")} anew, "
                    + $"as {(found.Count > 1 ? "PNGs at their" : "a PNG at its")} own size."
                : found.Count > 1 ? $" Add what they are to 'classes', or to 'void' what is to be left out." : "";
            var message = found.Count == 1
                ? $"{found[0].Image.LabelPath}: {pixels} of {found[0].Facts.LabelPixels} pixels have labels that are "
                    + "neither a class nor void "
                    + $"({string.Join(", ", labels.Take(NamedLabels).Select(u => _coding.Describe(u.Label)))}{more}); {known}{mend}"
                : $"{found.Count} label maps have labels that are neither a class nor void: "
                    + string.Join(", ", labels.Take(isMixed ? 3 : NamedLabels).Select(u =>
                        $"{_coding.Describe(u.Label)} ({u.Pixels} pixels "
                        + (u.Count == 1 ? $"in {u.First})" : $"in {u.Count} label maps, the first {u.First})")))
                    + $"{more}; {known}{mend}";
            yield return new DatasetProblem(DatasetFault.LabelOutOfRange, message, true)
            {
                Files = found.Count == 1 ? [] : [.. found.Select(i => i.Image.LabelPath!)],
            };
        }

        static bool IsMixed(DatasetCheck.ImageFacts facts) => facts.IsColor && facts.Unknown.Count > MixedColors;
    }

    private IEnumerable<DatasetProblem> AllVoid()
    {
        var facts = images.ToDictionary(i => i.Image, i => i.Facts);
        var told = new HashSet<ListedImage>();
        foreach (var (split, report) in splits.Zip(reports).Where(s => IsAllVoid(s.Second, s.First.Images)))
        {
            told.UnionWith(split.Images);
            yield return new DatasetProblem(
                DatasetFault.NothingLabelled,
                $"split '{split.Name}' is all void ({Voids(split.Images.Distinct().Select(i => facts[i]), report.VoidPixels)}): "
                + $"there is nothing to learn from it or to score. {WayOut(null)}", true);
        }
        var single = images.Where(i => !told.Contains(i.Image) && i.Facts.VoidPixels > 0 && i.Facts.VoidPixels == i.Facts.LabelPixels)
            .OrderBy(i => i.Image.LabelPath, StringComparer.Ordinal).Select(i => i.Image.LabelPath!).ToList();
        if (single.Count > 0)
        {
            yield return new DatasetProblem(
                DatasetFault.NothingLabelled,
                $"{single[0]}: is all void; there is nothing to learn from it or to score."
                + (single.Count > 1
                    ? $" The same holds for {single.Count - 1} more: "
                        + $"{string.Join(", ", single.Skip(1).Take(3))}{(single.Count > 4 ? ", ..." : "")}."
                    : ""), false)
            { Files = single.Count == 1 ? [] : single };
        }

        bool IsAllVoid(SplitReport report, IReadOnlyList<ListedImage> of) =>
            report.LabelledPixels == 0 && report.VoidPixels > 0 && of.All(i => facts[i].Unknown.Count == 0);
    }

    // Void that takes the place of a class looks like a score of 100 %: what is left is learnt, and nothing else is asked.
    private IEnumerable<DatasetProblem> Absent()
    {
        if (images.Count == 0 || reports.All(r => r.LabelledPixels == 0))
            yield break;
        var learnt = reports.FirstOrDefault(r => r.Name == Train);
        var pixels = Enumerable.Range(0, _classes.Count).Select(c => (learnt is null ? reports : [learnt]).Sum(r => r.ClassPixels[c]))
            .ToList();
        var voids = images.Sum(i => i.Facts.VoidPixels);
        var share = voids / (double)(voids + images.Sum(i => i.Facts.Pixels.Sum()));
        var nowhere = Enumerable.Range(0, _classes.Count).Where(c => reports.All(r => r.ClassPixels[c] == 0)).ToList();
        var hint = nowhere.Count > 0 && (share >= LargeVoid || (_coding.IsVoidDefault && voids > 0))
            ? $" But {Voids(images.Select(i => i.Facts), voids)} is void, {Percent(share)} of all pixels. {WayOut(_classes[nowhere[0]])}"
            : "";
        if (pixels.Count(p => p > 0) == 1)
        {
            var only = _classes[pixels.FindIndex(p => p > 0)].Name;
            yield return new DatasetProblem(
                DatasetFault.SingleClass,
                $"'{only}' is the one class that occurs{(learnt is null ? "" : " in 'train'")}, so that nothing can be learnt: "
                + "every answer of a network is right."
                + (hint.Length > 0
                    ? hint
                    : " Look whether the label maps are those of this dataset file: classes that occur nowhere are "
                        + $"{Names(Enumerable.Range(0, _classes.Count).Where(c => pixels[c] == 0))}."), true);
            yield break;
        }
        for (var c = 0; c < _classes.Count; c++)
        {
            if (nowhere.Contains(c))
            {
                yield return Note(
                    $"class '{_classes[c].Name}' occurs in no image of any split; it cannot be learnt or "
                    + $"scored.{(c == nowhere[0] ? hint : "")}");
            }
            else if (learnt?.ClassPixels[c] == 0 && learnt.LabelledPixels > 0)
                yield return Note($"class '{_classes[c].Name}' occurs in no image of 'train'; it cannot be learnt.");
        }

        static DatasetProblem Note(string message) => new(DatasetFault.AbsentClass, message, false);
    }

    // Of images with an orientation, whether labels fit them as they are read is told by the colours: those of upright images help
    // to know them.
    private IEnumerable<DatasetProblem> Turned()
    {
        var turned = images.Where(i => i.Facts.Otherwise is not null).ToList();
        if (turned.Count == 0)
            yield break;
        var (read, other, upright) = (new ColorFit(_classes.Count), new ColorFit(_classes.Count), new ColorFit(_classes.Count));
        foreach (var (_, facts) in images.OrderBy(i => i.Image.Relative, StringComparer.Ordinal))
        {
            if (facts.Otherwise is not null)
                other.Add(facts.Otherwise);
            (facts.Otherwise is null ? upright : read).Add(facts.AsRead);
        }
        var weight = Math.Min(1, read.Pixels / Math.Max(1, upright.Pixels));
        read.Add(upright, weight);
        other.Add(upright, weight);
        if (other.Share < ClearRatio * read.Share || other.Share - read.Share < ClearDifference)
            yield break;
        var isApplied = definition.Orientation == PictureOrientation.Apply;
        yield return new DatasetProblem(
            DatasetFault.Orientation,
            $"{turned[0].Image.Paths[0]}: {(turned.Count == 1 ? "this image has" : $"this image and {turned.Count - 1} more have")} an "
            + $"EXIF orientation, and the labels seem to fit {(turned.Count == 1 ? "it" : "them")} "
            + (isApplied ? "as stored, not as viewers show pictures" : "as viewers show pictures, not as stored")
            + $" (the classes explain {Percent(other.Share)} of the colours so, and {Percent(read.Share)} as they are read). "
            + (isApplied
                ? "If the picture of this check shows it too, say 'orientation: ignore' in the dataset file."
                : "If the picture of this check shows it too, take 'orientation: ignore' out of the dataset file."), false)
        { Files = turned.Count == 1 ? [] : [.. turned.Select(i => i.Image.Paths[0])] };
    }

    private string Voids(IEnumerable<DatasetCheck.ImageFacts> of, long all)
    {
        var labels = of.SelectMany(f => f.VoidLabels).GroupBy(v => v.Key).Select(g => (Label: g.Key, Pixels: g.Sum(v => v.Value)))
            .OrderByDescending(v => v.Pixels).ThenBy(v => v.Label).ToList();
        var named = labels.Take(NamedLabels).Select(v =>
            _coding.Describe(v.Label) + (labels.Count == 1 ? "" : $" ({Percent(v.Pixels / (double)all)})"));
        return $"label {string.Join(", ", named)}{(labels.Count > NamedLabels ? ", ..." : "")}";
    }

    private string WayOut(SegmentationClass? absent)
    {
        var name = absent?.Name ?? "NAME";
        var color = absent?.Color is { } own ? $"[{own.R}, {own.G}, {own.B}]" : "[255, 255, 255]";
        return _coding.IsVoidDefault
            ? $"The dataset file does not say what is void, and then {LabelMap.Void} is. If {LabelMap.Void} is a class, say so: {name}: "
                + $"{{ color: {color}, labels: [{LabelMap.Void}] }}; if it is void, say 'void: {LabelMap.Void}'."
            : $"If what is void there belongs to a class, add it to the class's labels ({name}: {{ color: {color}, labels: "
                + "[...] }) and take it out of 'void'.";
    }

    private string Names(IEnumerable<int> classes)
    {
        var all = classes.ToList();
        return string.Join(", ", all.Take(NamedLabels).Select(c => $"'{_classes[c].Name}'")) + (all.Count > NamedLabels ? ", ..." : "");
    }

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
