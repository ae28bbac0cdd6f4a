namespace DeepLabDsl.Tests.Training;

/// <summary>
/// Tests that compare bit for bit what comes of the process's one generator (weights, dropout): no other test may draw from it
/// meanwhile.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class TrainingCollection
{
    public const string Name = "training";
}
