using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using DeepLabDsl.Data;
using DeepLabDsl.Errors;
using DeepLabDsl.Evaluation;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Recipes;
using TorchSharp.Modules;
using BatchNorm2d = DeepLabDsl.Modules.BatchNorm2d;
using static TorchSharp.torch;

namespace DeepLabDsl.Training;

/// <content>What is done together where several ranks train.</content>
public sealed partial class Trainer
{
    /// <summary>Statistics of fewer images are uncertain; those of image-level features, one value an image, most of all.</summary>
    private const int FewImages = 16;

    private static void RequireShares(NetworkDescriptor descriptor, TrainingRecipe recipe, int ranks)
    {
        if (recipe.Batch < ranks)
        {
            throw new TrainingException(
                $"A batch of {recipe.Batch} can't be shared among {ranks} ranks: 'batch' is the batch of all ranks together. Use a larger "
                + "batch or fewer ranks.");
        }
        if (recipe.Batch / ranks == 1 && descriptor.NormalizesPooledFeatures && recipe.BatchNorm == BatchNormMode.Train)
        {
            throw new TrainingException(
                $"{descriptor.Name} can't be trained with one image a rank: its image-level features are one value a channel, "
                + "of which batch norm has no variance. Use a larger batch, or 'batch_norm: synchronized'.");
        }
    }

    /// <summary>What to say where ranks normalise by few images of their own; null: nothing.</summary>
    private string? OwnNorms()
    {
        if (_ranks is null || _recipe.BatchNorm != BatchNormMode.Train || _recipe.Batch / _ranks.Size >= FewImages
            || !_network.modules().OfType<BatchNorm2d>().Any())
            return null;
        return $"Each of {_ranks.Size} ranks normalises by its own {_recipe.Batch / _ranks.Size} of the {_recipe.Batch} images of a batch. "
            + "That is another recipe than one process has, and may score lower; 'batch_norm: synchronized' normalises by the whole batch.";
    }

    /// <summary>Draws of dropout differ between ranks; those of rank 0 are those of a process alone.</summary>
    private ulong RankStream => _ranks is null ? 0 : (ulong)_ranks.Rank << 40;

    /// <summary>Weights, optimizer state and place of rank 0, on every rank.</summary>
    private static void TakeUpTogether(RankGroup ranks, bool isResumed, Course course)
    {
        if (isResumed)
        {
            var (text, path) = (ranks.Share(course.State.ToJson()), ranks.Share(course.LastCheckpoint));
            if (ranks.Rank > 0)
                course.Resume(TrainingProgress.FromJson(text)!, path);
        }
        ranks.Share(course.Weights.State.Concat(course.Optimizer.State().Where(e => e.Name != NetworkOptimizer.StepsName)));
        course.Optimizer.Steps = (long)double.Parse(
            ranks.Share(course.Optimizer.Steps.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
        course.Weights.PublishHalves();
    }

    private GradientBuckets Buckets(RankGroup ranks, IReadOnlyList<ParameterGroup> groups, LearntWeights weights)
    {
        var learning = groups.SelectMany(g => g.Names).ToHashSet(StringComparer.Ordinal);
        return new GradientBuckets(
            _network,
            ModuleState.Of(_network).Where(e => learning.Contains(e.Name))
                .Select(e => ((Parameter)e.Tensor, weights.Find(e.Name))).ToList(),
            ranks.Communicator);
    }

    /// <summary>How long this rank has waited for others so far.</summary>
    private TimeSpan RankWait(Course course) => (_ranks?.Waited ?? default) + (course.Buckets?.Waited ?? default);

    /// <summary>Whether something is so on any rank.</summary>
    private bool Agree(bool isSo)
    {
        if (_ranks is null)
            return isSo;
        double[] votes = [isSo ? 1 : 0];
        _ranks.Sum(votes);
        return votes[0] > 0;
    }

    /// <summary>Whether any rank was asked to stop. The clock of all is that of rank 0.</summary>
    private bool Agree(bool isAskedToStop, Course course)
    {
        if (_ranks is null)
            return isAskedToStop;
        double[] votes = [isAskedToStop ? 1 : 0, _ranks.Rank == 0 ? course.Watch.Elapsed.TotalSeconds : 0];
        _ranks.Sum(votes);
        course.AgreedTime = TimeSpan.FromSeconds(votes[1]);
        return votes[0] > 0;
    }

    private (Tensor Loss, double Value)? LossOf(SegmentationOutput output, Tensor labels, Course course)
    {
        if (_ranks is null)
            return course.Loss.Of(output, labels) is { } loss ? (loss, loss.Number()) : null;
        var found = course.Loss.OfAll(output, labels, _ranks);
        course.OwnLoss = found?.Part.Number() ?? 0;
        return found;
    }

    /// <summary>Mean and variance of every batch norm that learns.</summary>
    private List<Tensor> RunningStatistics() =>
        [.. _network.modules().OfType<BatchNorm2d>().SelectMany(n => new Tensor[] { n.running_mean!, n.running_var! })];

    private EvaluationResult Score(
        ISegmentationDataset validation, Predictor predictor, Course course, CancellationToken cancellationToken)
    {
        var progress = course.Listener is { } listener ? new ScoringProgress(listener) : null;
        if (_ranks is null)
            return Evaluator.Run(predictor, validation, progress: progress, cancellationToken: cancellationToken);
        // Not stopped half-way: the others would wait.
        EvaluationResult? own = null;
        _ranks.Guarded(() => own = Evaluator.Run(predictor, validation, progress: progress, shard: _ranks.Shard));
        return _ranks.Merge(own!, validation);
    }
}
