using System;
using System.IO;
using System.Linq;
using DeepLabDsl.Cli.Demo;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What goes wrong is one line that names the place, and nothing half-written stays.</summary>
[Collection(Host.Collection)]
public class ErrorTests
{
    [Fact]
    public void A_command_line_that_is_not_understood_is_exit_code_2()
    {
        var run = Host.Run("train", "demo", "--epoch", "3");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_network_gets_the_nearest_name() =>
        Assert.Contains("deeplabv3-resnet50", Host.Fail("inspect", "deeplabv3-resnet5"), StringComparison.Ordinal);

    [Fact]
    public void A_missing_folder_leaves_no_run_behind()
    {
        using var folder = new SceneFolder(train: 1, validation: 1);

        Assert.Contains(
            "nowhere", Host.Fail("train", "demo", "--data", folder.In("nowhere"), "--out", folder.In("run")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.In("run")));
    }

    [Fact]
    public void A_batch_larger_than_the_data_leaves_no_run_behind()
    {
        using var folder = new SceneFolder(train: 2, validation: 1);

        Assert.Contains(
            "batch", Host.Fail("train", "demo", "--data", folder.Data, "--out", folder.In("run"), "--batch", "3"),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.In("run")));
    }

    [Fact]
    public void An_image_and_a_label_of_different_sizes_are_named()
    {
        using var folder = new SceneFolder(train: 2, validation: 1);
        var image = Directory.GetFiles(Path.Combine(folder.Data, "train")).Order().First();
        ImageFile.WritePng(image, new RgbImage(60, 48));

        var error = Host.Fail(
            "train", "demo", "--data", folder.Data, "--out", folder.In("run"), "--batch", "2", "--iterations", "2", "--crop", "48x48");

        Assert.Contains(Path.GetFileName(image), error, StringComparison.Ordinal);
        Assert.Contains("60x48", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_outside_of_the_classes_is_named()
    {
        using var folder = new SceneFolder(train: 2, validation: 1);
        var label = Directory.GetFiles(Path.Combine(folder.Data, "valannot")).Order().First();
        ImageFile.WriteIndexedPng(label, new LabelMap(64, 48, [.. Enumerable.Repeat((byte)9, 64 * 48)]), DemoScenes.Classes);
        Host.Succeed(
            "train", "demo", "--data", folder.Data, "--out", folder.In("run"), "--val-split", "train", "--batch", "2", "--iterations", "1",
            "--crop", "48x48");

        var error = Host.Fail("eval", "demo", "--weights", folder.In("run"), "--data", folder.Data);

        Assert.Contains(Path.GetFileName(label), error, StringComparison.Ordinal);
        Assert.Contains("9", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_network_are_listed_key_by_key()
    {
        using var folder = new SceneFolder(train: 2, validation: 1);
        Host.Succeed(
            "train", "demo", "--data", folder.Data, "--out", folder.In("run"), "--val-split", "train", "--batch", "2", "--iterations", "1",
            "--crop", "48x48");

        var error = Host.Fail("eval", "deeplabv3-mobilenet-v2", "--weights", folder.In("run"), "--data", folder.Data);

        Assert.Contains("backbone.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unreadable_image_is_named_and_leaves_nothing()
    {
        using var folder = new SceneFolder(train: 2, validation: 1);
        Host.Succeed(
            "train", "demo", "--data", folder.Data, "--out", folder.In("run"), "--val-split", "train", "--batch", "2", "--iterations", "1",
            "--crop", "48x48");
        File.WriteAllText(folder.In("photo.jpg"), "no image");

        Assert.Contains(
            "photo.jpg", Host.Fail("predict", "demo", folder.In("photo.jpg"), "--weights", folder.In("run"), "--out", folder.In("masks")),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.In("masks")) && Directory.EnumerateFileSystemEntries(folder.In("masks")).Any());
    }
}
