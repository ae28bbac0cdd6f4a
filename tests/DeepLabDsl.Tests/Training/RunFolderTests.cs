using System;
using System.IO;
using DeepLabDsl.Errors;
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
        using (RunFolder.Create(path, Learner.Spec, LearnerRun.Classes))
        {
            var opened = Assert.Throws<UnusableDataException>(() => RunFolder.Open(path, Learner.Spec, LearnerRun.Classes));
            var made =
                Assert.Throws<UnusableDataException>(() => RunFolder.Create(path, Learner.Spec, LearnerRun.Classes, overwrite: true));

            Assert.StartsWith($"{path}: another process trains into this folder", opened.Message, StringComparison.Ordinal);
            Assert.Equal(opened.Message, made.Message);
        }

        // What a training that is over leaves of its hold keeps nobody from the folder.
        RunFolder.Create(path, Learner.Spec, LearnerRun.Classes).Dispose();
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

    public void Dispose() => _folder.Dispose();
}
