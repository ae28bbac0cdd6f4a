using System;
using System.IO;
using System.Linq;
using CsCheck;
using DeepLabDsl.Errors;
using DeepLabDsl.Recipes;
using DeepLabDsl.Training;

namespace DeepLabDsl.Tests.Training;

/// <summary>A run that was stopped and gone on with ends as one that was not, bit for bit; what is broken is named and left out.</summary>
[Collection(TrainingCollection.Name)]
public class ResumeTests
{
    /// <summary>Recipes that between them keep every kind of state.</summary>
    public static TheoryData<string> Recipes => ["sgd", "everything", "bfloat16"];

    private static TrainingRecipe Named(string name) => name switch
    {
        "sgd" => LearnerRun.Base,
        "everything" => LearnerRun.Base with
        {
            Optimizer = OptimizerKind.AdamW,
            LearningRate = 1e-3,
            Ema = 0.9,
            ClipGradNorm = 0.5,
            AccumulationSteps = 2,
            WarmUp = 3,
            HardPixels = 0.5,
            HardThreshold = 0.3,
            ClassBalance = 0.5,
            BalanceImages = 0.9,
            Noise = 0.05,
            Hue = 0.1,
            Gamma = 0.5,
            Tint = 0.2,
            GreyProbability = 0.2,
            Dice = 0.5,
            Schedule = LearningRateSchedule.Cosine,
        },
        _ => LearnerRun.Base with { Precision = TrainingPrecision.BFloat16, BatchNorm = BatchNormMode.Frozen },
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_stopped_run_ends_as_one_that_was_not(string recipe)
    {
        using var whole = new LearnerRun(Named(recipe));
        whole.Start();

        Gen.Int[1, 11].List[1, 3].Sample(
            stops =>
            {
                using var broken = new LearnerRun(Named(recipe));
                broken.Start(stops[0]);
                foreach (var stop in stops.Skip(1))
                    broken.Resume(stop);
                var result = broken.Resume();

                Assert.False(result.WasStopped);
                Assert.Equal(whole.Log(), broken.Log());
                Assert.Equal(whole.Bytes(RunFolder.LastName), broken.Bytes(RunFolder.LastName));
                Assert.Equal(whole.Bytes(RunFolder.BestName), broken.Bytes(RunFolder.BestName));
            },
            iter: 3, threads: 1);
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_the_one_before_it_used()
    {
        using var whole = new LearnerRun(LearnerRun.Base);
        whole.Start();
        using var run = new LearnerRun(LearnerRun.Base);
        run.Start(stopAfter: 10);
        var files = Directory.GetFiles(run.Checkpoints, "*.safetensors").Order().ToList();
        Assert.Equal(2, files.Count);
        using (var stream = File.OpenWrite(files[1]))
        {
            stream.Position = stream.Length - 5;
            stream.WriteByte(0xA5);
        }

        run.Resume();

        Assert.Contains(files[1], Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Contains("damaged", run.Warnings[0], StringComparison.Ordinal);
        Assert.Equal(whole.Bytes(RunFolder.LastName), run.Bytes(RunFolder.LastName));
        Assert.Equal(whole.Log(), run.Log());
    }

    [Fact]
    public void A_half_written_checkpoint_is_named_and_the_one_before_it_used()
    {
        using var run = new LearnerRun(LearnerRun.Base);
        run.Start(stopAfter: 10);
        var last = Directory.GetFiles(run.Checkpoints, "*.safetensors").Order().Last();
        File.WriteAllBytes(last, File.ReadAllBytes(last)[..1000]);
        File.Delete(last + ".sha256");

        Assert.False(run.Resume().WasStopped);
        Assert.Contains("has no checksum", Assert.Single(run.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_whole_checkpoint_the_run_is_refused()
    {
        using var run = new LearnerRun(LearnerRun.Base);
        run.Start(stopAfter: 10);
        foreach (var file in Directory.GetFiles(run.Checkpoints, "*.safetensors"))
            File.WriteAllBytes(file, [1, 2, 3]);
        // What a killed process had begun is swept; not what is somebody's own, nor anything that a link leads to.
        using var other = new TemporaryFolder();
        const string Begun = ".last.safetensors.0123456789abcdef0123456789abcdef.tmp";
        var (own, begun, foreign) = (Path.Combine(run.Path, ".mine.tmp"), Path.Combine(run.Checkpoints, Begun), other.Write(Begun, [1]));
        File.WriteAllText(own, "");
        File.WriteAllText(begun, "");
        Directory.CreateSymbolicLink(Path.Combine(run.Path, "link"), other.Path);

        var fault = Assert.Throws<UnusableDataException>(() => run.Resume());

        Assert.Equal((true, false, true), (File.Exists(own), File.Exists(begun), File.Exists(foreign)));

        Assert.Contains("no checkpoint that is whole", fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, run.Warnings.Count);
    }

    [Fact]
    public void Another_network_is_refused()
    {
        using var run = new LearnerRun(LearnerRun.Base with { Ema = 0.5 });
        run.Start(stopAfter: 4);
        using var other = new LearnerRun(LearnerRun.Base with { Optimizer = OptimizerKind.AdamW });
        Directory.CreateDirectory(other.Checkpoints);
        foreach (var file in Directory.GetFiles(run.Checkpoints))
            File.Copy(file, Path.Combine(other.Checkpoints, Path.GetFileName(file)));

        Assert.Contains("does not fit", Assert.Throws<TrainingException>(() => other.Resume()).Message, StringComparison.Ordinal);
    }

    /// <summary>Needs to mount a small file system: set DEEPLABDSL_LONG and be root.</summary>
    [SkippableFact]
    public void A_full_disk_stops_the_run_and_leaves_the_last_checkpoint_whole()
    {
        LongTests.Require();
        using var whole = new LearnerRun(LearnerRun.Base);
        whole.Start();
        using var run = new LearnerRun(LearnerRun.Base);
        // Room for the first checkpoint and what lies beside it, not for all.
        var blocks = Directory.GetFiles(whole.Path, "*", SearchOption.AllDirectories).Sum(f => (new FileInfo(f).Length + 4095) / 4096);
        using (SmallDisk.Mount(run.Path, kilobytes: (int)(blocks * 4 * 0.6)))
        {
            var fault = Assert.Throws<UnusableDataException>(() => run.Start());
            Assert.NotEmpty(Directory.GetFiles(run.Checkpoints, "*.sha256"));
            Assert.Contains("No space left", fault.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.GetFiles(run.Checkpoints, "*.tmp"));

            SmallDisk.Grow(run.Path, kilobytes: 4096);
            Assert.False(run.Resume().WasStopped);
            Assert.Empty(run.Warnings);
            Assert.Equal(whole.Bytes(RunFolder.LastName), run.Bytes(RunFolder.LastName));
            Assert.Equal(whole.Log(), run.Log());
        }
    }
}
