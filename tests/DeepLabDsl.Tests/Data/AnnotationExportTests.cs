using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

/// <summary>What annotation tools write is read as it is, or refused with the way to label maps.</summary>
public sealed class AnnotationExportTests : IDisposable
{
    private static readonly Rgb Green = new(48, 112, 32);
    private static readonly Rgb Black = new(0, 0, 0);
    private static readonly Rgb Olive = new(176, 112, 32);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_segmentation_mask_of_cvat_has_the_classes_and_colours_of_its_label_map()
    {
        File.WriteAllText(
            _folder.File("labelmap.txt"),
            "# label:color_rgb:parts:actions\nCat:48,112,32::\nbackground:0,0,0::\n"
            + "odd: name:176,112,32:ear,tail:sit\nignored:224,224,192::\n");
        File.WriteAllText(_folder.File("ImageSets", "Segmentation", "default.txt"), "a\nb\nc\nd\ne\n");
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            Photo("JPEGImages", name + ".png");
            ImageFile.WritePng(
                _folder.File("SegmentationClass", name + ".png"), new RgbImage(2, 2)
                {
                    [0, 0] = Green,
                    [1, 0] = Black,
                    [0, 1] = Olive,
                    [1, 1] = new(224, 224, 192)
                });
        }

        var dataset = SegmentationDataset.Open(_folder.Path, "train");
        Assert.Equal(["Cat", "background", "odd: name"], dataset.Classes.Names);
        Assert.Equal([Green, Black, Olive], Enumerable.Range(0, 3).Select(i => dataset.Classes[i].Color));
        Assert.Equal((4, 1), (dataset.Count, dataset.OpenSplit("val").Count));
        Assert.Equal([0, 1, 2, LabelMap.Void], dataset.Load(0).Labels.Indices);
    }

    [Fact]
    public void Lists_of_an_export_are_its_splits()
    {
        File.WriteAllText(_folder.File("labelmap.txt"), "a:1,2,3::\nb:4,5,6::\n");
        File.WriteAllText(_folder.File("ImageSets", "Segmentation", "train.txt"), "x\n");
        File.WriteAllText(_folder.File("ImageSets", "Segmentation", "val.txt"), "y\n");
        foreach (var name in new[] { "x", "y" })
        {
            Photo("JPEGImages", name + ".png");
            ImageFile.WritePng(_folder.File("SegmentationClass", name + ".png"), new RgbImage(2, 2));
        }
        Assert.Equal("y", SegmentationDataset.Open(_folder.Path, "val").GetInfo(0).Name);
    }

    [Theory]
    [InlineData("SegmentationClassPNG")]
    [InlineData("SegmentationClass")]
    public void What_labelme2voc_writes_is_numbered_by_its_list_of_names(string labels)
    {
        File.WriteAllText(_folder.File("class_names.txt"), "__ignore__\n_background_\ncat\n");
        for (var i = 0; i < 5; i++)
        {
            Photo("JPEGImages", $"{i}.png");
            ImageFile.WriteGreyPng(_folder.File(labels, $"{i}.png"), new LabelMap(2, 2, [0, 1, 1, 255]));
        }
        var dataset = SegmentationDataset.Open(_folder.Path, "train");
        Assert.Equal(["_background_", "cat"], dataset.Classes.Names);
        Assert.Equal([0, 1, 1, LabelMap.Void], dataset.Load(0).Labels.Indices);
    }

    [Fact]
    public void Roboflows_masks_are_numbered_by_its_table_and_its_valid_is_val()
    {
        foreach (var split in new[] { "train", "valid" })
        {
            File.WriteAllText(_folder.File(split, "_classes.csv"), "Pixel Value, Class\n0, background\n3, car\n");
            Photo(split, "p.png");
            ImageFile.WriteGreyPng(_folder.File(split, "p_mask.png"), new LabelMap(2, 2, [0, 3, 3, 0]));
        }
        var dataset = SegmentationDataset.Open(_folder.Path, "val");
        Assert.Equal(["background", "car"], dataset.Classes.Names);
        Assert.Equal([0, 1, 1, 0], dataset.Load(0).Labels.Indices);
    }

    [Theory]
    [InlineData("cat:1,2,3::\ndog:1,2,3::\n", "labelmap.txt(2): 'cat' and 'dog' have one colour")]
    [InlineData("cat:1,2,3::\ndog\n", "labelmap.txt(2): expected a class with its colour, such as car:128,0,0::, not 'dog'")]
    [InlineData("cat:1,2,300::\ndog:1,2,3::\n", "labelmap.txt(1): expected a class with its colour")]
    [InlineData("cat:1,2,3::\ncat:3,2,1::\n", "labelmap.txt(2): class 'cat' is there twice")]
    [InlineData("cat:1,2,3::\n", "there are fewer than two classes")]
    public void A_list_of_classes_that_is_wrong_is_told_at_its_line(string text, string expected)
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "SegmentationClass"));
        File.WriteAllText(_folder.File("labelmap.txt"), text);
        Assert.Contains(expected, Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train/_annotations.coco.json", "{}", "holds polygons (COCO)")]
    [InlineData("annotations.xml", "<annotations/>", "Export the task as 'Segmentation mask'")]
    [InlineData("a.json", "{ \"version\": \"5.0\", \"shapes\": [] }", "Draw them with labelme2voc")]
    public void Polygons_are_told_with_the_way_to_label_maps(string file, string text, string expected)
    {
        File.WriteAllText(_folder.File(file.Split('/')), text);
        Assert.Contains(expected, Refused(), StringComparison.Ordinal);
    }

    private string Refused() => Assert.Throws<UnusableDataException>(() => SegmentationDataset.Open(_folder.Path)).Message;

    private void Photo(params string[] path) => ImageFile.WritePng(_folder.File(path), new RgbImage(2, 2));
}
