using System;
using System.IO;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;

namespace DeepLabDsl.Tests.Data;

/// <summary>Lists of splits as they come with datasets: names, paths of any system, pairs, tables.</summary>
public sealed class SplitListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SplitListTests()
    {
        File.WriteAllText(_folder.File("dataset.yaml"), """
            dataset: voc
            images: JPEGImages/{name}.jpg
            labels: SegmentationClass/{name}.png
            splits: { train: train.txt }
            classes: { a: [0, 0, 0], b: [1, 0, 0] }
            """);
        foreach (var name in new[] { "2011_03", "2011_04", "my photo" })
        {
            _folder.Write($"JPEGImages/{name}.jpg", [1]);
            _folder.Write($"SegmentationClass/{name}.png", [1]);
            _folder.Write($"SegmentationClassAug/{name}.png", [1]);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2011_03")]
    [InlineData("2011_03.jpg")]
    [InlineData("JPEGImages/2011_03.jpg")]
    [InlineData("JPEGImages/2011_03")]
    [InlineData("/JPEGImages/2011_03.jpg")]
    [InlineData("./JPEGImages//2011_03.jpg")]
    [InlineData("JPEGImages\\2011_03.jpg")]
    [InlineData("C:\\data\\VOC2012\\JPEGImages\\2011_03.jpg")]
    [InlineData("/home/somebody/VOC2012/JPEGImages/2011_03.jpg")]
    [InlineData("../../JPEGImages/2011_03.jpg")]
    [InlineData("DIR/JPEGImages/2011_03.jpg")]
    [InlineData("\uFEFF2011_03")]
    [InlineData("# the first\n\n2011_03\n")]
    [InlineData("image\n2011_03.jpg")]
    public void An_image_is_found_by_whatever_it_is_called(string text) => Assert.Equal("2011_03 SegmentationClass", Read(text));

    [Theory]
    [InlineData("/JPEGImages/2011_03.jpg /SegmentationClassAug/2011_03.png")]
    [InlineData("JPEGImages/2011_03.jpg\tSegmentationClassAug/2011_03.png")]
    [InlineData("2011_03,SegmentationClassAug/2011_03.png")]
    [InlineData("2011_03.jpg ; SegmentationClassAug\\2011_03.png")]
    [InlineData("image,label\nJPEGImages/2011_03.jpg,SegmentationClassAug/2011_03.png")]
    [InlineData("id,mask_path,image_path\n7,SegmentationClassAug/2011_03.png,JPEGImages/2011_03.jpg")]
    [InlineData("\"file_name\",\"annotation\"\n\"2011_03.jpg\",\"SegmentationClassAug/2011_03.png\"")]
    [InlineData("/old/JPEGImages/2011_03.jpg /old/SegmentationClassAug/2011_03.png")]
    public void A_label_map_in_a_second_column_is_the_image_s(string text) => Assert.Equal("2011_03 SegmentationClassAug", Read(text));

    [Fact]
    public void Names_may_hold_blanks()
    {
        Assert.Equal("my photo SegmentationClass", Read("my photo"));
        Assert.Equal("my photo SegmentationClassAug", Read("my photo.jpg SegmentationClassAug/my photo.png"));
        Assert.Equal("my photo SegmentationClassAug", Read("my photo.jpg,SegmentationClassAug/my photo.png"));
    }

    [Theory]
    [InlineData(
        "2011_03 1",
        "(1): '2011_03 1' says whether '2011_03' shows a class, as VOC's lists in ImageSets/Main do; the lists of segmentation are in "
            + "ImageSets/Segmentation. Expected an image a line, such as '2011_03', or an image and its label map.")]
    [InlineData("2011_03 -1", "(1): '2011_03 -1' says whether")]
    [InlineData("2011_03.jpg 2011_03.png x", "(1): '2011_03.jpg 2011_03.png x' has 3 columns. Expected an image a line")]
    [InlineData(
        "2011_03\n2011_03 SegmentationClassOld/2011_03.png",
        "(2): the label map 'SegmentationClassOld/2011_03.png' of '2011_03' is not there. By the dataset file's pattern it would be ")]
    [InlineData("2011_99", "(1): there is no image '2011_99': nothing is called JPEGImages/2011_99.jpg in ")]
    [InlineData(
        "JPEGImages/2011_99.jpg",
        "(1): there is no image 'JPEGImages/2011_99.jpg': nothing is called JPEGImages/2011_99.jpg (images are JPEGImages/{name}.jpg) in ")]
    [InlineData("Photos/2011_03.jpg", "There is JPEGImages/2011_03.jpg: write that, or '2011_03'.")]
    [InlineData("2011_03.png", "There is JPEGImages/2011_03.jpg: write that, or '2011_03'.")]
    [InlineData("image,split\n2011_03,train", "(1): the column 'split' divides the images into splits; write a list for each split.")]
    [InlineData("image,label\n2011_03", "(2): there are 1 columns, and the head of the table has 2.")]
    public void What_a_line_can_t_be_is_said(string text, string fault) =>
        Assert.Contains(fault, Assert.Throws<UnusableDataException>(() => Read(text)).Message);

    [Fact]
    public void A_label_map_outside_the_folder_is_not_taken()
    {
        using var other = new TemporaryFolder();
        var secret = other.Write("secret.png", [1]);
        Assert.Contains("is not there", Assert.Throws<UnusableDataException>(() => Read($"2011_03 {secret}")).Message);
        Assert.Contains(
            "is not there",
            Assert.Throws<UnusableDataException>(() => Read($"2011_03 ../{Path.GetFileName(other.Path)}/secret.png")).Message);
    }

    [Fact]
    public void A_list_of_part_of_the_path_is_found_where_it_is_clear()
    {
        File.WriteAllText(
            _folder.File("dataset.yaml"),
            "dataset: c\nimages: left/{split}/{city}/{name}_left.png\nlabels: gt/{split}/{city}/{name}.png\nsplits: { x: "
            + "train }\nclasses: { a: [0, 0, 0], b: [1, 0, 0] }\n");
        foreach (var city in new[] { "ulm", "bonn" })
            _folder.Write($"left/train/{city}/1_left.png", [1]);
        var definition = DatasetDefinition.Read(_folder.File("dataset.yaml"));
        var listing = DatasetListing.Scan(_folder.Path, definition);
        var files = new ListedFiles(_folder.Path, definition, listing.Images);
        Assert.Equal("left/train/ulm/1_left.png", Assert.Single(files.FindImages("ulm/1_left")).Relative);
        Assert.Equal(2, files.FindImages("1_left.png").Count);
        Assert.Empty(files.FindImages("hamm/1_left.png"));
    }

    private string Read(string text)
    {
        File.WriteAllText(_folder.File("train.txt"), text.Replace("DIR", _folder.Path));
        var info = SegmentationDataset.Open(_folder.Path, "train").GetInfo(0);
        return $"{info.Name} {Path.GetFileName(Path.GetDirectoryName(info.LabelPath))}";
    }
}
