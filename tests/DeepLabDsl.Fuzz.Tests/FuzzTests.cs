using System;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Fuzz;

/// <summary>A short run, the same every time; the long one is the project's program.</summary>
public class FuzzTests
{
    public static TheoryData<string> Kept =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "corpus")).Select(p => Path.GetFileName(p))
            .Order(StringComparer.Ordinal)];

    [Fact]
    public void Drawn_and_changed_specs_find_no_fault_of_the_compiler()
    {
        var fuzzer = new Fuzzer();
        for (var i = 0; i < 500; i++)
            fuzzer.Run(CaseSource.Drawn(seed: 1, i));
        fuzzer.Compile();

        Assert.True(fuzzer.Failures.Count == 0, fuzzer.Report());
        Assert.InRange(fuzzer.Accepted, 200, 450);
    }

    [Fact]
    public void No_size_and_no_depth_is_too_much()
    {
        var fuzzer = new Fuzzer();
        for (var i = 0; i < Extremes.All.Count; i++)
            fuzzer.Run(CaseSource.Extreme(i));
        fuzzer.Compile();

        Assert.True(fuzzer.Failures.Count == 0, fuzzer.Report());
    }

    /// <summary>What once failed.</summary>
    [Theory]
    [MemberData(nameof(Kept))]
    public void What_once_failed_does_not_fail_again(string name)
    {
        var fuzzer = new Fuzzer();
        fuzzer.Run(
            new FuzzCase(
                name, [("spec.yaml", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "corpus", name)))], CaseSource.SmallLibrary));
        fuzzer.Compile();

        Assert.True(fuzzer.Failures.Count == 0, fuzzer.Report());
    }
}
