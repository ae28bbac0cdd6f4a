using System.IO;
using System.Linq;

namespace DeepLabDsl.Tests;

/// <summary>Equal to the published implementations, number by number.</summary>
public class GoldenTests
{
    [SkippableFact]
    public void DeepLabV3ResNet50EqualsTorchvision()
    {
        Golden.RequireFolder();

        Golden.Compare("deeplabv3-resnet50", "tv_deeplabv3_resnet50", ("out", "logits"), ("aux", "auxiliary"));
    }

    [SkippableFact]
    public void DeepLabV3MobileNetV3EqualsTorchvision()
    {
        Golden.RequireFolder();

        Golden.Compare("deeplabv3-mobilenet-v3-large", "tv_deeplabv3_mobilenet_v3_large", ("out", "logits"), ("aux", "auxiliary"));
    }

    [SkippableFact]
    public void TheFirstModuleThatDiffersIsNamed()
    {
        Golden.RequireFolder();

        // The same state, run at another output stride with multi-grid: equal as far as the third stage.
        var network = Zoo.NetworkCatalog.All.Single(n => n.Name == "deeplabv3-resnet50-os16");
        var result = GoldenComparison.Run(network, GoldenReference.Read(Path.Combine(Golden.Folder!, "tv_deeplabv3_resnet50.json")), [("out", "logits")], null);

        Assert.Empty(result.StateDifferences);
        Assert.False(result.IsEqual());
        Assert.All(result.Runs, r => Assert.StartsWith("backbone.layer3.0: [1, 1024, ", r.FirstDifference!, System.StringComparison.Ordinal));
    }

    [SkippableFact]
    public void DeepLabV3PlusXceptionEqualsJfzhang95()
    {
        Golden.RequireFolder();

        Golden.Compare("deeplabv3plus-xception65-jfzhang95", "jf_deeplab_xception_os16", ("out", "logits"));
    }

    [SkippableFact]
    public void DeepLabV3PlusResNet50EqualsVainF()
    {
        Golden.RequireFolder();

        Golden.Compare("deeplabv3plus-resnet50", "vf_deeplabv3plus_resnet50_os16", ("out", "logits"));
    }
}
