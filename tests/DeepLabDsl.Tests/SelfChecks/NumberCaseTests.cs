using System.Linq;
using DeepLabDsl.SelfChecks;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.SelfChecks;

/// <summary>The cases see what rounding does not explain, and nothing else.</summary>
public class NumberCaseTests
{
    [Fact]
    public void Every_case_has_a_name_of_its_own() =>
        Assert.Equal(NumberCases.All.Count, NumberCases.All.Select(c => (c.Group, c.Name)).Distinct().Count());

    [Theory]
    [InlineData(1e-7, true)]
    [InlineData(1e-5, false)]
    public void A_result_is_right_as_far_as_rounding_explains(double error, bool isRight)
    {
        using var factor = (1 + error).ToScalar();
        // The nearest float32 to 1 + 1e-7 is two roundoffs above 1, and the product is rounded once more.
        var one = new MapCase(
            "pooling", "off", 9, x => x.dtype == ScalarType.Float32 ? x.mul(factor) : x.alias(), Terms: 4, GradientTerms: 4);

        Assert.Equal(isRight, one.Run(CPU, _ => { }).All(d => d.IsRight));
    }

    [Fact]
    public void A_case_tells_its_steps_before_it_computes_them()
    {
        var steps = new System.Collections.Generic.List<string>();

        var first = new ConvolutionCase(8, 8, 5).Run(CPU, steps.Add).First();

        Assert.Equal(["reference in float64", "contiguous float32"], steps);
        Assert.Equal(("forward", "contiguous", "float32"), (first.Quantity, first.Format, first.Type));
    }
}
