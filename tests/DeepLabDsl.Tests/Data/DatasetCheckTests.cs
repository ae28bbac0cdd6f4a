using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Data;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Tests.Data;

public sealed class DatasetCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public DatasetCheckTests()
    {
        File.WriteAllText(_folder.File("dataset.yaml"), """
            dataset: farm
            images: photos/{name}.png
            labels: masks/{name}.png
            splits: { train: train.txt, val: [v*] }
            classes: { soil: [128, 64, 0], crop: [0, 200, 0], weed: [200, 0, 0] }
            """);
        for (var i = 0; i < 4; i++)
        {
            Sample($"t{i}", i);
            Sample($"v{i}", 10 + i);
        }
        File.WriteAllLines(_folder.File("train.txt"), ["t0", "t1", "t2", "t3"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sound_dataset_is_counted()
    {
        var report = DatasetCheck.Run(_folder.Path);
        Assert.Empty(report.Problems);
        Assert.True(report.IsUsable);
        Assert.Equal([("train", 4), ("val", 4)], report.Splits.Select(s => (s.Name, s.Images)));
        Assert.Equal([16, 12, 4], report.Splits[0].ClassPixels);
        Assert.Equal((0, 4), (report.Splits[0].VoidPixels, report.Splits[0].ImagesWithClass[2]));
        Assert.Equal([((4, 2), 8)], report.Sizes.Select(s => (s.Key, s.Value)));
        // Shares 1/2, 3/8, 1/8: the median class has weight 1.
        Assert.Equal([0.75, 1, 3], report.MedianFrequencyWeights);
        Assert.Equal(65 / 255.0, report.Mean[0], 1e-6);
        Assert.NotNull(DatasetCheck.DrawSheet(report));
    }

    [Fact]
    public void A_folder_broken_in_eight_ways_is_told_all_of_them_by_name()
    {
        // 1 an image without labels, 2 labels without an image, 3 a damaged image, 4 a damaged label map, 5 another size,
        // 6 labels that are no class, 7 a list that names nothing, 8 the same picture in two splits, and a class gone.
        File.Delete(Mask("t0"));
        Labels("ghost", [0, 0, 0, 0, 0, 0, 0, 0]);
        File.WriteAllBytes(Photo("t1"), File.ReadAllBytes(Photo("t1"))[..40]);
        File.WriteAllBytes(Mask("t2"), [.. File.ReadAllBytes(Mask("t2"))[..70], 1, 2, 3]);
        ImageFile.WriteIndexedPng(Mask("t3"), new LabelMap(2, 2), DemoScenes.Classes);
        Labels("v0", [0, 0, 7, 7, 7, 1, 1, 9]);
        File.AppendAllText(_folder.File("train.txt"), "t9\n");
        File.Copy(Photo("t0"), Photo("v1"), overwrite: true);
        foreach (var name in new[] { "t1", "v1", "v2", "v3" })
            Labels(name, [0, 0, 0, 0, 1, 1, 1, 1]);

        var report = DatasetCheck.Run(_folder.Path);
        string Named(DatasetFault fault) => report.Problems.Single(p => p.Fault == fault).Message;
        Assert.False(report.IsUsable);
        Assert.True(report.Problems.Count == 9, string.Join('\n', report.Problems));
        Assert.StartsWith($"{Photo("t0")}: has no label map; expected {Mask("t0")}.", Named(DatasetFault.ImageWithoutLabels));
        Assert.StartsWith($"{Mask("ghost")}: this label map has no image", Named(DatasetFault.LabelsWithoutImage));
        Assert.StartsWith($"{Photo("t1")}: ", Named(DatasetFault.UnreadableImage));
        Assert.StartsWith($"{Mask("t2")}: the PNG is damaged", Named(DatasetFault.UnreadableLabels));
        Assert.StartsWith($"{Mask("t3")}: is 2x2, its image {Photo("t3")} is 4x2.", Named(DatasetFault.Size));
        Assert.StartsWith(
            $"{Mask("v0")}: 4 of 8 pixels have labels that are neither a class nor void (7, 9); there are the classes 0 to 2 and, "
            + "as the dataset file says none, void 255.", Named(DatasetFault.LabelOutOfRange));
        Assert.StartsWith($"{_folder.File("train.txt")}(5): there is no image 't9'", Named(DatasetFault.Split));
        Assert.Contains("they are in the splits train and val", Named(DatasetFault.Shared));
        Assert.Equal("class 'weed' occurs in no image of any split; it cannot be learnt or scored.", Named(DatasetFault.AbsentClass));
        Assert.Equal(["7", "9"], report.UnknownLabels.Keys);
    }

    [Fact]
    public void A_folder_without_images_is_told_what_was_looked_for_and_nothing_that_follows()
    {
        using var empty = new TemporaryFolder();
        File.Copy(_folder.File("dataset.yaml"), empty.File("dataset.yaml"));
        var report = DatasetCheck.Run(empty.Path);
        Assert.Equal(
            $"{empty.Path}: there are no images: nothing is called photos/{{name}}.png. Correct 'images' in the dataset file, "
            + "or name another folder.",
            Assert.Single(report.Problems).Message);
        Assert.Null(DatasetCheck.DrawSheet(report));
    }

    [Fact]
    public void A_cause_is_one_problem_however_many_files_it_is_of()
    {
        // A class is taken out of the dataset file, half of the label maps have another size, and a list names nothing.
        Describe(s => s.Replace(", weed: [200, 0, 0]", ""));
        foreach (var name in new[] { "v0", "v1", "v2", "v3" })
            ImageFile.WriteIndexedPng(Mask(name), new LabelMap(2, 1, [0, 1]), DemoScenes.Classes);
        File.AppendAllLines(_folder.File("train.txt"), ["x1", "x2", "x3"]);

        var problems = DatasetCheck.Run(_folder.Path).Problems;

        Assert.Equal(
            [
                (DatasetFault.Split, 3, $"{_folder.File("train.txt")}(5): there is no image 'x1': nothing is called photos/x1.png in "
                    + $"{_folder.Path}. Add the file, or take the name out of the list. The same holds for 2 more: "
                    + $"{_folder.File("train.txt")}(6), {_folder.File("train.txt")}(7)."),
                (DatasetFault.Size, 4, $"{Mask("v0")}: is 2x1, its image {Photo("v0")} is 4x2. Export both at one size. "
                    + $"The same holds for 3 more: {Mask("v1")}, {Mask("v2")}, {Mask("v3")}."),
                (DatasetFault.LabelOutOfRange, 4, "4 label maps have labels that are neither a class nor void: 2 (4 pixels in 4 label "
                    + $"maps, the first {Mask("t0")}); there are the classes 0 to 1 and, as the dataset file says none, void 255. "
                    + "Add what they are to 'classes', or to 'void' what is to be left out."),
            ],
            problems.Select(p => (p.Fault, p.Files.Count, p.Message)));
    }

    [Fact]
    public void A_split_that_is_all_void_is_an_error()
    {
        foreach (var name in new[] { "v0", "v1", "v2", "v3", "t3" })
            Labels(name, [255, 255, 255, 255, 255, 255, 255, 255]);
        var report = DatasetCheck.Run(_folder.Path);
        Assert.False(report.IsUsable);
        Assert.Equal(
            [
                (true, "split 'val' is all void (label 255): there is nothing to learn from it or to score. The dataset file does not say "
                    + "what is void, and then 255 is. If 255 is a class, say so: NAME: { color: [255, 255, 255], labels: [255] }; "
                    + "if it is void, say 'void: 255'."),
                (false, $"{Mask("t3")}: is all void; there is nothing to learn from it or to score."),
            ],
            report.Problems.Select(p => (p.IsError, p.Message)));
    }

    [Fact]
    public void Void_in_place_of_a_class_is_set_against_it()
    {
        // Masks of 0 and 255, as most tools write two classes.
        Describe(s => s.Replace("soil: [128, 64, 0], crop: [0, 200, 0], weed: [200, 0, 0]", "rest: [0, 0, 0], thing: [255, 255, 255]"));
        foreach (var name in Enumerable.Range(0, 4).SelectMany(i => new[] { $"t{i}", $"v{i}" }))
            Labels(name, [0, 0, 0, 0, 255, 255, 255, 255]);
        const string WayOut = "thing: { color: [255, 255, 255], labels: [255] }";

        var problem = Assert.Single(DatasetCheck.Run(_folder.Path).Problems);

        Assert.Equal((DatasetFault.SingleClass, true), (problem.Fault, problem.IsError));
        Assert.Equal(
            "'rest' is the one class that occurs in 'train', so that nothing can be learnt: every answer of a network is right. "
            + "But label 255 is void, 50 % of all pixels. "
            + $"The dataset file does not say what is void, and then 255 is. If 255 is a class, say so: {WayOut}; if it "
            + "is void, say 'void: 255'.", problem.Message);

        // Both ways out are ways out.
        Describe(s => s.Replace("rest: [0, 0, 0], thing: [255, 255, 255]", $"rest: {{ color: [0, 0, 0], labels: [0] }}, {WayOut}"));
        Assert.Empty(DatasetCheck.Run(_folder.Path).Problems);
        Describe(s =>
            s.Replace($"rest: {{ color: [0, 0, 0], labels: [0] }}, {WayOut}", "rest: [0, 0, 0], thing: [255, 255, 255], more: [1, 1, 1]")
            + "\nvoid: 255\n");
        Labels("t0", [0, 0, 0, 2, 255, 255, 255, 255]);
        problem = Assert.Single(DatasetCheck.Run(_folder.Path).Problems);
        Assert.False(problem.IsError);
        Assert.StartsWith(
            "class 'thing' occurs in no image of any split; it cannot be learnt or scored. But label 255 is void, 50 % of all pixels. "
            + "If what is void there belongs to a class,", problem.Message);
    }

    [Theory]
    [InlineData("apply", false, false)]
    [InlineData("apply", true, true)]
    [InlineData("ignore", true, false)]
    [InlineData("ignore", false, true)]
    public void Labels_that_fit_the_images_only_turned_the_other_way_are_said(string key, bool isStored, bool isWarned)
    {
        // Upside down, so that the sizes fit both ways. Some are stored as they are seen and show what the classes look like.
        File.WriteAllText(
            _folder.File("dataset.yaml"),
            $"dataset: farm\nimages: turned/{{name}}.tif\nlabels: masks/{{name}}.png\norientation: {key}\nclasses: {{ soil: [128, 64, "
            + "0], crop: [0, 200, 0] }\n");
        byte[] seen = [200, 210, 205, 90, 20, 30, 10, 25], upside = [.. Enumerable.Reverse(seen)];
        byte[] labels = [0, 0, 0, 0, 1, 1, 1, 1];
        foreach (var name in new[] { "a", "b", "c" })
        {
            _folder.Write(
                $"turned/{name}.tif",
                TiffBuilder.BuildBytes(4, 2, 1, name == "c" ? seen : upside, photometric: 1, orientation: name == "c" ? 1 : 3));
            Labels(name, name != "c" && isStored ? [.. Enumerable.Reverse(labels)] : labels);
        }
        foreach (var name in Directory.GetFiles(_folder.File("masks")).Select(Path.GetFileNameWithoutExtension)
            .Where(n => n is ['t' or 'v', _]))
            File.Delete(Mask(name!));
        var report = DatasetCheck.Run(_folder.Path);
        Assert.Equal(2, report.OrientedImages);
        var said = report.Problems.Where(p => p.Fault == DatasetFault.Orientation).ToList();
        Assert.Equal(isWarned ? 1 : 0, said.Count);
        if (isWarned)
        {
            Assert.Contains(
                key == "apply" ? "fit them as stored, not as viewers show pictures" : "fit them as viewers show pictures, not as stored",
                said[0].Message);
        }
    }

    [Fact]
    public void Images_none_of_which_can_be_read_have_no_mean()
    {
        foreach (var photo in Directory.GetFiles(_folder.File("photos")))
            File.WriteAllText(photo, "no picture");
        var report = DatasetCheck.Run(_folder.Path);
        Assert.Empty(report.Mean);
        Assert.Equal(8, Assert.Single(report.Problems).Files.Count);
    }

    [Fact]
    public void A_list_that_is_not_there_is_named()
    {
        File.Delete(_folder.File("train.txt"));
        Assert.Contains(
            DatasetCheck.Run(_folder.Path).Problems,
            p => p.Message.StartsWith($"{_folder.File("train.txt")}: the list of the split cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public void Ambiguous_files_and_images_in_two_splits_are_named()
    {
        File.WriteAllText(_folder.File("dataset.yaml"), File.ReadAllText(_folder.File("dataset.yaml"))
            .Replace("photos/{name}.png", "photos/{name}.{png,jpg}").Replace("[v*]", "[v*, t3]"));
        File.Copy(Photo("t0"), Path.ChangeExtension(Photo("t0"), ".jpg"));
        var report = DatasetCheck.Run(_folder.Path);
        Assert.Contains(report.Problems, p => p.Fault == DatasetFault.Ambiguous && p.IsError);
        Assert.Contains(
            report.Problems,
            p =>
                p.Fault == DatasetFault.Shared
                && p.Message.StartsWith($"{Photo("t3")}: is in the splits train and val", StringComparison.Ordinal));
    }

    [Fact]
    public void A_picture_in_train_and_val_is_an_error_and_one_that_is_there_twice_a_warning()
    {
        // Other files (and other bytes) of the same pixels; v1 with other labels than v0.
        File.Copy(Photo("t2"), Photo("v3"), overwrite: true);
        File.Copy(Photo("v0"), Photo("v1"), overwrite: true);
        Labels("v1", [0, 0, 0, 0, 0, 0, 0, 2]);
        File.AppendAllText(_folder.File("train.txt"), "t1\n");

        var report = DatasetCheck.Run(_folder.Path);

        Assert.Equal(
            [
                (true, $"{Photo("t2")}: is the same picture as {Photo("v3")}, and they are in the splits train and val: "
                    + "scores on one would flatter a network that learnt on the other. Leave it in one of them."),
                (false, $"{Photo("t1")}: is listed twice in the split 'train', and counts twice."),
                (false, $"{Photo("v1")}: is the same picture as {Photo("v0")}, and both are in the split 'val', where it counts twice; "
                    + "their label maps differ. Keep the one that is right."),
            ],
            report.Problems.Select(p => (p.IsError, p.Message)));
        Assert.Equal([DatasetFault.Shared, DatasetFault.Repeated, DatasetFault.Repeated], report.Problems.Select(p => p.Fault));
        Assert.False(report.IsUsable);
    }

    [Theory]
    [InlineData("{ train: [t*], val: [v*], trainval: [t*, v*] }", null)]
    [InlineData("{ train: [t*, v*], train_small: [t*] }", null)]
    [InlineData("{ train: [t*, v*], val: [v*] }", true)]
    [InlineData("{ train: [t*], val: [v*], test: [v*] }", false)]
    public void A_split_may_hold_another_but_what_is_trained_on_not_what_is_scored(string splits, bool? isError)
    {
        File.WriteAllText(
            _folder.File("dataset.yaml"),
            File.ReadAllText(_folder.File("dataset.yaml")).Replace("{ train: train.txt, val: [v*] }", splits));

        var problems = DatasetCheck.Run(_folder.Path).Problems;

        Assert.Equal(isError is null ? 0 : 4, problems.Count);
        Assert.All(problems, p => Assert.Equal((DatasetFault.Shared, isError), (p.Fault, p.IsError)));
    }

    [Fact]
    public void Colours_that_were_mixed_are_told_from_one_that_is_missing()
    {
        File.WriteAllText(
            _folder.File("dataset.yaml"),
            "dataset: farm\nimages: photos/{name}.png\nlabels: colors/{name}.png\nlabel_format: color\nclasses: { soil: [128, 64, "
            + "0], crop: [0, 200, 0] }\n");
        foreach (var (name, mixed) in new[] { ("t0", 1), ("t1", 20) })
        {
            ImageFile.WritePng(Photo(name), new RgbImage(20, 1, new byte[60]));
            ImageFile.WritePng(
                _folder.File("colors", name + ".png"),
                new RgbImage(
                    20, 1, [.. Enumerable.Range(0, 20).SelectMany(i => i < mixed ? new byte[] { 127, 65, (byte)i } : [128, 64, 0])]));
        }
        var said = DatasetCheck.Run(_folder.Path).Problems.Where(p => p.Fault == DatasetFault.LabelOutOfRange).Select(p => p.Message)
            .ToList();
        Assert.EndsWith("there are the colours of 2 classes.", said[0]);
        Assert.EndsWith(
            "20 colours are mixtures, of JPEG or of smooth scaling: export the label map anew, as a PNG at its own size.", said[1]);
    }

    private void Describe(Func<string, string> change) =>
        File.WriteAllText(_folder.File("dataset.yaml"), change(File.ReadAllText(_folder.File("dataset.yaml"))));

    private string Photo(string name) => _folder.File("photos", name + ".png");

    private string Mask(string name) => _folder.File("masks", name + ".png");

    private void Sample(string name, int seed)
    {
        var image = new RgbImage(4, 2);
        Array.Fill(image.Pixels, (byte)(seed * 10));
        ImageFile.WritePng(Photo(name), image);
        Labels(name, [0, 0, 0, 0, 1, 1, 1, 2]);
    }

    private void Labels(string name, byte[] labels) =>
        ImageFile.WriteIndexedPng(Mask(name), new LabelMap(4, 2, labels), DemoScenes.Classes);
}
