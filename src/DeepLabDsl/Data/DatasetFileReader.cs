using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace DeepLabDsl.Data;

/// <summary>Turns a dataset file's text into its <see cref="DatasetDefinition"/>, or into one error with its place.</summary>
/// <param name="source">The name of the text in errors.</param>
internal sealed class DatasetFileReader(string source)
{
    private const string Others = "others";
    private const string Rest = "rest";

    /// <summary>Patterns of a file, names aside: each is built for a millisecond, and held against every image.</summary>
    private const int GreatestPatterns = 200;

    private static readonly string[] ListExtensions = [".txt", ".csv", ".tsv", ".lst"];

    private static readonly string[] Keys =
    [
        "dataset", "layout", "images", "labels", "groups", "splits", "classes", "label_format", "first_label", "void", "void_color",
        "input", "mean", "std", "orientation",
    ];

    private int _patterns;

    // Images of one film and the like, said once: above the splits, or in one of them.
    private ImageGroups? _groups;

    // What each layout is short for.
    private static readonly Dictionary<string, (string Images, string Labels, string? Splits)> Layouts = new(StringComparer.Ordinal)
    {
        ["camvid"] = ("{split}/{name}.{jpg,jpeg,png}", "{split}annot/{name}.png", null),
        ["voc"] = ("JPEGImages/{name}.jpg", "SegmentationClass/{name}.png", "ImageSets/Segmentation/{split}.txt"),
        ["cityscapes"] = ("leftImg8bit/{split}/{city}/{name}_leftImg8bit.png", "gtFine/{split}/{city}/{name}_gtFine_labelIds.png", null),
    };

    public DatasetDefinition Read(string yaml)
    {
        var root = YamlText.Parse(yaml, source, "a dataset file", Keys).Root;
        var dataset = Text(Required(root, "dataset"), "dataset: the dataset's name");
        var (images, labels, splits) = ReadFiles(root);
        var coding = ReadCoding(root, dataset);
        var channels = ReadChannels(root, images.Count);
        var mean = ReadStatistics(root, "mean", channels?.Count ?? 3, isPositive: false);
        var std = ReadStatistics(root, "std", channels?.Count ?? 3, isPositive: true);
        if (mean is null != std is null)
            throw Wrong(Optional(root, "mean") ?? Optional(root, "std")!, "mean and std come together: 'dataset check' prints both");
        return new DatasetDefinition(images, labels, splits, coding)
        {
            Channels = channels,
            Groups = _groups,
            Normalizer = mean is null ? null : ReadNormalizer(root, mean, std!),
            Orientation = Optional(root, "orientation") switch
            {
                null or YamlScalarNode { Value: "apply" } => PictureOrientation.Apply,
                YamlScalarNode { Value: "ignore" } => PictureOrientation.Ignore,
                var node => throw Wrong(
                    node,
                    $"orientation: there are apply (images are turned as viewers turn them) and ignore (as they are stored), not '{node}'"),
            },
        };
    }

    private ImageNormalizer ReadNormalizer(YamlMappingNode root, double[] mean, double[] std)
    {
        try
        {
            return new ImageNormalizer(mean, std);
        }
        catch (ArgumentException exception)
        {
            throw Wrong(Required(root, "std").Start, exception.Message.Split(" (Parameter")[0].TrimEnd('.'), exception);
        }
    }

    private (IReadOnlyList<PathPattern> Images, PathPattern Labels, DatasetSplits Splits) ReadFiles(YamlMappingNode root)
    {
        var (defaultImages, defaultLabels, defaultLists) = ((string?)null, (string?)null, (string?)null);
        if (Optional(root, "layout") is { } layoutNode)
        {
            var name = Text(layoutNode, "layout: camvid, voc or cityscapes");
            if (!Layouts.TryGetValue(name, out var layout))
            {
                throw Wrong(
                    layoutNode,
                    $"there is no layout '{name}'; there are {string.Join(", ", Layouts.Keys)}; or leave it out and "
                    + "say 'images' and 'labels'");
            }
            (defaultImages, defaultLabels, defaultLists) = layout;
        }
        else if (Optional(root, "images") is null || Optional(root, "labels") is null)
        {
            throw Wrong(
                root,
                $"say where the files are: 'layout' ({string.Join(", ", Layouts.Keys)}), or 'images' and 'labels', such as images: "
                + "photos/{name}.jpg");
        }
        IReadOnlyList<PathPattern> images = Optional(root, "images") switch
        {
            null => [PathPattern.FromGlob(defaultImages!)],
            YamlSequenceNode { Children.Count: > 0 } list => [.. list.Children.Select(ReadPattern)],
            var node => [ReadPattern(node)],
        };
        var labels = Optional(root, "labels") is { } labelsNode ? ReadPattern(labelsNode) : PathPattern.FromGlob(defaultLabels!);
        var place = Optional(root, "labels") ?? Optional(root, "images") ?? root;
        foreach (var pattern in images.Skip(1).Append(labels))
        {
            if (!pattern.Parts.Intersect(images[0].Parts).Any())
            {
                throw Wrong(
                    place,
                    $"'{pattern}' and '{images[0]}' have no part in common by which the files are paired; "
                    + $"write {{name}} where the name stands in both");
            }
        }
        if (Optional(root, "groups") is { } groups)
            _groups = ReadGroups(groups, images[0]);
        return (images, labels, ReadSplits(root, images[0], defaultLists));
    }

    private PathPattern ReadPattern(YamlNode node)
    {
        const string Expected = "a path pattern such as photos/{name}.jpg, or { regex: '...' } with named groups";
        try
        {
            if (node is YamlMappingNode { Children.Count: 1 } mapping && Optional(mapping, "regex") is { } regex)
                return Counted(node, PathPattern.FromRegex(Text(regex, Expected)));
            var glob = Text(node, Expected);
            return Path.IsPathRooted(glob) || glob.Split('/').Contains("..")
                ? throw Wrong(node, $"'{glob}' leaves the dataset's folder; patterns are relative to it")
                : Counted(node, PathPattern.FromGlob(glob.StartsWith("./", StringComparison.Ordinal) ? glob[2..] : glob));
        }
        catch (FormatException exception)
        {
            throw Wrong(node.Start, exception.Message, exception);
        }
    }

    private PathPattern Counted(YamlNode node, PathPattern pattern) => pattern.IsName || ++_patterns <= GreatestPatterns
        ? pattern
        : throw Wrong(node, $"there are more than {GreatestPatterns} patterns; write the names, or a list file");

    private DatasetSplits ReadSplits(YamlMappingNode root, PathPattern images, string? defaultLists)
    {
        const string Expected = "splits: a pattern of list files such as lists/{split}.txt, or a mapping of each split to its content";
        var isInPath = images.Parts.Contains("split");
        var node = Optional(root, "splits");
        if (node is null && defaultLists is null)
            return isInPath ? new DatasetSplits.ByPath(new Dictionary<string, string>()) : new DatasetSplits.None();
        if (node is not YamlMappingNode mapping)
        {
            var pattern = node is null ? PathPattern.FromGlob(defaultLists!) : ReadPattern(node);
            return pattern.Parts is ["split"] ? new DatasetSplits.Lists(pattern) : throw Wrong(node!, "expected " + Expected);
        }
        if (mapping.Children.Count == 0)
            throw Wrong(mapping, "there are no splits; expected " + Expected);
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (mapping.Children.Keys.FirstOrDefault(k => !names.Add(FolderWalk.Composed(Text(k, Expected)))) is { } twice)
            throw Wrong(twice, $"there are two splits '{twice}'; Unicode has two spellings of it");
        // Words stand in the path; what is no word divides all images anew, whatever folder they are in.
        if (isInPath && mapping.Children.Values.All(v => v is YamlScalarNode { Value: not Rest }))
        {
            return new DatasetSplits.ByPath(mapping.Children.ToDictionary(
                s => FolderWalk.Composed(Text(s.Key, Expected)),
                s => FolderWalk.Composed(Text(s.Value, "the word that stands for the split in the images' paths")),
                StringComparer.Ordinal));
        }
        var sources = mapping.Children.Select(s => KeyValuePair.Create(
                FolderWalk.Composed(Text(s.Key, Expected)), ReadSource(s.Value, images)))
            .ToList();
        if (sources.Count(s => s.Value is SplitSource.Rest) > 1)
            throw Wrong(mapping, "two splits cannot both be the rest");
        if (sources.Count(s => s.Value is SplitSource.Share or SplitSource.GroupShare) > 1)
            throw Wrong(mapping, "only one split can be a share; give the other names, a list, or 'rest'");
        return new DatasetSplits.Named(sources);
    }

    private ImageGroups ReadGroups(YamlNode node, PathPattern images)
    {
        var pattern = ReadPattern(node);
        if (pattern.Parts.Count == 0)
        {
            throw Wrong(
                node,
                $"groups: '{pattern}' has no part that names the group; write a pattern of the names, such as '{{film}}_{{frame}}': the "
                + "first part is the group");
        }
        if (pattern.IsOnePart && !images.Parts.Contains(pattern.Parts[0]))
        {
            throw Wrong(
                node,
                $"groups: by '{pattern}' alone each image is a group of its own; write what follows the group in the names too, such as "
                + $"'{{{pattern.Parts[0]}}}_{{frame}}'");
        }
        return new ImageGroups(pattern, PlaceOf(node.Start));
    }

    private SplitSource ReadGroupSource(YamlMappingNode mapping, PathPattern images)
    {
        const string Expected = "a split by group is { hold_out: [names of groups] } or { share: 0.2 }, with 'groups' there or above "
            + "the splits";
        foreach (var key in mapping.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: "groups" or "hold_out" or "share" })
                throw Wrong(key, $"'{key}' is not a key of a split; those are groups, hold_out, share");
        }
        if (Optional(mapping, "groups") is { } own)
        {
            var groups = ReadGroups(own, images);
            if (_groups is not null && _groups.Pattern.Text != groups.Pattern.Text)
            {
                throw Wrong(
                    own, $"groups: the file says other groups before ({_groups.Pattern}); there is one division into groups: say it above "
                    + "the splits");
            }
            _groups ??= groups;
        }
        var (holdOut, share) = (Optional(mapping, "hold_out"), Optional(mapping, "share"));
        if (holdOut is null == share is null)
            throw Wrong(mapping, Expected);
        if (_groups is null)
        {
            throw Wrong(
                holdOut ?? share!,
                $"hold_out names groups, and the file does not say what the groups are: write 'groups', such as '{{film}}_{{frame}}', "
                + "above the splits");
        }
        if (share is not null)
            return new SplitSource.GroupShare(ReadShare(share), PlaceOf(share.Start));
        IEnumerable<YamlNode> names = holdOut switch
        {
            YamlSequenceNode { Children.Count: > 0 } list => list.Children,
            YamlScalarNode => [holdOut],
            _ => throw Wrong(holdOut!, "hold_out is a list of groups, such as [0016E5]"),
        };
        return new SplitSource.HeldOut(
            [.. names.Select(n => FolderWalk.Composed(Text(n, "the name of a group")))], PlaceOf(holdOut!.Start));
    }

    private double ReadShare(YamlNode node)
    {
        var part = Number(node, "share");
        return part is > 0 and < 1 ? part : throw Wrong(node, $"share: expected a number above 0 and below 1, not '{node}'");
    }

    private SplitSource ReadSource(YamlNode node, PathPattern images)
    {
        const string Expected = "a list file (names.txt), a list of names or globs, { share: 0.2 }, { hold_out: [groups] }, or rest";
        switch (node)
        {
            case YamlScalarNode { Value: Rest }:
                return new SplitSource.Rest();
            case YamlScalarNode { Value: { Length: > 0 } text }
                when ListExtensions.Contains(Path.GetExtension(text), StringComparer.OrdinalIgnoreCase):
                return !text.Contains('\\')
                    ? new SplitSource.List(text)
                    : throw Wrong(
                        node, $"'{text}' has a backslash; write '{text.Replace('\\', '/')}': paths are told apart by '/', on Windows too");
            case YamlScalarNode { Value: { Length: > 0 } }:
                return new SplitSource.Names([ReadPattern(node)]);
            case YamlSequenceNode { Children.Count: > 0 } list:
                return new SplitSource.Names([.. list.Children.Select(ReadPattern)]);
            case YamlMappingNode { Children.Count: 1 } mapping when _groups is null && Optional(mapping, "share") is { } share:
                return new SplitSource.Share(ReadShare(share));
            case YamlMappingNode { Children.Count: > 0 } mapping:
                return ReadGroupSource(mapping, images);
            default:
                throw Wrong(node, "expected " + Expected);
        }
    }

    private LabelCoding ReadCoding(YamlMappingNode root, string dataset)
    {
        var format = Optional(root, "label_format") switch
        {
            null or YamlScalarNode { Value: "index" } => LabelFormat.Index,
            YamlScalarNode { Value: "color" } => LabelFormat.Color,
            var node => throw Wrong(node, $"label_format: there are index (a number a pixel) and color (a colour a pixel), not '{node}'"),
        };
        var first = Optional(root, "first_label") is { } firstNode ? Whole(firstNode, "first_label", 0, 65535) : 0;
        var meanings = new Dictionary<int, byte>();
        var classes = ReadClasses(Required(root, "classes"), format, first, meanings);
        var hasOwnLabels = Required(root, "classes") is YamlMappingNode all && all.Children.Values.Any(c => c is YamlMappingNode);
        var (voids, others, isDefault) = ReadVoid(root, format);
        // What nobody has said gives way to what somebody has.
        if (isDefault && meanings.ContainsKey(LabelMap.Void))
            (voids, isDefault) = ([], false);
        if (classes.Count == 1)
        {
            throw Wrong(
                Required(root, "classes"), SingleClass(classes[0], format, meanings.Keys, isDefault ? [] : voids.Select(v => v.Value)));
        }
        foreach (var (value, place) in voids)
        {
            if (meanings.TryGetValue(value, out var owner))
            {
                throw Wrong(place, format == LabelFormat.Index && first == 0 && !hasOwnLabels
                    ? $"void {value} is the index of class '{classes[owner].Name}'; take one from {classes.Count} to 255"
                    : $"void {new LabelCoding(format, new ClassSet(dataset, classes), meanings).Describe(value)} is the label of class "
                        + $"'{classes[owner].Name}'; take it out of one of the two ('void: []' says that nothing is void)");
            }
        }
        foreach (var (value, _) in voids)
            meanings[value] = LabelMap.Void;
        var voidColor = Optional(root, "void_color") is { } colorNode ? Color(colorNode, "void_color") : default;
        // Where one number is void and the classes count from 0, labels are written back as they were read.
        var isPlain = format == LabelFormat.Index && first == 0 && voids is [{ Value: <= 255 }] && voids[0].Value >= classes.Count;
        var set = new ClassSet(dataset, classes, isPlain ? (byte)voids[0].Value : LabelMap.Void, voidColor);
        return new LabelCoding(format, set, meanings, others) { IsVoidDefault = isDefault };
    }

    private static string SingleClass(SegmentationClass only, LabelFormat format, IEnumerable<int> labels, IEnumerable<int> voids)
    {
        int[] own = [.. labels.Order()];
        // What is left is void, as it is told, or by all experience 0; 255 where 0 is taken.
        int[] rest = voids.Except(own).Order().ToArray() is { Length: > 0 } stated
            ? stated
            : own.Contains(0) ? [format == LabelFormat.Color ? 0xFFFFFF : 255] : [0];
        string Colour(int packed) => $"[{packed >> 16}, {packed >> 8 & 255}, {packed & 255}]";
        string Class(string name, Rgb color, int[] of) => format == LabelFormat.Color
            ? $"{name}: " + (of.Length == 1 && of[0] == Pack(color)
                ? Colour(of[0])
                : $"{{ color: {Colour(Pack(color))}, labels: [{string.Join(", ", of.Select(Colour))}] }}")
            : $"{name}: {{ color: {Colour(Pack(color))}, labels: [{string.Join(", ", of)}] }}";
        var restColor = format == LabelFormat.Color
            ? new Rgb((byte)(rest[0] >> 16), (byte)(rest[0] >> 8), (byte)rest[0])
            : only.Color == default ? new Rgb(255, 255, 255) : default;
        return $"'{only.Name}' is the one class, so that nothing can be learnt: every answer of a network is right. "
            + $"Make what is not '{only.Name}' a class too, with the labels that it has "
            + "in the label maps, and take it out of 'void': classes: "
            + $"{{ {Class(only.Name == "background" ? "foreground" : "background", restColor, rest)}, "
            + $"{Class(only.Name, only.Color, own)} }}";
    }

    private List<SegmentationClass> ReadClasses(YamlNode node, LabelFormat format, int first, Dictionary<int, byte> meanings)
    {
        const string Expected = "classes is a mapping from each class's name to its colour, such as Sky: [128, 128, 128]";
        if (node is not YamlMappingNode mapping)
            throw Wrong(node, Expected);
        var classes = new List<SegmentationClass>();
        foreach (var (key, value) in mapping.Children)
        {
            var name = Text(key, Expected);
            if (classes.Count == 255)
                throw Wrong(key, "there are more than 255 classes, and a label has 8 bits");
            var color = ReadColor(value, name, out var labels);
            foreach (var (label, place) in labels is null
                ? [(format == LabelFormat.Color ? Pack(color) : first + classes.Count, value)]
                : ReadLabels(labels, format, name))
            {
                if (!meanings.TryAdd(label, (byte)classes.Count))
                {
                    var twin = classes.Count == meanings[label] ? "itself" : $"class '{classes[meanings[label]].Name}'";
                    throw Wrong(place, labels is null && format == LabelFormat.Color
                        ? $"class '{name}' has the colour of {twin}; each needs its own"
                        : $"class '{name}' has a label of {twin}");
                }
            }
            classes.Add(new SegmentationClass(name, color));
        }
        return classes.Count > 0 ? classes : throw Wrong(node, "there are no classes; " + Expected);
    }

    private Rgb ReadColor(YamlNode node, string name, out YamlNode? labels)
    {
        labels = null;
        if (node is not YamlMappingNode mapping)
            return Color(node, $"class '{name}'");
        foreach (var key in mapping.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: "color" or "labels" })
                throw Wrong(key, $"class '{name}': '{key}' is not a key of a class; those are color and labels");
        }
        labels = Optional(mapping, "labels");
        return Color(Optional(mapping, "color") ?? throw Wrong(mapping, $"class '{name}': the key 'color' is missing"), $"class '{name}'");
    }

    private IEnumerable<(int Label, YamlNode Place)> ReadLabels(YamlNode node, LabelFormat format, string name)
    {
        if (node is not YamlSequenceNode { Children.Count: > 0 } list)
            throw Wrong(node, $"class '{name}': labels is a list, such as {(format == LabelFormat.Color ? "[[128, 64, 0]]" : "[7, 8]")}");
        return list.Children
            .Select(l => (format == LabelFormat.Color ? Pack(Color(l, $"class '{name}'")) : Whole(l, $"class '{name}'", 0, 65535), l));
    }

    private (List<(int Value, YamlNode Place)> Voids, bool Others, bool IsDefault) ReadVoid(YamlMappingNode root, LabelFormat format)
    {
        var node = Optional(root, "void");
        if (node is null)
        {
            if (format == LabelFormat.Index)
                return ([(LabelMap.Void, root)], false, true);
            return Optional(root, "void_color") is { } color
                ? ([(Pack(Color(color, "void_color")), color)], false, false)
                : ([], false, false);
        }
        var items = node is YamlSequenceNode list
            && !(format == LabelFormat.Color && list.Children.Count == 3
                && list.Children.All(c => c is YamlScalarNode { Value: not Others }))
            ? list.Children.ToList()
            : [node];
        var others = items.RemoveAll(i => i is YamlScalarNode { Value: Others }) > 0;
        var voids = items.Select(i => (format == LabelFormat.Color ? Pack(Color(i, "void")) : Whole(i, "void", 0, 65535), i)).ToList();
        return (voids, others, false);
    }

    private ChannelFormat? ReadChannels(YamlMappingNode root, int files)
    {
        if (Optional(root, "input") is not { } node)
        {
            return files == 1
                ? null
                : throw Wrong(
                    Optional(root, "images")!,
                    "images of several files need 'input: { channels: N }' with the number of all their channels");
        }
        if (node is not YamlMappingNode mapping)
            throw Wrong(node, "input is a mapping, such as { channels: 4, range: 65535, preview: [2, 1, 0] }");
        foreach (var key in mapping.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: "channels" or "range" or "preview" })
                throw Wrong(key, $"'{key}' is not a key of input; those are channels, range, preview");
        }
        var count = Whole(
            Optional(mapping, "channels") ?? throw Wrong(mapping, "input: the key 'channels' is missing"), "channels", 1, 1024);
        double? range = Optional(mapping, "range") is { } rangeNode ? Number(rangeNode, "range") : null;
        if (range is { } one && !ChannelFormat.IsRange(one))
            throw Wrong(Optional(mapping, "range")!, "range: expected a number above 0 (from 1e-30 to 1e30): the value that becomes 1");
        if (Optional(mapping, "preview") is not { } preview)
            return new ChannelFormat(count, range, count >= 3 ? (0, 1, 2) : (0, 0, 0));
        if (preview is not YamlSequenceNode { Children.Count: 3 } list)
            throw Wrong(preview, "preview is the list of the channels that are drawn red, green and blue, such as [2, 1, 0]");
        var chosen = list.Children.Select(c => Whole(c, "preview", 0, count - 1)).ToArray();
        return new ChannelFormat(count, range, (chosen[0], chosen[1], chosen[2]));
    }

    private double[]? ReadStatistics(YamlMappingNode root, string key, int channels, bool isPositive)
    {
        if (Optional(root, key) is not { } node)
            return null;
        if (node is not YamlSequenceNode list || list.Children.Count != channels)
            throw Wrong(node, $"{key} is a list of {channels} numbers, one a channel, on the scale 0 to 1");
        double[] values = [.. list.Children.Select(v => Number(v, key))];
        var bad = Array.FindIndex(values, v => isPositive && v <= 0);
        return bad < 0 ? values : throw Wrong(list.Children[bad], $"{key}: expected numbers above 0");
    }

    private Rgb Color(YamlNode node, string what)
    {
        if (node is not YamlSequenceNode { Children.Count: 3 } sequence)
            throw Wrong(node, $"{what}: a colour is a list of red, green and blue, such as [128, 64, 0]");
        byte[] values = [.. sequence.Children.Select(c => (byte)Whole(c, what, 0, 255))];
        return new Rgb(values[0], values[1], values[2]);
    }

    private static int Pack(Rgb color) => color.R << 16 | color.G << 8 | color.B;

    private int Whole(YamlNode node, string what, int minimum, int maximum) =>
        node is YamlScalarNode { Value: { } text }
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum
            ? value
            : throw Wrong(node, $"{what}: expected a whole number from {minimum} to {maximum}, not '{node}'");

    private double Number(YamlNode node, string what) =>
        node is YamlScalarNode { Value: { } text }
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Wrong(node, $"{what}: expected a number, not '{node}'");

    private string Text(YamlNode node, string expected) =>
        node is YamlScalarNode { Value: { Length: > 0 } text } ? text : throw Wrong(node, "expected " + expected);

    private YamlNode Required(YamlMappingNode root, string key) =>
        Optional(root, key) ?? throw Wrong(root, $"the key '{key}' is missing");

    private static YamlNode? Optional(YamlMappingNode mapping, string key) =>
        mapping.Children.TryGetValue(new YamlScalarNode(key), out var node) ? node : null;

    private UnusableDataException Wrong(YamlNode node, string what) => Wrong(node.Start, what);

    private UnusableDataException Wrong(Mark mark, string what, Exception? cause = null) =>
        new($"{PlaceOf(mark)}: {what}{(what.EndsWith('?') ? "" : ".")}", cause);

    private string PlaceOf(Mark mark) => $"{source}({Math.Max(1, mark.Line)},{Math.Max(1, mark.Column)})";
}
