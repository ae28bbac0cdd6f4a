using System.Text.Json;
using System.Text.Json.Serialization;

namespace DeepLabDsl.Training;

/// <summary>The best score so far.</summary>
/// <param name="Iteration">Steps done when it was reached.</param>
/// <param name="Epoch">Passes over the training set begun, from 1.</param>
/// <param name="MeanIoU">The score, 0 to 1.</param>
public sealed record BestScore(int Iteration, int Epoch, double MeanIoU);

/// <summary>Where a training stands: with the weights and the optimizer's state all that it takes to go on.</summary>
internal sealed record TrainingProgress
{
    /// <summary>Thirty years.</summary>
    private const double MaximumSeconds = 1e9;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Steps done.</summary>
    public int Iteration { get; set; }

    /// <summary>Batches taken from the data, over all epochs: the place in the epoch.</summary>
    public long Batches { get; set; }

    /// <summary>Evaluations done, those of several at once included.</summary>
    public int Evaluations { get; set; }

    /// <summary>Batches without a labelled pixel.</summary>
    public int Skipped { get; set; }

    /// <summary>Seconds of the run so far, all its parts together.</summary>
    public double Seconds { get; set; }

    /// <summary>Sum of the losses since the last report.</summary>
    public double LossSum { get; set; }

    /// <summary>How many.</summary>
    public int LossCount { get; set; }

    /// <summary>The best score so far.</summary>
    public BestScore? Best { get; set; }

    /// <summary>
    /// Whether a training can stand there. A checksum shows that a file is as it was written, not that we wrote it; what is gone on with is
    /// counted on from here.
    /// </summary>
    [JsonIgnore]
    private bool IsPossible =>
        Iteration >= 0 && Batches >= Iteration && Batches <= int.MaxValue && Evaluations >= 0 && Skipped >= 0 && Skipped <= Batches
        && Seconds is >= 0 and <= MaximumSeconds && double.IsFinite(LossSum) && LossCount >= 0
        && Best is null or { Iteration: >= 0, Epoch: >= 0, MeanIoU: >= 0 and <= 1 };

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads where a training stood; null: the text says nothing that a training can have written.</summary>
    public static TrainingProgress? FromJson(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingProgress>(text, Json) is { IsPossible: true } progress ? progress : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
