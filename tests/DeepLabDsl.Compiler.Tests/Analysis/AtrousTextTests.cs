using System.Linq;
using DeepLabDsl.Tools;
using Snapshooter.Xunit;

namespace DeepLabDsl.Compiler.Tests;

/// <summary>The words of <c>inspect</c>, whole.</summary>
public class AtrousTextTests
{
    [Fact]
    public void Of_the_papers_network()
    {
        Snapshot.Match(AtrousText.Of(Specs.CompileZoo("deeplabv3-resnet50-os16").Report!));
    }

    [Fact]
    public void Of_chains()
    {
        int[][] chains = [[1, 2, 5], [1, 2, 9], [2, 4, 8], [2, 2, 2], [5, 9, 17], [9, 2, 1]];

        Snapshot.Match(string.Join("\n\n", chains.Select(r => AtrousText.Of(new ChainReport(3, r)))));
    }
}
