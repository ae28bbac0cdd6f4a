using System.Linq;
using DeepLabDsl.Crf;
using DeepLabDsl.Zoo;

namespace DeepLabDsl.Tests.Crf;

public class CrfRecipeTests
{
    [Theory]
    [InlineData("deeplabv1", 5, 50, 10)]
    [InlineData("deeplabv1-largefov", 4, 121, 5)]
    [InlineData("deeplabv1-msc-largefov", 4, 83, 5)]
    [InlineData("deeplabv2-resnet101-msc", 4, 67, 3)]
    public void Networks_carry_the_values_that_their_authors_found(string network, double weight, double sigmaXY, double sigmaRgb)
    {
        var options = NetworkCatalog.All.Single(n => n.Name == network).Crf!.ToOptions();

        Assert.Equal(10, options.Iterations);
        Assert.Equal(new BilateralTerm(sigmaXY, sigmaRgb, weight), options.Terms[1]);
    }

    [Fact]
    public void Networks_of_later_papers_have_none() => Assert.Null(NetworkCatalog.All.Single(n => n.Name == "deeplabv3-resnet50").Crf);
}
