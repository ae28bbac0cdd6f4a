using System.Linq;
using DeepLabDsl.Graph;
using DeepLabDsl.Native;
using DeepLabDsl.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli;

/// <summary>What runs a network, and why.</summary>
/// <param name="Kind">What.</param>
/// <param name="Reason">Why, as it goes on behind "because".</param>
internal sealed record EngineChoice(EngineKind Kind, string Reason)
{
    /// <summary>
    /// What is asked for, else the faster one. Both give the same scores but for rounding. That the form for inference is the faster one
    /// where its sums and activations are computed inside its convolutions, and the slower one elsewhere, is measured:
    /// docs/performance.md.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="asked">The engine that the command line names; null: none.</param>
    /// <param name="device">Where it is to run.</param>
    /// <param name="isFused">Whether libtorch has convolutions that compute sums and activations.</param>
    public static EngineChoice For(NetworkDescriptor network, EngineKind? asked, Device device, bool isFused) => asked switch
    {
        { } kind => new(kind, "--engine says so"),
        _ when device.type != DeviceType.CPU => new(EngineKind.Torch, "ONNX Runtime is run on the CPU alone"),
        _ when isFused => new(EngineKind.Torch, "on this CPU it takes 0.8 to 1.0 of ONNX Runtime's time"),
        _ when HasCrf(network) => new(EngineKind.Torch, "ONNX has no operation for a dense CRF"),
        _ => new(EngineKind.Onnx, "it is faster than a libtorch without fused convolutions, as this one is"),
    };

    /// <summary>The same, of the libtorch that is loaded.</summary>
    public static EngineChoice For(NetworkDescriptor network, EngineKind? asked, Device device) =>
        For(network, asked, device, FusedConvolution.IsAvailable);

    /// <summary>Whether a network has a dense CRF, which ONNX has no operation for.</summary>
    public static bool HasCrf(NetworkDescriptor network) => network.Graph.Nodes.Any(n => n.Operation is MeanFieldCrf);

    /// <inheritdoc/>
    public override string ToString() => $"Engine: {(Kind == EngineKind.Torch ? "TorchSharp" : "ONNX Runtime")}, because {Reason}";
}
