using System.Linq;
using DeepLabDsl.SelfChecks;
using DeepLabDsl.Tests.Training;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.SelfChecks;

/// <summary>What the short self-check does to the process's one generator: no other test may draw from it meanwhile.</summary>
[Collection(TrainingCollection.Name)]
public sealed class SelfCheckRandomTests
{
    [Fact]
    public void It_leaves_what_is_drawn_at_random_as_it_was()
    {
        using var scope = NewDisposeScope();
        manual_seed(3).Dispose();
        var alone = rand(4);
        manual_seed(3).Dispose();
        SelfCheck.Require(null, [NumberCases.Short[^1], NumberCases.All.OfType<NetworkCase>().Last()]);

        Assert.True(alone.equal(rand(4)).all().item<bool>());
    }
}
