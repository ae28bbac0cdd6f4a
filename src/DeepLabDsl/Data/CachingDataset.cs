using System.Threading;
using DeepLabDsl.Imaging;

namespace DeepLabDsl.Data;

/// <summary>
/// Keeps decoded samples of another dataset up to a number of bytes. The first ones that fit stay: each epoch visits
/// every sample once, so that dropping the least recently used would drop just what comes next.
/// </summary>
internal sealed class CachingDataset(ISegmentationDataset source, long capacity) : ISegmentationDataset
{
    private readonly SegmentationSample?[] _samples = new SegmentationSample?[source.Count];
    private long _bytes;

    public string Name => source.Name;

    public string Split => source.Split;

    public ClassSet Classes => source.Classes;

    public int Channels => source.Channels;

    public ImageNormalizer? Normalizer => source.Normalizer;

    public ChannelFormat? Format => source.Format;

    public int Count => source.Count;

    /// <summary>Bytes of the samples that are kept.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    public SampleInfo GetInfo(int index) => source.GetInfo(index);

    public SegmentationSample Load(int index)
    {
        if ((uint)index < (uint)_samples.Length && Volatile.Read(ref _samples[index]) is { } kept)
            return kept;
        var sample = source.Load(index);
        var bytes = sample.Image.Pixels.LongLength + sample.Labels.Indices.LongLength
            + (sample.Planes?.Planes.LongLength ?? 0) * sizeof(float);
        if (Interlocked.Add(ref _bytes, bytes) > capacity || Interlocked.CompareExchange(ref _samples[index], sample, null) != null)
            Interlocked.Add(ref _bytes, -bytes);
        return sample;
    }
}
