using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using DeepLabDsl.Data;
using DeepLabDsl.Distributed;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Imaging;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using DeepLabDsl.SelfChecks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <summary>
/// Trains a network by a recipe. What happens in a step depends on the recipe's seed and the step's number alone, so that a run
/// that is resumed from a checkpoint goes on, on one thread bit for bit, as if it had never ended.
/// </summary>
public sealed partial class Trainer
{
    private const int ReportEvery = 5;

    // Keeps dropout apart from the streams of the data.
    private const ulong DropoutStream = 0x64726F706F7574;

    private readonly SegmentationNetwork _network;
    private readonly ISegmentationDataset _train;
    private readonly ISegmentationDataset? _validation;
    private readonly TrainingRecipe _recipe;
    private readonly Device _device;
    private readonly RunFolder? _run;
    private readonly RankGroup? _ranks;

    /// <summary>Checks that a training can be done; nothing is changed or written before it runs.</summary>
    /// <param name="network">The network, on the device that it is to be trained on.</param>
    /// <param name="train">What it learns from.</param>
    /// <param name="validation">What it is scored on; null: it is not.</param>
    /// <param name="recipe">How it is trained.</param>
    /// <param name="run">Where weights, checkpoints and log go; null: nowhere. Of several ranks only rank 0 has one.</param>
    /// <param name="ranks">
    /// The ranks that train together, each with this network, data and recipe, and a part of each batch; null: this process alone.
    /// </param>
    /// <exception cref="ArgumentException">The recipe does not make sense, or the network is on several devices.</exception>
    /// <exception cref="TrainingException">Data, network and recipe do not fit, or the batch is too small.</exception>
    /// <exception cref="SelfCheckException">The CPU computes wrong numbers on this machine; see <see cref="SelfCheck"/>.</exception>
    public Trainer(
        SegmentationNetwork network, ISegmentationDataset train, ISegmentationDataset? validation, TrainingRecipe recipe,
        RunFolder? run = null, ICommunicator? ranks = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate();
        _device = ModuleDevice.Of(network);
        if (_device.type == DeviceType.CPU)
            SelfCheck.Require();
        var descriptor = network.Descriptor;
        if (descriptor.InputChannels != train.Channels)
        {
            throw new TrainingException(
                $"{descriptor.Name} takes {descriptor.InputChannels} channels, the images of {train.Name} have {train.Channels}: a spec "
                + $"says how many by 'input: {{ channels: {train.Channels} }}'.");
        }
        if (network.Classes != train.Classes.Count)
        {
            throw new TrainingException(
                $"The network has {network.Classes} classes, {train.Name} has {train.Classes.Count}: build it with as many.");
        }
        // Of a dataset made in C#; a dataset file with one class is refused when it is read.
        if (OneClass.Describe(train.Classes) is { } nothing)
            throw new TrainingException($"{train.Name}: {nothing}");
        if (recipe.ClassWeights.Count > 0 && recipe.ClassWeights.Count != network.Classes)
        {
            throw new TrainingException(
                $"'class_weights' has {recipe.ClassWeights.Count} weights, {train.Name} has {network.Classes} classes: give one each.");
        }
        _ranks = ranks is { Size: > 1 } ? new RankGroup(ranks) : null;
        if (_ranks is not null)
            RequireShares(descriptor, recipe, _ranks.Size);
        if (recipe.Batch == 1 && descriptor.NormalizesPooledFeatures && recipe.BatchNorm != BatchNormMode.Frozen)
        {
            throw new TrainingException(
                $"{descriptor.Name} can't be trained with a batch of 1: its image-level features are one value a "
                + "channel, of which batch norm "
                + "has no variance (its running statistics would become NaN). Use a batch of 2 or more, or 'batch_norm: frozen'.");
        }
        if (FirstNonFinite(network) is { } broken)
        {
            throw new TrainingException(
                $"The weights to start from hold NaN or an infinity (first '{broken}') before anything is learnt: take others.");
        }
        if (train.Count < recipe.Batch)
        {
            throw new TrainingException(
                $"{train.Name}/{train.Split} has {train.Count} images, fewer than one batch of {recipe.Batch}. Use a smaller batch.");
        }
        _network = network;
        _train = train;
        _validation = validation;
        _recipe = recipe;
        _run = run;
    }

    /// <summary>Trains to the end of the schedule.</summary>
    /// <param name="progress">Is told of the course, on the caller's thread, which waits for it.</param>
    /// <param name="cancellationToken">Ends the training after the step in hand; the run can then be resumed.</param>
    /// <exception cref="TrainingException">The loss is no number any more, or has exploded.</exception>
    /// <exception cref="UnusableDataException">A sample can't be used, or the run can't be written.</exception>
    public TrainingResult Run(IProgress<TrainingEvent>? progress = null, CancellationToken cancellationToken = default) =>
        Run(null, progress, cancellationToken);

    /// <summary>Goes on with the run of the folder from its newest checkpoint that is whole.</summary>
    /// <exception cref="InvalidOperationException">The training has no folder.</exception>
    /// <inheritdoc cref="Run(IProgress{TrainingEvent}, CancellationToken)"/>
    public TrainingResult Resume(IProgress<TrainingEvent>? progress = null, CancellationToken cancellationToken = default)
    {
        if (_ranks is { Rank: > 0 })
            return Run(null, progress, cancellationToken, isResumed: true);
        var run = _run ?? throw new InvalidOperationException("There is no run to go on with.");
        return Run(
            run.OpenCheckpoint(warning => progress?.Report(new TrainingWarning(warning))), progress, cancellationToken, isResumed: true);
    }

    private BatchLoader Loader(ISegmentationDataset data)
    {
        var normalizer = _train.Normalizer ?? new ImageNormalizer(_network.Descriptor.Mean, _network.Descriptor.Std);
        return new BatchLoader(data, TrainingTransform.For(_recipe, normalizer), new BatchLoaderOptions
        {
            BatchSize = _recipe.Batch,
            Seed = _recipe.Seed,
            Workers = _recipe.Workers,
            DropLast = true,
            Share = _ranks is null ? (0, 1) : (_ranks.Rank, _ranks.Size),
            CacheBytes = 0,
        });
    }

    private TrainingResult Run(
        TrainingCheckpoint? from, IProgress<TrainingEvent>? listener, CancellationToken cancellationToken, bool isResumed = false)
    {
        if (_ranks is { Rank: > 0 } && _run is not null)
            throw new InvalidOperationException("Rank 0 alone writes.");
        if (_run is not null)
            (_run.Normalizer, _run.Format) = (_train.Normalizer, _train.Format);
        if (OwnNorms() is { } doubt)
            listener?.Report(new TrainingWarning(doubt));
        if (!isResumed)
            _run?.DescribeUnlessThere(_recipe, _train, _validation, _device);
        var data = Prepare(out var statistics);
        using var loader = Loader(data);
        SetNormMomentum();
        using var classWeights = ClassWeights(statistics);
        using var weights = new LearntWeights(_network, _recipe, _device);
        var groups = ParameterGroups.Of(_network, _recipe);
        Freeze(groups);
        using var optimizer = new NetworkOptimizer(_recipe, groups, weights.Find);
        var course = new Course(
            new Schedule(_recipe, loader.BatchesPerEpoch), loader.BatchesPerEpoch, weights, optimizer, new BatchLoss(_recipe, classWeights),
            listener);
        if (from is not null)
            TakeUp(from, course);
        if (_ranks is not null)
            TakeUpTogether(_ranks, isResumed, course);
        if (!isResumed)
            Save(course);
        SetMode();
        using var buckets = _ranks is null ? null : Buckets(_ranks, groups, weights);
        course.Buckets = buckets;
        using var norms = _ranks is not null && _recipe.BatchNorm == BatchNormMode.Synchronized ? new SharedNorms(_network, _ranks) : null;
        using (var batches = Stream(loader, course.State.Batches).GetEnumerator())
            Train(course, batches, cancellationToken);
        if (course.State.Iteration > 0)
            _run?.SaveLast(weights.Evaluated(), course.State.Iteration, course.Epoch);
        _run?.DrawCurve();
        return new TrainingResult(
            course.State.Iteration, course.Epoch, course.Best, course.IsStopped, course.Elapsed,
            course.Images / Math.Max(course.Training.TotalSeconds, 1e-9), course.State.Skipped)
        {
            BestScore = course.State.Best,
            Checkpoint = course.LastCheckpoint,
        };
    }

    /// <summary>Takes steps, and saves and scores where that is due, up to the end or to a stop.</summary>
    private void Train(Course course, IEnumerator<Batch> batches, CancellationToken cancellationToken)
    {
        while (true)
        {
            var isAskedToStop = Agree(cancellationToken.IsCancellationRequested, course);
            // Asked once: by the clock it moves on.
            var progress = course.Progress;
            var due = course.Schedule.EvaluationsDue(progress);
            if (course.State.Iteration > 0 && due > course.State.Evaluations)
                Evaluate(course, due, cancellationToken);
            // However short the time, there is a step to save and score.
            var isDone = progress >= 1 && course.State.Iteration > 0 && !course.IsStopped;
            course.IsStopped |= isAskedToStop && !isDone;
            if (isDone || course.IsStopped || course.IsCheckpointDue(_recipe))
                Save(course);
            if (isDone || course.IsStopped)
                return;
            Step(batches, course);
            Report(course);
        }
    }

    private static string? FirstNonFinite(SegmentationNetwork network)
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        return ModuleState.Of(network).Where(e => e.Tensor.is_floating_point() && e.Tensor.isfinite().all().Number() == 0)
            .Select(e => e.Name).FirstOrDefault();
    }

    /// <summary>The training set, decoded samples kept, images repeated where the recipe says so.</summary>
    private ISegmentationDataset Prepare(out LabelStatistics? statistics)
    {
        ISegmentationDataset data = _train is InMemoryDataset
            ? _train
            : new CachingDataset(_train, new BatchLoaderOptions { BatchSize = 1 }.CacheBytes);
        var repeats = _recipe.Repeat.Count > 0 || _recipe.BalanceImages > 0;
        statistics = repeats || _recipe.ClassBalance > 0 ? LabelStatistics.Of(data, _ranks) : null;
        return repeats ? RepeatedDataset.Of(data, _recipe, statistics!) : data;
    }

    private static IEnumerable<Batch> Stream(BatchLoader loader, long taken)
    {
        var (epoch, place) = ((int)(taken / loader.BatchesPerEpoch) + 1, (int)(taken % loader.BatchesPerEpoch));
        for (; ; epoch++, place = 0)
        {
            foreach (var batch in loader.Epoch(epoch, first: place))
                yield return batch;
        }
    }

    private void Step(IEnumerator<Batch> batches, Course course)
    {
        var began = Stopwatch.GetTimestamp();
        var state = course.State;
        var rate = course.Schedule.LearningRate(state.Iteration, course.Progress);
        course.Rate = rate;
        state.Iteration++;
        course.Weights.ForgetGradients();
        using var scope = NewDisposeScope();
        var (sum, count) = (0.0, 0);
        var names = new List<string>();
        for (var part = 0; part < _recipe.AccumulationSteps; part++)
        {
            if (_ranks is null)
                batches.MoveNext();
            else
                _ranks.Guarded(() => batches.MoveNext());
            if (part == _recipe.AccumulationSteps - 1)
                course.Buckets?.Arm();
            using var batch = batches.Current;
            state.Batches++;
            course.RecentWait += batch.Waited;
            course.RecentImages += _recipe.Batch;
            course.Images += _recipe.Batch;
            names.AddRange(batch.Names);
            if (TryBackward(batch, names, course) is { } loss)
            {
                (sum, count) = (sum + loss, count + 1);
                Guard(loss, names, course);
            }
            else
            {
                state.Skipped++;
            }
        }
        if (count > 0)
        {
            Update(rate, names, course);
            state.LossSum += sum / count;
            state.LossCount++;
        }
        course.Training += Stopwatch.GetElapsedTime(began);
    }

    private double? TryBackward(Batch batch, List<string> names, Course course)
    {
        try
        {
            return Backward(batch, course);
        }
        catch (ArgumentException e) when (e.ParamName is null)
        {
            // A layer of ours refuses what it was given: the images tell where it began.
            throw Fault(e.Message.TrimEnd('.'), names, course);
        }
    }

    /// <summary>One forward and one backward pass; null for a batch without a labelled pixel.</summary>
    private double? Backward(Batch batch, Course course)
    {
        // The mean over no pixels would be NaN. Ranks stay together: a part without labels is computed where another has some.
        if (!Agree(batch.Labels.AsSpan().IndexOfAnyExcept((long)LabelMap.Void) >= 0))
            return null;
        using var scope = NewDisposeScope();
        // Dropout draws from the step's own stream, so that nothing needs to be kept of it for a resumed run.
        var place = (int)(course.State.Batches % course.BatchesPerEpoch);
        var bits = SeededRandom.ForSample(_recipe.Seed ^ DropoutStream ^ RankStream, course.Epoch, place).NextBits();
        using var draws = new SeededDraws((long)bits & long.MaxValue, _device);
        var images = TensorMemory.Copy<float>(batch.Images, [batch.Count, batch.Channels, batch.Height, batch.Width], _device);
        if (course.Weights.IsHalf)
            images = images.to(ScalarType.BFloat16);
        var labels = TensorMemory.Copy<long>(batch.Labels, [batch.Count, batch.Height, batch.Width], _device);
        var output = MinimumInput.Run(_network, Layers.ChannelsLast(images), "the crops of the recipe ('crop')");
        if (LossOf(output, labels, course) is not var (loss, value))
            return null;
        if (double.IsFinite(value))
            (_recipe.AccumulationSteps == 1 ? loss : loss.Scale(1.0 / _recipe.AccumulationSteps)).backward();
        return value;
    }

    private void Update(double rate, List<string> names, Course course)
    {
        if (course.Buckets is { } buckets)
            buckets.Finish();
        else
            course.Weights.GatherGradients();
        if (_ranks is not null && _recipe.BatchNorm == BatchNormMode.Train)
            _ranks.Average(RunningStatistics());
        if (_recipe.ClipGradNorm > 0)
        {
            course.GradientNorm = course.Optimizer.ClipGradients(_recipe.ClipGradNorm);
            if (!double.IsFinite(course.GradientNorm.Value))
                throw Fault($"The norm of the gradients is {course.GradientNorm}", names, course);
        }
        course.Optimizer.Step(rate);
        course.Weights.Publish(course.State.Iteration);
    }

    private void Guard(double loss, List<string> names, Course course)
    {
        if (_ranks is not null && !(loss <= _recipe.LossLimit))
        {
            // Of the images of the rank whose own part is no number, where there is one.
            var what = double.IsFinite(loss) ? $"The loss has exploded: it is {loss:g4}, above the limit of {_recipe.LossLimit:g4} "
                + "('loss_limit')" : $"The loss is {loss}";
            _ranks.RequireAll(double.IsFinite(course.OwnLoss) ? null : Fault(what, names, course));
            _ranks.RequireAll(Fault(what, names, course));
        }
        if (!double.IsFinite(loss))
            throw Fault($"The loss is {loss}", names, course);
        if (loss > _recipe.LossLimit)
            throw Fault($"The loss has exploded: it is {loss:g4}, above the limit of {_recipe.LossLimit:g4} ('loss_limit')", names, course);
    }

    private TrainingException Fault(string what, List<string> names, Course course)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        var files = Enumerable.Range(0, _train.Count).Select(_train.GetInfo).Where(i => wanted.Contains(i.Name))
            .Select(i => i.ImagePath ?? i.Name);
        return new TrainingException(
            $"{what} at iteration {course.State.Iteration} (epoch {course.Epoch}, learning rate {course.Rate:g3}). "
            + $"The images of the step: {string.Join(", ", files)}. "
            + "A lower learning rate, a warm-up or 'clip_grad_norm' usually helps. "
            + (course.LastCheckpoint is { } checkpoint ? $"The last good checkpoint is {checkpoint}." : ""));
    }

    private void Save(Course course)
    {
        if (_run is null || course.State.Iteration == course.SavedIteration)
            return;
        if (course.Weights.FindNonFinite() is { } name)
            throw Fault($"The weights are no numbers any more (first '{name}')", [], course);
        course.State.Seconds = course.Elapsed.TotalSeconds;
        using var scope = NewDisposeScope();
        course.LastCheckpoint = _run.SaveCheckpoint(course.State, [.. course.Weights.State, .. course.Optimizer.State()]);
        course.Saved();
    }

    private static void TakeUp(TrainingCheckpoint checkpoint, Course course)
    {
        using var scope = NewDisposeScope();
        var saved = checkpoint.File.Tensors.ToDictionary(t => t.Name);
        foreach (var (name, tensor) in course.Weights.State.Concat(course.Optimizer.State()))
        {
            if (!saved.TryGetValue(name, out var info) || !info.Shape.SequenceEqual(tensor.shape))
            {
                throw new TrainingException(
                    $"{checkpoint.File.Path}: does not fit the network: '{name}' is {(info is null ? "missing" : "of another shape")}. "
                    + "The network's spec has changed since the run was started; start a new run from its weights.")
                {
                    Remedy = ErrorRemedy.StartFromWeights,
                };
            }
        }
        course.Weights.Load(name => saved[name].Load());
        course.Optimizer.Load(name => saved[name].Load());
        course.Resume(checkpoint.Progress, checkpoint.File.Path);
    }

    private void Report(Course course)
    {
        var state = course.State;
        if (state.Iteration % ReportEvery != 0 && course.Progress < 1)
            return;
        var elapsed = course.Elapsed;
        var now = course.Watch.Elapsed;
        var recent = now - course.LastReport;
        var progress = course.Progress;
        var since = progress - course.FirstProgress;
        var step = new TrainingStep(
            state.Iteration, course.Epoch, progress,
            state.LossCount == 0 ? 0 : state.LossSum / state.LossCount, course.Rate,
            course.RecentImages / Math.Max(recent.TotalSeconds, 1e-9), course.RecentWait / recent, elapsed,
            since > 0 ? course.Watch.Elapsed * ((1 - progress) / since) : TimeSpan.Zero)
        {
            GradientNorm = course.GradientNorm,
            RankWaitShare = _ranks is null ? null : (RankWait(course) - course.ReportedRankWait) / recent,
            Memory = Environment.WorkingSet,
            LiveTensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount,
        };
        (state.LossSum, state.LossCount, course.RecentImages, course.RecentWait) = (0, 0, 0, TimeSpan.Zero);
        (course.LastReport, course.ReportedRankWait) = (now, RankWait(course));
        _run?.Log(step);
        course.Listener?.Report(step);
    }

    private void Evaluate(Course course, int due, CancellationToken cancellationToken)
    {
        var state = course.State;
        var network = course.Weights.Evaluated();
        try
        {
            if (_validation is not null)
            {
                var result = Score(_validation, new Predictor(network, normalizer: _train.Normalizer), course, cancellationToken);
                var isBest = state.Best is null || result.Scores.MeanIoU >= state.Best.MeanIoU;
                var evaluation = new TrainingEvaluation(state.Iteration, course.Epoch, result, isBest);
                if (isBest)
                {
                    state.Best = new BestScore(state.Iteration, course.Epoch, result.Scores.MeanIoU);
                    course.Best = evaluation;
                    _run?.SaveBest(network, evaluation);
                }
                _run?.Log(evaluation, course.Elapsed);
                course.Listener?.Report(evaluation);
            }
            _run?.SaveLast(network, state.Iteration, course.Epoch);
            state.Evaluations = due;
            course.WantsCheckpoint = true;
        }
        catch (OperationCanceledException)
        {
            course.IsStopped = true;
        }
        finally
        {
            SetMode();
            // Pictures and maps of an evaluation are large objects, which are fetched by full collections alone; a training hardly
            // ever has one.
            GC.Collect();
            (course.LastReport, course.ReportedRankWait) = (course.Watch.Elapsed, RankWait(course));
        }
    }

    /// <summary>To train, batch norms as the recipe has them.</summary>
    private void SetMode()
    {
        _network.train();
        if (_recipe.BatchNorm != BatchNormMode.Frozen)
            return;
        foreach (var norm in _network.modules().Where(ParameterGroups.IsNorm))
            norm.eval();
    }

    private void SetNormMomentum()
    {
        if (_recipe.NormMomentum is not { } momentum)
            return;
        foreach (var norm in _network.modules().OfType<BatchNorm2d>())
            norm.momentum = momentum;
    }

    private void Freeze(IReadOnlyList<ParameterGroup> groups)
    {
        var learning = groups.SelectMany(g => g.Names).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, parameter) in ModuleState.Of(_network).Where(e => e.Tensor is TorchSharp.Modules.Parameter))
            parameter.requires_grad = learning.Contains(name);
    }

    private Tensor? ClassWeights(LabelStatistics? statistics)
    {
        if (_recipe.ClassWeights.Count > 0)
            return tensor(_recipe.ClassWeights.Select(w => (float)w).ToArray()).to(_device);
        return _recipe.ClassBalance > 0 ? tensor(statistics!.ClassWeights(_recipe.ClassBalance)).to(_device) : null;
    }

    /// <summary>Tells of an evaluation as a part of the training.</summary>
    private sealed class ScoringProgress(IProgress<TrainingEvent> listener) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => listener.Report(new TrainingScoring(value));
    }

    /// <summary>A training under way.</summary>
    private sealed class Course(
        Schedule schedule, int batchesPerEpoch, LearntWeights weights, NetworkOptimizer optimizer, BatchLoss loss,
        IProgress<TrainingEvent>? listener)
    {
        private readonly Stopwatch _sinceSaved = Stopwatch.StartNew();
        private TimeSpan _before;

        public Schedule Schedule { get; } = schedule;

        public int BatchesPerEpoch { get; } = batchesPerEpoch;

        public LearntWeights Weights { get; } = weights;

        public NetworkOptimizer Optimizer { get; } = optimizer;

        public BatchLoss Loss { get; } = loss;

        public IProgress<TrainingEvent>? Listener { get; } = listener;

        public TrainingProgress State { get; private set; } = new();

        public Stopwatch Watch { get; } = Stopwatch.StartNew();

        public TimeSpan Elapsed => _before + (AgreedTime ?? Watch.Elapsed);

        /// <summary>Time since the start by the clock of rank 0, as of this step; null: there is one clock.</summary>
        public TimeSpan? AgreedTime { get; set; }

        /// <summary>The sums of gradients of all ranks; null: there is one.</summary>
        public GradientBuckets? Buckets { get; set; }

        /// <summary>This rank's part of the last loss.</summary>
        public double OwnLoss { get; set; }

        public double Progress => Schedule.Progress(State.Iteration, Elapsed);

        public double FirstProgress { get; private set; }

        public int Epoch => (int)((Math.Max(1, State.Batches) - 1) / BatchesPerEpoch) + 1;

        public bool IsStopped { get; set; }

        public bool WantsCheckpoint { get; set; }

        public int SavedIteration { get; private set; } = -1;

        public string? LastCheckpoint { get; set; }

        public TrainingEvaluation? Best { get; set; }

        public double Rate { get; set; }

        public double? GradientNorm { get; set; }

        public long Images { get; set; }

        public int RecentImages { get; set; }

        public TimeSpan RecentWait { get; set; }

        /// <summary>When a step was last told of, by this process's own clock.</summary>
        public TimeSpan LastReport { get; set; }

        /// <summary>How long this rank had waited for others at the last report.</summary>
        public TimeSpan ReportedRankWait { get; set; }

        public TimeSpan Training { get; set; }

        public bool IsCheckpointDue(TrainingRecipe recipe) => State.Iteration > SavedIteration
            && (WantsCheckpoint
                || (recipe.CheckpointEvery > 0 && State.Iteration % recipe.CheckpointEvery == 0)
                || (recipe.CheckpointMinutes > 0 && _sinceSaved.Elapsed.TotalMinutes >= recipe.CheckpointMinutes));

        public void Saved()
        {
            SavedIteration = State.Iteration;
            WantsCheckpoint = false;
            _sinceSaved.Restart();
        }

        public void Resume(TrainingProgress state, string path)
        {
            State = state;
            _before = TimeSpan.FromSeconds(state.Seconds);
            LastReport = Watch.Elapsed;
            FirstProgress = Progress;
            LastCheckpoint = path;
            Saved();
        }
    }
}
