using System.IO;
using System.Linq;

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
        Assert.Equal(("toy", DatasetLayout.Voc), (definition.Name, definition.Layout));
        Assert.Equal([new("cat", new Rgb(1, 2, 3)), new("dog", new Rgb(4, 5, 6))], definition.Classes.Classes);
        Assert.Equal((9, new Rgb(7, 8, 9)), (definition.Classes.VoidIndex, definition.Classes.VoidColor));
        Assert.Equal((1, -1), (definition.Classes.IndexOf("dog"), definition.Classes.IndexOf("Dog")));
    }

    [Fact]
    public void Void_is_255_and_black_where_nothing_is_said()
    {
        var yaml = string.Join('\n', Good.Split('\n').Where(l => !l.StartsWith("void")));
        var classes = DatasetDefinition.Parse(yaml, "toy.yaml").Classes;
        Assert.Equal((255, new Rgb(0, 0, 0)), (classes.VoidIndex, classes.VoidColor));
    }

    [Theory]
    [InlineData("layout: voc", "layout: coco", "toy.yaml(2,9): there is no layout 'coco'; there are camvid and voc.")]
    [InlineData("layout: voc", "lay: voc", "toy.yaml(2,1): 'lay' is not a key of a dataset file; those are dataset, layout")]
    [InlineData("layout: voc\n", "", "toy.yaml(1,1): the key 'layout' is missing.")]
    [InlineData("[4, 5, 6]", "[4, 5]", "toy.yaml(5,8): class 'dog': a colour is a list of red, green and blue")]
    [InlineData("[4, 5, 6]", "[4, 5, 256]", "toy.yaml(5,15): class 'dog': expected a whole number from 0 to 255, not '256'.")]
    [InlineData("[4, 5, 6]", "[1, 2, 3]", "toy.yaml(5,8): class 'dog' has the colour of class 'cat'; each needs its own.")]
    [InlineData("void: 9", "void: 1", "toy.yaml(6,7): void 1 is the index of class 'dog'; take one from 2 to 255.")]
    [InlineData("void: 9", "void: none", "toy.yaml(6,7): void: expected a whole number from 0 to 255, not 'none'.")]
    [InlineData("  dog:", "  cat:", "toy.yaml(5,3): ")]
    [InlineData("dataset: toy", "dataset: [toy", "toy.yaml(1,10): this is not YAML from here on; is a bracket")]
    [InlineData("dataset: toy", "dataset: 'toy", "toy.yaml(")]
    [InlineData(Good, "just text", "toy.yaml(1,1): a dataset file is one mapping with the keys dataset, layout")]
    [InlineData("\n  cat: [1, 2, 3]\n  dog: [4, 5, 6]", " {}", "toy.yaml(3,10): there are no classes;")]
    public void What_is_wrong_is_said_with_its_place(string old, string wrong, string expected)
    {
        Assert.Contains(old, Good);
        var message = Assert.Throws<DataException>(() => DatasetDefinition.Parse(Good.Replace(old, wrong), "toy.yaml")).Message;
        Assert.StartsWith(expected, message);
    }

    [Fact]
    public void The_shipped_definitions_are_whole()
    {
        Assert.Equal(["camvid", "voc2012"], DatasetDefinition.Shipped);
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
        var message = Assert.Throws<DataException>(() => DatasetDefinition.Find(folder.Path)).Message;
        Assert.StartsWith(folder.Path + ": no dataset is recognised here. Looked for dataset.yaml", message);
        Assert.Contains("JPEGImages/, SegmentationClass/ and ImageSets/ (VOC layout)", message);
        Assert.Contains("train/ and trainannot/", message);

        message = Assert.Throws<DataException>(() => DatasetDefinition.Find(folder.Path, "cityscapes")).Message;
        Assert.Equal(
            "cityscapes: this is neither a dataset file nor the name of a shipped definition; those are camvid, voc2012.", message);

        message = Assert.Throws<DataException>(() => DatasetDefinition.Find(folder.Path + "/none")).Message;
        Assert.Contains("there is no such folder", message);
    }
}
