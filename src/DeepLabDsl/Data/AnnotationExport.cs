using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// Datasets as annotation tools write them, with a file of their own that says what the classes are: CVAT and Datumaro ("Segmentation
/// mask", "PASCAL VOC"), labelme (<c>labelme2voc</c>) and Roboflow ("semantic segmentation masks").
/// </summary>
internal static class AnnotationExport
{
    private const string CvatClasses = "labelmap.txt";
    private const string LabelmeClasses = "class_names.txt";
    private const string RoboflowClasses = "_classes.csv";
    private const string LabelFolder = "SegmentationClass";
    private const string Pictures = "{jpg,jpeg,png,JPG,JPEG,PNG}";

    // Far more than a label map can tell apart, and few enough to read.
    private const int MaximumBytes = 1 << 20;

    // Roboflow calls the split that is scored "valid".
    private static readonly (string Folder, string Split)[] RoboflowSplits = [("train", "train"), ("valid", "val"), ("test", "test")];

    private sealed record ExportClass(string Name, Rgb? Color, int? Label, int Line);

    /// <summary>The definition of an export in a folder; null where there is none.</summary>
    /// <exception cref="UnusableDataException">There is one, and its classes can't be read.</exception>
    public static DatasetDefinition? Find(string directory)
    {
        string In(params string[] parts) => Path.Combine([directory, .. parts]);

        if (File.Exists(In(CvatClasses)) && Directory.Exists(In(LabelFolder)))
            return Describe(In(CvatClasses), directory, ReadCvat, LabelFolder);
        if (File.Exists(In(LabelmeClasses)))
        {
            // Older versions have NumPy arrays where newer ones have pictures.
            var folder = new[] { LabelFolder + "PNG", LabelFolder }.FirstOrDefault(f => Directory.Exists(In(f)));
            if (folder is not null)
                return Describe(In(LabelmeClasses), directory, ReadLabelme, folder);
        }
        var splits = RoboflowSplits.Where(s => File.Exists(In(s.Folder, RoboflowClasses))).ToList();
        return splits.Count > 0 ? DescribeRoboflow(In(splits[0].Folder, RoboflowClasses), splits) : null;
    }

    /// <summary>
    /// A sentence of what is there instead of label maps, where that can be told: polygons, which have to be drawn first; else empty.
    /// </summary>
    public static string Hint(string directory)
    {
        foreach (var folder in new[] { "", "train", "annotations" }.Select(f => Path.Combine(directory, f)).Where(Directory.Exists))
        {
            string[] patterns = ["*.coco.json", "instances_*.json"];
            if (patterns.SelectMany(p => Directory.EnumerateFiles(folder, p)).FirstOrDefault() is { } coco)
            {
                return $"{coco} holds polygons (COCO). Export label maps from the tool that wrote it: CVAT's 'Segmentation mask', "
                    + "Roboflow's 'Semantic Segmentation Masks'. ";
            }
            if (File.Exists(Path.Combine(folder, "annotations.xml")))
            {
                return $"{Path.Combine(folder, "annotations.xml")} holds shapes (CVAT for images). Export the task as 'Segmentation mask', "
                    + "with images. ";
            }
            if (Directory.EnumerateFiles(folder, "*.json").FirstOrDefault(IsLabelme) is { } labelme)
                return $"{labelme} holds polygons (labelme). Draw them with labelme2voc; the folder that it writes is read as it is. ";
        }
        return "";
    }

    private static bool IsLabelme(string path)
    {
        Span<byte> start = stackalloc byte[4096];
        try
        {
            using var file = File.OpenRead(path);
            var text = Encoding.UTF8.GetString(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
            return text.Contains("\"shapes\"", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static DatasetDefinition Describe(
        string source, string directory, Func<string, IReadOnlyList<string>, List<ExportClass>> read, string labels)
    {
        var classes = read(source, ReadLines(source));
        // Of a task that was never divided CVAT writes one list, "default".
        var lists = Path.Combine(directory, "ImageSets", "Segmentation");
        var isDivided = File.Exists(Path.Combine(lists, "train.txt"));
        var text = new StringBuilder()
            .Append("dataset: ").AppendLine(Quoted(Path.GetFileName(Path.GetFullPath(directory).TrimEnd(Path.DirectorySeparatorChar))))
            .Append("images: 'JPEGImages/{name}.").Append(Pictures).AppendLine("'")
            .Append("labels: '").Append(labels).AppendLine("/{name}.png'")
            .AppendLine(isDivided ? "splits: 'ImageSets/Segmentation/{split}.txt'" : "splits: { val: { share: 0.2 }, train: rest }");
        return Finish(text, source, classes);
    }

    private static DatasetDefinition DescribeRoboflow(string source, List<(string Folder, string Split)> splits)
    {
        var classes = ReadRoboflow(source, ReadLines(source));
        var text = new StringBuilder()
            .AppendLine("dataset: roboflow")
            .Append("images: '{split}/{name}.").Append(Pictures).AppendLine("'")
            .AppendLine("labels: '{split}/{name}_mask.png'")
            .Append("splits: { ").AppendJoin(", ", splits.Select(s => $"{s.Split}: {s.Folder}")).AppendLine(" }");
        return Finish(text, source, classes);
    }

    private static DatasetDefinition Finish(StringBuilder text, string source, List<ExportClass> classes)
    {
        // Not a class in any of these tools: what was not annotated on purpose.
        var ignored = classes.Where(c => c.Name is "ignored" or "__ignore__" or "void").ToList();
        var kept = classes.Except(ignored).ToList();
        if (kept.Count < 2)
            throw Wrong(source, 1, "there are fewer than two classes; what is not the class needs to be one too, such as a background");
        if (kept.GroupBy(c => c.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Wrong(source, twice.Last().Line, $"class '{twice.Key}' is there twice");
        var isColor = classes.All(c => c.Color is not null);
        if (isColor && classes.GroupBy(c => c.Color).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            throw Wrong(
                source, same.Last().Line,
                $"'{same.First().Name}' and '{same.Last().Name}' have one colour, so that the label maps do not tell them apart; "
                + "give each its own, and export again");
        }
        if (isColor)
            text.AppendLine("label_format: color");
        text.AppendLine("classes:");
        foreach (var (item, index) in kept.Select((c, i) => (c, i)))
        {
            var color = Colour(item.Color ?? DevkitColor(index));
            text.Append("  ").Append(Quoted(item.Name)).Append(": ")
                .AppendLine(isColor ? color : $"{{ color: {color}, labels: [{item.Label}] }}");
        }
        var voids = ignored.Select(c => isColor ? Colour(c.Color!.Value) : Number(c.Label!.Value)).ToList();
        text.Append("void: [").AppendJoin(", ", voids.Count > 0 || isColor ? voids : ["255"]).AppendLine("]");
        return DatasetDefinition.Parse(text.ToString(), source);
    }

    /// <summary><c>name:red,green,blue:parts:actions</c>, a class a line.</summary>
    private static List<ExportClass> ReadCvat(string source, IReadOnlyList<string> lines)
    {
        var classes = new List<ExportClass>();
        foreach (var (line, number) in Content(lines).Where(l => !l.Text.StartsWith('#')))
        {
            // A name may hold a colon; what follows it never does.
            var fields = line.Split(':');
            var color = fields.Length >= 4 ? fields[^3].Split(',') : [];
            if (color.Length != 3 || !color.All(c => byte.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
                throw Wrong(source, number, $"expected a class with its colour, such as car:128,0,0::, not '{line}'");
            var values = color.Select(c => byte.Parse(c, CultureInfo.InvariantCulture)).ToArray();
            classes.Add(new(string.Join(':', fields[..^3]), new Rgb(values[0], values[1], values[2]), null, number));
        }
        return classes;
    }

    /// <summary>A class a line; its index is its place, from 0. <c>__ignore__</c> before them is -1, which a PNG holds as 255.</summary>
    private static List<ExportClass> ReadLabelme(string source, IReadOnlyList<string> lines)
    {
        var names = Content(lines).ToList();
        var first = names.Count > 0 && names[0].Text == "__ignore__" ? 1 : 0;
        return
        [
            .. names.Select((n, i) => new ExportClass(n.Text, null, i < first ? LabelMap.Void : i - first, n.Number)),
        ];
    }

    /// <summary><c>Pixel Value, Class</c>, then a class a line.</summary>
    private static List<ExportClass> ReadRoboflow(string source, IReadOnlyList<string> lines)
    {
        var classes = new List<ExportClass>();
        foreach (var (line, number) in Content(lines).Skip(1))
        {
            var comma = line.IndexOf(',', StringComparison.Ordinal);
            if (comma < 0 || !byte.TryParse(line.AsSpan(0, comma).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var label))
                throw Wrong(source, number, $"expected a label from 0 to 255 and a class, such as 1, car, not '{line}'");
            classes.Add(new(line[(comma + 1)..].Trim(), null, label, number));
        }
        return classes;
    }

    private static IEnumerable<(string Text, int Number)> Content(IReadOnlyList<string> lines) =>
        lines.Select((l, i) => (l.Trim(), i + 1)).Where(l => l.Item1.Length > 0);

    private static string[] ReadLines(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaximumBytes
                ? File.ReadAllLines(path)
                : throw new UnusableDataException($"{path}: this is no list of classes: it has more than {MaximumBytes} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UnusableDataException($"{path}: can't be read: {e.Message}", e);
        }
    }

    private static UnusableDataException Wrong(string source, int line, string message) => new($"{source}({line}): {message}.");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Colour(Rgb color) => $"[{Number(color.R)}, {Number(color.G)}, {Number(color.B)}]";

    private static string Quoted(string text) => $"\"{string.Concat(text.Select(Escaped))}\"";

    private static string Escaped(char c) => c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString();

    /// <summary>
    /// The colour of a class by the rule of VOC's devkit: the index's bits go round red, green and blue, the highest first.
    /// </summary>
    private static Rgb DevkitColor(int index)
    {
        Span<byte> channels = stackalloc byte[3];
        for (var bit = 0; index > 0; index >>= 1, bit++)
            channels[bit % 3] |= (byte)((index & 1) << (7 - bit / 3));
        return new Rgb(channels[0], channels[1], channels[2]);
    }
}
