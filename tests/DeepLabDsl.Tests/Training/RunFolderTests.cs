using System;
using System.IO;
using DeepLabDsl.Errors;
using DeepLabDsl.Reports;
using DeepLabDsl.Tests.Networks;
using DeepLabDsl.Training;

namespace DeepLabDsl.Tests.Training;

/// <summary>A run's folder belongs to one training, for as long as it is there.</summary>
[Collection(TrainingCollection.Name)]
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_folder_that_is_trained_into_takes_no_other_training()
    {
        var path = _folder.File("run");
        using (RunFolder.Create(path, Learner.Descriptor, LearnerRun.Classes))
        {
            var opened = Assert.Throws<UnusableDataException>(() => RunFolder.Open(path, Learner.Descriptor, LearnerRun.Classes));
            var made =
                Assert.Throws<UnusableDataException>(() => RunFolder.Create(path, Learner.Descriptor, LearnerRun.Classes, overwrite: true));

            Assert.StartsWith($"{path}: another process trains into this folder", opened.Message, StringComparison.Ordinal);
            Assert.Equal(opened.Message, made.Message);
        }

        // What a training that is over leaves of its hold keeps nobody from the folder.
        RunFolder.Create(path, Learner.Descriptor, LearnerRun.Classes).Dispose();
    }

    [Fact]
    public void A_folder_that_is_removed_ends_its_training_and_is_not_made_anew()
    {
        using var run = new LearnerRun(LearnerRun.Base);

        var remover = new Listener<TrainingStep>(_ =>
        {
            if (Directory.Exists(run.Path))
                Directory.Delete(run.Path, recursive: true);
        });
        var error = Assert.Throws<UnusableDataException>(() => run.Start(progress: remover));

        Assert.StartsWith($"{run.Path}: the run's folder has been removed", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Path));
    }

    [Theory]
    [InlineData("""{"iteration":-5,"batches":10}""")]
    [InlineData("""{"iteration":5,"batches":4}""")]
    [InlineData("""{"iteration":5,"batches":3000000000}""")]
    [InlineData("""{"iteration":5,"batches":10,"seconds":1e300}""")]
    [InlineData("""{"iteration":5,"batches":10,"seconds":"NaN"}""")]
    [InlineData("""{"iteration":5,"batches":10,"skipped":11}""")]
    [InlineData("""{"iteration":5,"batches":10,"loss_sum":"Infinity"}""")]
    [InlineData("""{"iteration":5,"batches":10,"best":{"iteration":1,"epoch":1,"mean_io_u":7}}""")]
    [InlineData("""{"iteration":5,"batches":10,"best":{"iteration":-1,"epoch":1,"mean_io_u":0.5}}""")]
    [InlineData("[]")]
    public void Where_no_training_can_stand_none_goes_on_from(string text) => Assert.Null(TrainingProgress.FromJson(text));

    [Fact]
    public void Where_a_training_stands_is_read_as_it_was_written()
    {
        var progress = new TrainingProgress
        {
            Iteration = 5,
            Batches = 10,
            Seconds = 1.5,
            LossSum = 3,
            LossCount = 2,
            Best = new BestScore(4, 1, 0.25),
        };

        Assert.Equal(progress, TrainingProgress.FromJson(progress.ToJson()));
    }

    /// <summary>The log ends where it is no log any more; a number that is no whole one is such a place.</summary>
    [Theory]
    [InlineData("""{"iteration": 1.5, "loss": 1}""")]
    [InlineData("""{"iteration": 99999999999, "loss": 1}""")]
    [InlineData("""{"iteration": 2, "loss": "x"}""")]
    [InlineData("[]")]
    public void A_log_is_taken_up_to_what_is_none(string line)
    {
        var log = new RunLog(_folder.Write("log.jsonl",
            System.Text.Encoding.UTF8.GetBytes("{\"iteration\": 1, \"loss\": 0.5}\n" + line + "\n")));

        log.CutAfter(3);

        Assert.Equal([(1, 0.5)], log.Losses);
    }

    [Theory]
    [InlineData("""{"network": "n", "classes": [null], "facts": {}, "recipe": {}}""")]
    [InlineData("""{"network": "n", "classes": [], "facts": {"data": null}, "recipe": {}}""")]
    [InlineData("""{"network": "n", "classes": [], "facts": {}, "recipe": {"batch": null}}""")]
    [InlineData("""{"network": "n", "classes": [], "facts": {}, "recipe": {"batch": {"value": null, "from": "x"}}}""")]
    public void A_configuration_with_nothing_in_place_of_a_value_is_refused(string json)
    {
        var path = _folder.Write(RunConfig.FileName, System.Text.Encoding.UTF8.GetBytes(json));

        Assert.StartsWith($"{path}: ", Assert.Throws<UnusableDataException>(() => RunConfig.Read(Path.GetDirectoryName(path)!)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_of_a_run_whose_files_are_damaged_names_the_file()
    {
        var config = _folder.Write(RunConfig.FileName,
            """{"network": "n", "facts": {"a": "1", "a": "2"}, "recipe": {"batch": {"value": "1"}}}"""u8.ToArray());
        Assert.StartsWith($"{config}: is damaged: 'batch' of the recipe has no 'from'",
            Assert.Throws<UnusableDataException>(() => RunHistory.Read(_folder.Path)).Message, StringComparison.Ordinal);

        _folder.Write(RunConfig.FileName,
            """{"network": "n", "facts": {"a": "1", "a": "2"}, "recipe": {}}"""u8.ToArray());
        _folder.Write("log.jsonl", "[]\n{\"iteration\": 1, \"loss\": 0.5}\n"u8.ToArray());
        var history = RunHistory.Read(_folder.Path);

        Assert.Equal("2", history.Facts["a"]);
        Assert.Single(history.Steps);
    }

    public void Dispose() => _folder.Dispose();
}
