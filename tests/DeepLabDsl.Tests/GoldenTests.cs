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
