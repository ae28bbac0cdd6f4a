using System.Collections.Generic;
using System.Linq;
using DeepLabDsl.Modules;
using DeepLabDsl.Networks;
using DeepLabDsl.Weights.Formats;
using static TorchSharp.torch;

namespace DeepLabDsl.Weights;

/// <summary>
/// Weights of a convolution on the image <c>[out, in, h, w]</c> for another number of channels, so that the map it gives is about as
/// large as before: the channels of the file in turn, times old by new; for one channel their sum, which is exact for grey images.
/// </summary>
internal static class StemChannels
{
    /// <summary>Whether only the channels of the image differ.</summary>
    public static bool Differ(nn.Module module, Tensor ours, StoredTensor theirs) =>
        module is SegmentationNetwork network && ours.dim() == 4 && theirs.Shape.Count == 4
        && ours.shape[1] == network.Descriptor.InputChannels && theirs.Shape[1] != ours.shape[1] && theirs.Shape[1] > 0
        && ours.shape.Where((_, i) => i != 1).SequenceEqual(theirs.Shape.Where((_, i) => i != 1));

    /// <summary>The file's tensor for another number of channels.</summary>
    public static StoredTensor Fit(StoredTensor stored, IReadOnlyList<long> shape) => stored.With(shape, theirs =>
    {
        var (old, channels) = (theirs.shape[1], shape[1]);
        if (channels == 1)
            return theirs.sum(1, keepdim: true);
        var order = tensor(Enumerable.Range(0, (int)channels).Select(i => i % old).ToArray());
        return theirs.index_select(1, order).Scale((double)old / channels);
    });
}
