using System;
using DeepLabDsl.Cli.Golden;

namespace DeepLabDsl.Tests.Weights;

public class FillProtocolTests
{
    [Theory]
    [InlineData("input", new long[] { 1, 3, 129, 129 }, 0, 0x3fc58464)]
    [InlineData("input", new long[] { 1, 3, 129, 129 }, 1, 0xbfbbb626)]
    [InlineData("input", new long[] { 1, 3, 129, 129 }, 49922, 0x3fb7a366)]
    [InlineData("backbone.conv1.weight", new long[] { 64, 3, 7, 7 }, 0, 0xbdc0b9a9)]
    [InlineData("backbone.conv1.weight", new long[] { 64, 3, 7, 7 }, 9407, 0xbc195a92)]
    [InlineData("backbone.bn1.weight", new long[] { 64 }, 63, 0x3f4512b7)]
    [InlineData("backbone.bn1.bias", new long[] { 64 }, 0, 0x3c5721da)]
    [InlineData("backbone.bn1.running_mean", new long[] { 64 }, 0, 0x3ce3a7d3)]
    [InlineData("backbone.bn1.running_var", new long[] { 64 }, 0, 0x3f860992)]
    public void Every_test_vector_is_met_to_the_bit(string name, long[] shape, int index, uint bits)
    {
        Assert.Equal(bits, BitConverter.SingleToUInt32Bits(FillProtocol.Values(name, shape)[index]));
    }

    [Theory]
    [InlineData(129, 129, "59a4aec3")]
    [InlineData(97, 161, "d520eb1e")]
    public void The_whole_input_has_the_stated_checksum(int height, int width, string crc)
    {
        using var input = FillProtocol.Input(1, 3, height, width);

        Assert.Equal(crc, Crc32.Of(input));
    }
}
