using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

public sealed class DatasetDefinitionTests
{
    private const string Good = """
        dataset: toy
        layout: voc
        classes:
          cat: [1, 2, 3]
          dog: [4, 5, 6]
        void: 9
        void_color: [7, 8, 9]
        """;

    [Fact]
    public void A_dataset_file_gives_classes_in_its_order()
    {
        var definition = DatasetDefinition.Parse(Good, "toy.yaml");
        Assert.Equal(
            ("toy", "JPEGImages/{name}.jpg", "SegmentationClass/{name}.png"),
            (definition.Name, definition.Images.Single().Text, definition.Labels.Text));
        Assert.Equal([new("cat", new Rgb(1, 2, 3)), new("dog", new Rgb(4, 5, 6))], definition.Classes.Classes);
        Assert.Equal((9, new Rgb(7, 8, 9)), (definition.Classes.VoidIndex, definition.Classes.VoidColor));
        Assert.Equal((1, -1), (definition.Classes.IndexOf("dog"), definition.Classes.IndexOf("Dog")));
    }

    [Theory]
    [InlineData("classes: { cat: [1, 2, 3] }", "background: { color: [0, 0, 0], labels: [255] }, cat: { color: [1, 2, 3], labels: [0] }")]
    [InlineData(
        "classes: { cat: [0, 0, 0] }\nfirst_label: 1",
        "background: { color: [255, 255, 255], labels: [0] }, cat: { color: [0, 0, 0], labels: [1] }")]
    [InlineData(
        "classes: { cat: { color: [1, 2, 3], labels: [255] } }",
        "background: { color: [0, 0, 0], labels: [0] }, cat: { color: [1, 2, 3], labels: [255] }")]
    [InlineData(
        "classes: { background: { color: [1, 2, 3], labels: [3, 2] } }\nvoid: [9, others]",
        "foreground: { color: [0, 0, 0], labels: [9] }, background: { color: [1, 2, 3], labels: [2, 3] }")]
    [InlineData("label_format: color\nclasses: { cat: [1, 2, 3] }\nvoid: others", "background: [0, 0, 0], cat: [1, 2, 3]")]
    [InlineData("label_format: color\nclasses: { cat: [0, 0, 0] }", "background: [255, 255, 255], cat: [0, 0, 0]")]
    [InlineData("label_format: color\nclasses: { cat: [1, 2, 3] }\nvoid_color: [7, 8, 9]", "background: [7, 8, 9], cat: [1, 2, 3]")]
    public void One_class_is_refused_and_two_are_proposed_that_are_taken(string yaml, string proposed)
    {
        const string Files = "dataset: toy\nlayout: voc\n";
        var message = Assert.Throws<UnusableDataException>(() => DatasetDefinition.Parse(Files + yaml, "toy.yaml")).Message;
        Assert.Contains("is the one class, so that nothing can be learnt: every answer of a network is right.", message);
        Assert.EndsWith($"classes: {{ {proposed} }}.", message);
        var format = yaml.StartsWith("label_format: color") ? "label_format: color\n" : "";
        Assert.Equal(2, DatasetDefinition.Parse($"{Files}{format}classes: {{ {proposed} }}", "toy.yaml").Classes.Count);
    }

    [Fact]
    public void Void_is_255_and_black_where_nothing_is_said()
    {
        var yaml = string.Join('\n', Good.Split('\n').Where(l => !l.StartsWith("void")));
        var classes = DatasetDefinition.Parse(yaml, "toy.yaml").Classes;
        Assert.Equal((255, new Rgb(0, 0, 0)), (classes.VoidIndex, classes.VoidColor));
    }

    [Theory]
    [InlineData("layout: voc", "layout: coco", "toy.yaml(2,9): there is no layout 'coco'; there are camvid, voc, cityscapes;")]
    [InlineData("layout: voc", "lay: voc", "toy.yaml(2,1): 'lay' is not a key of a dataset file; those are dataset, layout")]
    [InlineData(
        "layout: voc\n", "", "toy.yaml(1,1): say where the files are: 'layout' (camvid, voc, cityscapes), or 'images' and 'labels'")]
    [InlineData(
        "layout: voc", "images: a/{name}.jpg\nlabels: b/*.png",
        "toy.yaml(3,9): 'b/*.png' and 'a/{name}.jpg' have no part in common by which the files are paired; write {name}")]
    [InlineData(
        "layout: voc", "images: a/{name.jpg\nlabels: b/{name}.png", "toy.yaml(2,9): the brace at place 3 of 'a/{name.jpg' is not closed.")]
    [InlineData(
        "layout: voc", "images: ../{name}.jpg\nlabels: b/{name}.png",
        "toy.yaml(2,9): '../{name}.jpg' leaves the dataset's folder; patterns are relative to it.")]
    [InlineData("layout: voc", "images: {regex: '(?<name>'}\nlabels: b/{name}.png", "toy.yaml(2,9): '(?<name>' is no regular expression:")]
    [InlineData(
        "layout: voc", "layout: voc\nsplits: {val: {share: 2}}", "toy.yaml(3,23): share: expected a number above 0 and below 1, not '2'.")]
    [InlineData("layout: voc", "layout: voc\nsplits: {val: rest, train: rest}", "toy.yaml(3,9): two splits cannot both be the rest.")]
    [InlineData(
        "layout: voc", "layout: voc\nlabel_format: colour", "toy.yaml(3,15): label_format: there are index (a number a pixel) and color")]
    [InlineData(
        "layout: voc", "layout: voc\ninput: {channels: 4, preview: [0, 1, 4]}",
        "toy.yaml(3,38): preview: expected a whole number from 0 to 3, not '4'.")]
    [InlineData(
        "layout: voc", "layout: voc\nmean: [0.5, 0.5]", "toy.yaml(3,7): mean is a list of 3 numbers, one a channel, on the scale 0 to 1.")]
    [InlineData("layout: voc", "layout: voc\nmean: [0.5, 0.5, 0.5]", "toy.yaml(3,7): mean and std come together")]
    [InlineData("[4, 5, 6]", "{color: [4, 5, 6], labels: [0]}", "toy.yaml(5,36): class 'dog' has a label of class 'cat'.")]
    [InlineData(
        "[4, 5, 6]", "{colour: [4, 5, 6]}", "toy.yaml(5,9): class 'dog': 'colour' is not a key of a class; those are color and labels.")]
    [InlineData("[4, 5, 6]", "[4, 5]", "toy.yaml(5,8): class 'dog': a colour is a list of red, green and blue")]
    [InlineData("[4, 5, 6]", "[4, 5, 256]", "toy.yaml(5,15): class 'dog': expected a whole number from 0 to 255, not '256'.")]
    [InlineData(
        "layout: voc\nclasses:\n  cat: [1, 2, 3]\n  dog: [4, 5, 6]",
        "layout: voc\nlabel_format: color\nclasses:\n  cat: [1, 2, 3]\n  dog: [1, 2, 3]",
        "toy.yaml(6,8): class 'dog' has the colour of class 'cat'; each needs its own.")]
    [InlineData("void: 9", "void: 1", "toy.yaml(6,7): void 1 is the index of class 'dog'; take one from 2 to 255.")]
    [InlineData(
        "[4, 5, 6]", "{color: [4, 5, 6], labels: [9]}",
        "toy.yaml(6,7): void 9 is the label of class 'dog'; take it out of one of the two ('void: []' says that nothing is void).")]
    [InlineData(
        "layout: voc", "images: a\\{name}.jpg\nlabels: b/{name}.png",
        "toy.yaml(2,9): 'a\\{name}.jpg' has a backslash; write 'a/{name}.jpg': patterns tell folders apart by '/', on Windows too.")]
    [InlineData(
        "layout: voc", "layout: voc\nsplits: {train: lists\\train.txt}",
        "toy.yaml(3,17): 'lists\\train.txt' has a backslash; write 'lists/train.txt'")]
    [InlineData(
        "layout: voc", "layout: voc\norientation: exif",
        "toy.yaml(3,14): orientation: there are apply (images are turned as viewers turn them) and ignore (as they "
            + "are stored), not 'exif'.")]
    [InlineData("void: 9", "void: none", "toy.yaml(6,7): void: expected a whole number from 0 to 65535, not 'none'.")]
    [InlineData("  dog:", "  cat:", "toy.yaml(5,3): ")]
    [InlineData("void: 9", "void_color: &a [1, 2, 3]\nvoid: *a", "toy.yaml(7,7): an alias ('*a') is not read; write the value out.")]
    [InlineData("layout: voc", "layout: voc\nmean: [0, 0, 0]\nstd: [1e-320, 1, 1]",
        "toy.yaml(4,6): The mean 0 and the std 1E-320 of channel 0 make numbers beyond float32.")]
    [InlineData("layout: voc", "layout: voc\ninput: {channels: 4, range: 1e-320}",
        "toy.yaml(3,29): range: expected a number above 0 (from 1e-30 to 1e30)")]
    [InlineData("layout: voc", "layout: voc\nsplits: {\u00e9: a.txt, e\u0301: b.txt}",
        "toy.yaml(3,20): there are two splits 'e\u0301'; Unicode has two spellings of it.")]
    [InlineData("dataset: toy", "dataset: [toy", "toy.yaml(1,10): this is not YAML from here on; is a bracket")]
    [InlineData("dataset: toy", "dataset: 'toy", "toy.yaml(")]
    [InlineData(Good, "just text", "toy.yaml(1,1): a dataset file is one mapping with the keys dataset, layout")]
    [InlineData("\n  cat: [1, 2, 3]\n  dog: [4, 5, 6]", " {}", "toy.yaml(3,10): there are no classes;")]
    public void What_is_wrong_is_said_with_its_place(string old, string wrong, string expected)
    {
        Assert.Contains(old, Good);
        var message = Assert.Throws<UnusableDataException>(() => DatasetDefinition.Parse(Good.Replace(old, wrong), "toy.yaml")).Message;
        Assert.StartsWith(expected, message);
    }

    [Fact]
    public void Lists_in_lists_end_before_they_fill_the_stack() => Assert.StartsWith(
        "toy.yaml(1,", Assert.Throws<UnusableDataException>(() =>
            DatasetDefinition.Parse("dataset: " + new string('[', 100_000), "toy.yaml")).Message);

    [Fact]
    public void The_shipped_definitions_are_whole()
    {
        Assert.Equal(
            [("ade20k", 150), ("camvid", 11), ("cityscapes", 19), ("coco-stuff", 171), ("pascal-context", 60), ("pascal-context-59", 59),
            ("voc2012", 21)],
            DatasetDefinition.Shipped.Select(n => (n, DatasetDefinition.Find(".", n).Classes.Count)));
        var cityscapes = DatasetDefinition.Find(".", "cityscapes").Coding;
        Assert.Equal([0, 10, 18, 255, 255], new[] { 7, 23, 33, 0, 29 }.Select(id => (int)cityscapes.MeaningOf(id)));
        var ade = DatasetDefinition.Find(".", "ade20k").Coding;
        Assert.Equal([255, 0, 149, -1], new[] { 0, 1, 150, 151 }.Select(id => (int)ade.MeaningOf(id)));
        var camvid = DatasetDefinition.Find(".", "camvid").Classes;
        Assert.Equal((11, 11, 3, "Bicyclist"), (camvid.Count, camvid.VoidIndex, camvid.IndexOf("Road"), camvid[10].Name));
        var voc = DatasetDefinition.Find(".", "voc2012").Classes;
        Assert.Equal((21, 255, 15), (voc.Count, voc.VoidIndex, voc.IndexOf("person")));
        // The devkit's colours are made of the index's bits.
        for (var label = 0; label < voc.Count; label++)
        {
            int Channel(int bit) => ((label >> bit) & 1) << 7 | ((label >> (bit + 3)) & 1) << 6;
            Assert.Equal(new Rgb((byte)Channel(0), (byte)Channel(1), (byte)Channel(2)), voc[label].Color);
        }
    }

    [Fact]
    public void A_file_beside_the_data_wins_over_the_layout_and_a_given_name_over_both()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "train"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "trainannot"));
        Assert.Equal("camvid", DatasetDefinition.Find(folder.Path).Name);

        File.WriteAllText(folder.File("dataset.yaml"), Good);
        Assert.Equal("toy", DatasetDefinition.Find(folder.Path).Name);

        Assert.Equal("voc2012", DatasetDefinition.Find(folder.Path, "voc2012").Name);
        File.WriteAllText(folder.File("other.yaml"), Good.Replace("toy", "other"));
        Assert.Equal("other", DatasetDefinition.Find(folder.Path, folder.File("other.yaml")).Name);
    }

    [Fact]
    public void A_folder_without_a_known_layout_is_told_what_was_looked_for()
    {
        using var folder = new TemporaryFolder();
        var message = Assert.Throws<UnusableDataException>(() => DatasetDefinition.Find(folder.Path)).Message;
        Assert.StartsWith(folder.Path + ": no dataset is recognised here. Looked for dataset.yaml", message);
        Assert.Contains("JPEGImages/, SegmentationClass/ and ImageSets/ (VOC layout)", message);
        Assert.Contains("train/ and trainannot/", message);

        message = Assert.Throws<UnusableDataException>(() => DatasetDefinition.Find(folder.Path, "town")).Message;
        Assert.StartsWith("town: this is neither a dataset file nor the name of a shipped definition; those are ade20k, camvid,", message);

        message = Assert.Throws<UnusableDataException>(() => DatasetDefinition.Find(folder.Path + "/none")).Message;
        Assert.Contains("there is no such folder", message);
    }
}
