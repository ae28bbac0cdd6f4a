using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>A tensor of a network's state: a parameter or a buffer.</summary>
/// <param name="Name">The state-dict key.</param>
/// <param name="Shape">The shape; empty for a number.</param>
public sealed record StateKey(string Name, IReadOnlyList<int> Shape);

/// <summary>The keys of a network's state, by which weights are found in a file.</summary>
internal static class StateKeys
{
    /// <summary>All keys, in the order of the graph.</summary>
    public static IReadOnlyList<StateKey> Of(LoweredNetwork network) =>
        [.. network.Root.Primitives().SelectMany(p => Of(p.Path, p.Primitive)).GroupBy(k => k.Name).Select(g => g.First())];

    private static IEnumerable<StateKey> Of(string path, Primitive primitive)
    {
        var (inputs, outputs) = (primitive.Input.Channels, primitive.Output.Channels);
        switch (primitive.Op.Name)
        {
            case "conv" or "depthwise_conv":
                var kernel = primitive.Pair("kernel");
                var groups = primitive.Op.Name == "conv" ? (int)primitive.Attributes["groups"].Int : inputs;
                yield return new StateKey($"{path}.weight", [outputs, inputs / groups, kernel.Vertical, kernel.Horizontal]);
                if (primitive.Attributes["bias"].Bool)
                    yield return new StateKey($"{path}.bias", [outputs]);
                break;
            case "batch_norm":
                foreach (var name in new[] { "weight", "bias", "running_mean", "running_var" })
                    yield return new StateKey($"{path}.{name}", [inputs]);
                yield return new StateKey($"{path}.num_batches_tracked", []);
                break;
            case "crf":
                yield return new StateKey($"{path}.kernel_weights", [2, inputs]);
                yield return new StateKey($"{path}.compatibility", [inputs, inputs]);
                break;
        }
    }
}
