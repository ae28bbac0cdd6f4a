using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using static TorchSharp.torch;

namespace DeepLabDsl;

/// <summary>
/// Trains a network: stochastic gradient descent with momentum under the poly schedule, cross entropy over every supervised
/// output, void pixels left out.
/// </summary>
public sealed class Trainer
{
    private const int ReportEvery = 5;

    private readonly SegmentationNetwork _network;
    private readonly ISegmentationDataset _train;
    private readonly ISegmentationDataset? _validation;
    private readonly TrainingOptions _options;
    private readonly Device _device;
    private readonly RunFolder? _run;
    private readonly ITrainingObserver? _observer;

    /// <summary>Prepares a training and checks that it can be done.</summary>
    /// <param name="network">The network, on <paramref name="device"/>.</param>
    /// <param name="train">What it learns from.</param>
    /// <param name="validation">What it is scored on; null: it is not.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="device">Where it runs.</param>
    /// <param name="run">Where weights and log go; null: nowhere.</param>
    /// <param name="observer">Is told of the course; null: nobody.</param>
    /// <exception cref="ArgumentException">The options do not make sense.</exception>
    /// <exception cref="TrainingException">Data and network do not fit, or the batch is too small.</exception>
    public Trainer(
        SegmentationNetwork network, ISegmentationDataset train, ISegmentationDataset? validation, TrainingOptions options,
        Device device, RunFolder? run = null, ITrainingObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var descriptor = network.Descriptor;
        if (descriptor.InputChannels != 3)
            throw new TrainingException($"{descriptor.Name} takes {descriptor.InputChannels} channels, the images have 3.");
        if (network.Classes != train.Classes.Count)
            throw new TrainingException($"The network has {network.Classes} classes, {train.Name} has {train.Classes.Count}: build it with as many.");
        if (options.BatchSize == 1 && descriptor.NormalizesPooledFeatures)
        {
            throw new TrainingException(
                $"{descriptor.Name} can't be trained with a batch of 1: its image-level features are one value a channel, of which batch norm "
                + "has no variance (its running statistics would become NaN). Use a batch of 2 or more.");
        }
        if (train.Count < options.BatchSize)
            throw new TrainingException($"{train.Name}/{train.Split} has {train.Count} images, fewer than one batch of {options.BatchSize}. Use a smaller batch.");
        _network = network;
        _train = train;
        _validation = validation;
        _options = options;
        _device = device;
        _run = run;
        _observer = observer;
    }

    /// <summary>Trains to the end of the schedule.</summary>
    /// <param name="cancellation">Ends the training after the step in hand; what is learnt till then is saved.</param>
    /// <exception cref="TrainingException">The loss is no number any more.</exception>
    /// <exception cref="DataException">A sample can't be used, or the run can't be written.</exception>
    public TrainingResult Run(CancellationToken cancellation = default)
    {
        using var loader = new BatchLoader(_train, _options.Transform, new BatchLoaderOptions
        {
            BatchSize = _options.BatchSize,
            Seed = _options.Seed,
            Workers = _options.Workers,
            DropLast = true,
        });
        using var weights = ClassWeights();
        using var optimizer = new Sgd(_network.parameters(), _options.Momentum, _options.WeightDecay);
        var schedule = new Schedule(_options, loader.BatchesPerEpoch);
        var course = new Course();
        _network.train();
        try
        {
            for (var epoch = 1; !course.IsDone; epoch++)
            {
                course.Epoch = epoch;
                foreach (var batch in loader.Epoch(epoch, CancellationToken.None))
                {
                    using (batch)
                        Step(batch, optimizer, weights, schedule, course);
                    var progress = schedule.Progress(course.Iteration, course.Watch.Elapsed);
                    Report(course, progress, batch.Waited);
                    course.IsStopped = cancellation.IsCancellationRequested;
                    course.IsDone = progress >= 1 || course.IsStopped;
                    if (!course.IsStopped && progress >= (course.Evaluations + 1.0) / _options.Evaluations)
                        Evaluate(course, cancellation);
                    if (course.IsDone)
                        break;
                }
            }
        }
        finally
        {
            if (course.Iteration > 0 && !course.IsFaulty)
                _run?.SaveLast(_network, course.Iteration, course.Epoch);
        }
        _run?.DrawCurve();
        return new TrainingResult(
            course.Iteration, course.Epoch, course.Best, course.IsStopped, course.Watch.Elapsed,
            course.Iteration * _options.BatchSize / Math.Max(course.Training.TotalSeconds, 1e-9), course.Skipped);
    }

    private void Step(Batch batch, Sgd optimizer, Tensor? weights, Schedule schedule, Course course)
    {
        var began = Stopwatch.GetTimestamp();
        course.Iteration++;
        if (batch.Labels.AsSpan().IndexOfAnyExcept((long)LabelMap.Void) < 0)
        {
            // The mean over no pixels is NaN.
            course.Skipped++;
            return;
        }
        var rate = schedule.LearningRate(course.Iteration - 1, schedule.Progress(course.Iteration - 1, course.Watch.Elapsed));
        course.Rate = rate;
        using var scope = NewDisposeScope();
        var images = Layers.ChannelsLast(tensor(batch.Images, [batch.Count, batch.Channels, batch.Height, batch.Width]).to(_device));
        var labels = tensor(batch.Labels, [batch.Count, batch.Height, batch.Width]).to(_device);
        optimizer.ZeroGradients();
        var loss = Loss(_network.call(images), labels, weights);
        var value = loss.Number();
        if (!double.IsFinite(value))
        {
            course.IsFaulty = true;
            throw new TrainingException(
                $"The loss is {value} at iteration {course.Iteration} (epoch {course.Epoch}, learning rate {rate:g3}; images {string.Join(", ", batch.Names)}). "
                + "A lower learning rate or a warm-up usually helps. The weights saved last are from the last evaluation.");
        }
        loss.backward();
        optimizer.Step(rate);
        course.LossSum += value;
        course.LossCount++;
        course.Training += Stopwatch.GetElapsedTime(began) + batch.Waited;
        course.RecentImages += batch.Count;
    }

    private static Tensor Loss(SegmentationOutput output, Tensor labels, Tensor? weights)
    {
        Tensor? sum = null;
        foreach (var supervised in output.Supervised)
        {
            var loss = SegmentationLoss.CrossEntropy(supervised, labels, weights);
            var scaled = supervised.LossWeight == 1 ? loss : loss.Scale(supervised.LossWeight);
            sum = sum is null ? scaled : Layers.Add(sum, scaled);
        }
        return sum ?? throw new TrainingException("The network has no output with a loss.");
    }

    /// <summary>Weights of the classes by their frequency in the training set; null where all count alike.</summary>
    private Tensor? ClassWeights()
    {
        if (_options.ClassBalance == 0)
            return null;
        var counts = new long[_train.Classes.Count];
        for (var i = 0; i < _train.Count; i++)
        {
            foreach (var label in _train.Load(i).Labels.Indices)
            {
                if (label < counts.Length)
                    counts[label]++;
            }
        }
        var total = (double)counts.Sum();
        // A class that never occurs can't be weighted, and does not matter to the loss.
        var weights = counts.Select(c => c == 0 ? 1.0 : Math.Pow(c / total, -_options.ClassBalance)).ToArray();
        var mean = counts.Zip(weights, (c, w) => c / total * w).Sum();
        return tensor(weights.Select(w => (float)(w / mean)).ToArray()).to(_device);
    }

    private void Report(Course course, double progress, TimeSpan waited)
    {
        course.RecentWait += waited;
        if (course.Iteration % ReportEvery != 0 && progress < 1)
            return;
        var elapsed = course.Watch.Elapsed;
        var recent = elapsed - course.LastReport;
        var step = new TrainingStep(
            course.Iteration, course.Epoch, progress,
            course.LossCount == 0 ? 0 : course.LossSum / course.LossCount, course.Rate,
            course.RecentImages / Math.Max(recent.TotalSeconds, 1e-9), course.RecentWait / recent, elapsed,
            progress > 0 ? elapsed * ((1 - progress) / progress) : TimeSpan.Zero);
        (course.LossSum, course.LossCount, course.RecentImages, course.RecentWait) = (0, 0, 0, TimeSpan.Zero);
        course.LastReport = elapsed;
        _run?.Log(step);
        _observer?.OnStep(step);
    }

    private void Evaluate(Course course, CancellationToken cancellation)
    {
        course.Evaluations++;
        if (_validation is null)
        {
            _run?.SaveLast(_network, course.Iteration, course.Epoch);
            return;
        }
        try
        {
            var result = Evaluator.Run(
                new Predictor(_network, _device), _validation, images => _observer?.OnEvaluating(images, _validation.Count), cancellation);
            var isBest = course.Best is null || result.Scores.MeanIoU >= course.Best.Result.Scores.MeanIoU;
            var evaluation = new TrainingEvaluation(course.Iteration, course.Epoch, result, isBest);
            if (isBest)
            {
                course.Best = evaluation;
                _run?.SaveBest(_network, evaluation);
            }
            _run?.SaveLast(_network, course.Iteration, course.Epoch);
            _run?.Log(evaluation, course.Watch.Elapsed);
            _observer?.OnEvaluated(evaluation);
        }
        catch (OperationCanceledException)
        {
            (course.IsStopped, course.IsDone) = (true, true);
        }
        finally
        {
            _network.train();
            course.LastReport = course.Watch.Elapsed;
        }
    }

    /// <summary>Where a training stands.</summary>
    private sealed class Course
    {
        public Stopwatch Watch { get; } = Stopwatch.StartNew();

        public int Iteration { get; set; }

        public int Epoch { get; set; }

        public int Evaluations { get; set; }

        public int Skipped { get; set; }

        public bool IsDone { get; set; }

        public bool IsStopped { get; set; }

        public bool IsFaulty { get; set; }

        public TrainingEvaluation? Best { get; set; }

        public double Rate { get; set; }

        public double LossSum { get; set; }

        public int LossCount { get; set; }

        public int RecentImages { get; set; }

        public TimeSpan RecentWait { get; set; }

        public TimeSpan LastReport { get; set; }

        public TimeSpan Training { get; set; }
    }
}
