namespace DeepLabDsl.Tests.Training;

/// <summary>
/// Trainings that are compared bit for bit: weights and dropout are drawn from the process's one generator, so that no other test
/// may draw from it meanwhile.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class TrainingCollection
{
    public const string Name = "training";
}
