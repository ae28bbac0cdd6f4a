using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

public sealed class SegmentationDatasetTests : IDisposable
{
    private static readonly ClassSet Toy =
        new("toy", [new("cat", new Rgb(1, 2, 3)), new("dog", new Rgb(4, 5, 6))], 9, new Rgb(0, 0, 0));

    private readonly TemporaryFolder _folder = new();

    public SegmentationDatasetTests()
    {
        File.WriteAllText(
            _folder.File("dataset.yaml"),
            "dataset: toy\nlayout: camvid\nclasses: {cat: [1, 2, 3], dog: [4, 5, 6]}\nvoid: 9\n");
        AddSample("b", [0, 1, 9, 1]);
        AddSample("a", [0, 0, 0, 1]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Samples_come_in_the_order_of_their_names_with_void_as_255()
    {
        var dataset = SegmentationDataset.Open(_folder.Path, "train");
        Assert.Equal(("toy", "train", 2), (dataset.Name, dataset.Split, dataset.Count));
        Assert.Equal(["a", "b"], Enumerable.Range(0, 2).Select(i => dataset.GetInfo(i).Name));
        Assert.Equal([0, 1, LabelMap.Void, 1], dataset.Load(1).Labels.Indices);
        Assert.Throws<ArgumentOutOfRangeException>(() => dataset.Load(2));
    }

    [Fact]
    public void A_label_that_is_no_class_is_named_with_its_place_and_number()
    {
        AddSample("b", [0, 7, 200, 7]);
        var message = LoadFails(1);
        Assert.StartsWith(
            LabelPath("b") + ": label 7 at (1,0) is neither a class nor void; 3 of 4 pixels have such a label (7, 200).", message);
        Assert.Contains("Dataset 'toy' has the classes 0 to 1 and void 9", message);
        Assert.Contains("name the dataset file that belongs to them", message);
    }

    [Fact]
    public void Sizes_that_differ_are_named_with_both_files()
    {
        ImageFile.WriteIndexedPng(LabelPath("a"), new LabelMap(1, 3), Toy);
        Assert.StartsWith(
            $"{LabelPath("a")}: the label map is 1x3, its image {_folder.File("train", "a.png")} is 2x2.", LoadFails(0));
    }

    [Fact]
    public void A_missing_label_map_is_found_before_training()
    {
        File.Delete(LabelPath("b"));
        Assert.StartsWith(LabelPath("b") + ": this label map is missing (1 of 2 in the split).", OpenFails("train"));
    }

    [Fact]
    public void A_missing_split_is_told_which_there_are()
    {
        var message = OpenFails("val");
        Assert.StartsWith($"{_folder.Path}: split 'val' has no images: nothing is called val/{{name}}.{{jpg,jpeg,png}};", message);
        Assert.Contains("the dataset has the splits train.", message);
    }

    [Fact]
    public void An_empty_split_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "val"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "valannot"));
        Assert.Contains("split 'val' has no images", OpenFails("val"));
    }

    [Fact]
    public void Two_images_of_one_name_are_refused()
    {
        File.Copy(_folder.File("train", "a.png"), _folder.File("train", "a.jpg"));
        Assert.Contains("so both have one label map", OpenFails("train"));
    }

    [Fact]
    public void A_VOC_split_is_the_list_of_its_names()
    {
        using var voc = new TemporaryFolder();
        File.WriteAllText(voc.File("ImageSets", "Segmentation", "val.txt"), "y\n\n x \n");
        File.WriteAllText(voc.File("ImageSets", "Segmentation", "none.txt"), "\n");
        foreach (var name in new[] { "x", "y" })
        {
            File.Copy(_folder.File("train", "a.png"), voc.File("JPEGImages", name + ".jpg"));
            ImageFile.WriteIndexedPng(voc.File("SegmentationClass", name + ".png"), new LabelMap(2, 2, [0, 20, 255, 1]), Toy);
        }
        var dataset = SegmentationDataset.Open(voc.Path, "val");
        Assert.Equal(["y", "x"], Enumerable.Range(0, 2).Select(i => dataset.GetInfo(i).Name));
        Assert.Equal([0, 20, 255, 1], dataset.Load(0).Labels.Indices);

        var message = Assert.Throws<UnusableDataException>(() => SegmentationDataset.Open(voc.Path, "test")).Message;
        Assert.Contains("there is no split 'test'; the dataset has the splits none, val.", message);
        message = Assert.Throws<UnusableDataException>(() => SegmentationDataset.Open(voc.Path, "none")).Message;
        Assert.EndsWith("the split is empty. Expected one image name a line, without extension.", message);
    }

    [Fact]
    public void Samples_in_memory_are_checked_at_once()
    {
        UnusableDataException Fails(params SegmentationSample[] samples) =>
            Assert.Throws<UnusableDataException>(() => new InMemoryDataset("toy", "train", Toy, samples));
        Assert.Contains("split 'train' is empty", Fails().Message);
        Assert.StartsWith(
            "s: the label map is 1x2, its image is 2x1.",
            Fails(new SegmentationSample("s", new RgbImage(2, 1), new LabelMap(1, 2))).Message);
        Assert.StartsWith(
            "s: label 9 at (0,1) is neither a class (0 to 1) nor void (255).",
            Fails(new SegmentationSample("s", new RgbImage(2, 2), new LabelMap(2, 2, [0, 255, 9, 1]))).Message);
    }

    [SkippableFact]
    public void The_real_datasets_are_recognised_and_their_samples_load()
    {
        var camvid = SegmentationDataset.Open(RealData.Require("camvid"), "val");
        Assert.Equal(("camvid", 101), (camvid.Name, camvid.Count));
        var sample = camvid.Load(0);
        Assert.Equal((480, 360), (sample.Image.Width, sample.Image.Height));
        Assert.DoesNotContain((byte)11, sample.Labels.Indices);
        Assert.Contains(LabelMap.Void, sample.Labels.Indices);

        var voc = SegmentationDataset.Open(RealData.Require("voc-sample"), "train");
        Assert.Equal(("voc2012", 2, "2011_000003"), (voc.Name, voc.Count, voc.Load(0).Name));
    }

    private void AddSample(string name, byte[] labels)
    {
        ImageFile.WritePng(_folder.File("train", name + ".png"), new RgbImage(2, 2));
        ImageFile.WriteIndexedPng(LabelPath(name), new LabelMap(2, 2, labels), Toy);
    }

    private string LabelPath(string name) => _folder.File("trainannot", name + ".png");

    private string LoadFails(int index) =>
        Assert.Throws<UnusableDataException>(() => SegmentationDataset.Open(_folder.Path, "train").Load(index)).Message;

    private string OpenFails(string split) =>
        Assert.Throws<UnusableDataException>(() => SegmentationDataset.Open(_folder.Path, split)).Message;
}
