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

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    public static TrainingProgress? FromJson(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingProgress>(text, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
