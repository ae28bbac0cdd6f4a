using DeepLabDsl.Zoo;

namespace DeepLabDsl.Inference;

/// <summary>Opens weights of the zoo's networks; a segmenter finds it by its name.</summary>
internal sealed class TorchEngineFactory : ISegmenterEngineFactory
{
    /// <inheritdoc/>
    public ISegmenterEngine Open(string path, SegmenterOptions options) => TorchEngine.Open(path, NetworkCatalog.All, options);
}
