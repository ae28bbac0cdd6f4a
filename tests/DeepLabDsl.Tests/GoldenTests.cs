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
}
