using System.Linq;

namespace DeepLabDsl.Tests;

/// <summary>Equal to the published implementations, number by number.</summary>
public class GoldenTests
{
    [SkippableTheory]
    [InlineData("deeplabv3-resnet50", "tv_deeplabv3_resnet50", "out=logits aux=auxiliary")]
    [InlineData("deeplabv3-mobilenet-v3-large", "tv_deeplabv3_mobilenet_v3_large", "out=logits aux=auxiliary")]
    [InlineData("deeplabv1-largefov", "cc_deeplab_largefov_vgg16", "head_out=scores out=logits")]
    [InlineData("deeplabv2-resnet101-msc-kazuto", "kz_deeplabv2_resnet101_msc",
        "base_logits_scale1=whole base_logits_scale0.75=three_quarters base_logits_scale0.5=half out=fused logits_up=logits")]
    [InlineData("deeplabv3-resnet101-kazuto", "kz_deeplabv3_resnet101_os16", "out=scores logits_up=logits")]
    [InlineData("deeplabv3-resnet101-kazuto-os8", "kz_deeplabv3_resnet101_os8", "out=scores logits_up=logits")]
    [InlineData("deeplabv3plus-resnet50", "vf_deeplabv3plus_resnet50_os16", "out=logits")]
    [InlineData("deeplabv3plus-xception65-jfzhang95", "jf_deeplab_xception_os16", "out=logits")]
    public void TheNetworkGivesTheReferencesNumbers(string network, string reference, string outputs)
    {
        Golden.RequireFolder();

        Golden.Compare(network, reference, [.. outputs.Split(' ').Select(o => (o.Split('=')[0], o.Split('=')[1]))]);
    }
}
