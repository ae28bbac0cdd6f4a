using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Data;
using DeepLabDsl.IO;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What is done with data and runs: check, predict on folders, report, compare.</summary>
[Collection(Host.Collection)]
public sealed class DataCommandTests : IDisposable
{
    private readonly SceneFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sound_dataset_is_shown_and_a_broken_one_ends_with_code_1()
    {
        var sheet = _folder.In("sheet.png");
        Assert.Contains("no errors", Host.Succeed("dataset", "check", _folder.Data, "--sheet", sheet), StringComparison.Ordinal);
        Assert.True(ImageFile.ReadRgb(sheet).Width > 600);

        var mask = Directory.GetFiles(Path.Combine(_folder.Data, "trainannot")).Order().First();
        File.WriteAllText(mask, "no picture");
        var run = Host.Run("dataset", "check", _folder.Data, "--json");
        Assert.Equal(1, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        var problem = json.RootElement.GetProperty("problems").EnumerateArray().First();
        Assert.Equal(
            ("error", "unreadable_labels"), (problem.GetProperty("severity").GetString(), problem.GetProperty("kind").GetString()));
        Assert.StartsWith(mask, problem.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_shipped_definitions_are_listed() =>
        Assert.All(DatasetDefinition.Shipped, name => Assert.Contains(name, Host.Succeed("dataset", "list"), StringComparison.Ordinal));

    [Fact]
    public void A_run_is_reported_compared_and_applied_to_a_folder()
    {
        string[] Train(string run, string rate) =>
            ["train", "demo", "--data", _folder.Data, "--out", _folder.In(run), "--iterations", "6", "--batch", "2", "--crop", "48x48",
            "--evaluations", "1", "--lr", rate];
        Host.Succeed(Train("a", "0.05"));
        Host.Succeed(Train("b", "0.01"));
        // Written at the end of the run, and again when it is asked for.
        var page = Path.Combine(_folder.In("a"), "report.html");
        Assert.Contains("data:image/svg+xml;base64,", File.ReadAllText(page), StringComparison.Ordinal);
        File.Delete(page);
        Assert.Contains(page, Host.Succeed("report", _folder.In("a"), "--flip", "--window", "40x40"), StringComparison.Ordinal);
        Assert.True(File.Exists(page));

        var table = Host.Succeed("compare", _folder.In("a"), _folder.In("b"), "--out", _folder.In("compare.html"));
        Assert.Contains("learning_rate", table, StringComparison.Ordinal);
        Assert.DoesNotContain("momentum", table, StringComparison.Ordinal);
        Assert.Contains("<svg class=\"chart\"", File.ReadAllText(_folder.In("compare.html")), StringComparison.Ordinal);

        var said = Host.Succeed(
            "predict", "demo", _folder.Images, "--weights", _folder.In("a"), "--out", _folder.In("out"), "--write", "index",
            "probabilities");
        Assert.Contains("images/s", said, StringComparison.Ordinal);
        Assert.Equal(2 * 2, Directory.GetFiles(_folder.In("out")).Length);
        var name = Path.GetFileNameWithoutExtension(Directory.GetFiles(_folder.Images).Order().First());
        using var probabilities = NpyFile.Read(Path.Combine(_folder.In("out"), name + "_probabilities.npy"));
        Assert.Equal([8, 48, 64], probabilities.shape);
        Assert.Equal(
            probabilities.argmax(0).data<long>().ToArray(),
            ImageFile.ReadLabels(Path.Combine(_folder.In("out"), name + "_index.png")).Indices.Select(i => (long)i));

        // What can't be read does not keep the rest back, and results beside their images are no images.
        var broken = Path.Combine(_folder.Images, "broken.jpg");
        File.WriteAllText(broken, "no picture");
        foreach (var already in new[] { "", $"passed over 6 results of predict in {_folder.Images}" })
        {
            var run = Host.Run("predict", "demo", _folder.Images, "--weights", _folder.In("a"), "--out", _folder.Images);
            Assert.Equal(1, run.ExitCode);
            Assert.StartsWith(
                $"error: {broken}: this is not an image that can be read.",
                Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
            Assert.Contains("2 images in", run.Output, StringComparison.Ordinal);
            Assert.Contains(already, run.Output, StringComparison.Ordinal);
            Assert.Equal(3 + 2 * 3, Directory.GetFiles(_folder.Images).Length);
        }
    }

    [Fact]
    public void Images_that_are_stacked_from_several_files_are_trained_on_and_predicted()
    {
        // Red, green and blue of each scene as files of their own, in numbers that take the range to read.
        foreach (var path in new[] { "train", "val" }.SelectMany(s => Directory.GetFiles(Path.Combine(_folder.Data, s))))
        {
            var image = ImageFile.ReadRgb(path);
            foreach (var (channel, name) in new[] { "red", "green", "blue" }.Index())
            {
                var target = Path.Combine(
                    _folder.In("stacked"), Path.GetFileName(Path.GetDirectoryName(path)!), name,
                    Path.GetFileNameWithoutExtension(path) + ".npy");
                using var plane = TorchSharp.torch.tensor(image.Pixels.Where((_, i) => i % 3 == channel).Select(v => v * 2f).ToArray())
                    .reshape(image.Height, image.Width);
                NpyFile.Write(target, plane);
            }
            var labels = Path.GetDirectoryName(path)! + "annot";
            Directory.CreateDirectory(_folder.In("stacked/labels"));
            File.Copy(Path.Combine(labels, Path.GetFileName(path)), Path.Combine(_folder.In("stacked/labels"), Path.GetFileName(path)));
        }
        var definition = _folder.In("stacked/dataset.yaml");
        File.WriteAllText(definition, File.ReadAllText(Path.Combine(_folder.Data, "dataset.yaml"))
            .Replace(
                "layout: camvid",
                "images: ['{split}/red/{name}.npy', '{split}/green/{name}.npy', '{split}/blue/{name}.npy']\nlabels: "
                + "labels/{name}.png\ninput: { channels: 3, range: 510 }", StringComparison.Ordinal));
        Host.Succeed(
            "train", "demo", "--data", _folder.In("stacked"), "--out", _folder.In("run"), "--iterations", "4", "--batch", "2", "--crop",
            "48x48", "--evaluations", "1");

        string[] Predict(string image, string to, params string[] more) =>
            ["predict", "demo", image, "--weights", _folder.In("run"), "--out", _folder.In(to), "--write", "index", .. more];
        var stacked = Host.Succeed(Predict(_folder.In("stacked/val/red"), "folder", "--dataset", definition));
        Assert.Contains("2 images", stacked, StringComparison.Ordinal);
        Host.Succeed(Predict(_folder.In("stacked/val"), "above", "--dataset", definition));
        // The same pictures as whole files, in the same numbers.
        foreach (var path in Directory.GetFiles(_folder.Images))
        {
            var image = ImageFile.ReadRgb(path);
            using var planes = TorchSharp.torch.tensor(
                Enumerable.Range(0, 3).SelectMany(c => image.Pixels.Where((_, i) => i % 3 == c)).Select(v => v * 2f).ToArray())
                .reshape(3, image.Height, image.Width);
            NpyFile.Write(_folder.In($"whole/{Path.GetFileNameWithoutExtension(path)}.npy"), planes);
        }
        // The weights know the range; only which files belong together is the dataset file's to say.
        Host.Succeed(Predict(_folder.In("whole"), "plain"));
        foreach (var index in Directory.GetFiles(_folder.In("plain")))
        {
            Assert.All(
                ["folder", "above"],
                f => Assert.Equal(File.ReadAllBytes(index), File.ReadAllBytes(Path.Combine(_folder.In(f), Path.GetFileName(index)))));
        }

        Assert.Contains(
            "name the dataset file that says in which: --dataset FILE.yaml", Host.Fail(Predict(_folder.In("stacked/val/red"), "x")),
            StringComparison.Ordinal);
        File.Delete(Directory.GetFiles(_folder.In("stacked/val/blue")).Order().First());
        Assert.Contains(
            "this file is missing", Host.Fail(Predict(_folder.In("stacked/val/red"), "x", "--dataset", definition)),
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.In("x")));
    }

    [Fact]
    public void What_is_no_run_or_holds_no_images_is_said()
    {
        Assert.Contains("is no run: it has no config.json", Host.Fail("report", _folder.Data), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.In("empty"));
        Assert.Contains(
            "is no run: it has no config.json", Host.Fail("compare", _folder.Data, _folder.In("empty")), StringComparison.Ordinal);
        Assert.Contains(
            "the folder has no images",
            Host.Fail("predict", "demo", _folder.In("empty"), "--weights", _folder.In("none"), "--out", _folder.In("o")),
            StringComparison.Ordinal);
    }
}
