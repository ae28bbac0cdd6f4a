using System;
using System.Collections.Generic;
using System.IO;
using DeepLabDsl.Errors;
using DeepLabDsl.SelfChecks;
using static TorchSharp.torch;

namespace DeepLabDsl.Tests.SelfChecks;

/// <summary>The short self-check: what it notes, and what it makes of another's note.</summary>
public sealed class SelfCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _runs = [];

    private string Note => _folder.File("kept", "note.txt");

    [Fact]
    public void A_machine_that_passed_is_not_checked_again()
    {
        SelfCheck.Require(Note, [Case("first", 0)]);
        SelfCheck.Require(Note, [Case("second", 0)]);

        Assert.Equal(["first"], _runs);
    }

    [Fact]
    public void A_wrong_number_is_an_error_that_names_doctor_and_each_process_looks_again()
    {
        var error = Assert.Throws<SelfCheckException>(() => SelfCheck.Require(Note, [Case("a 1x1", 0.5)]));
        SelfCheck.Require(Note, [Case("mended", 0)]);

        Assert.StartsWith(
            "this machine computes wrong numbers: convolution a 1x1, contiguous float32, forward, is off by 0.5", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("deeplabdsl doctor", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a 1x1", "mended"], _runs);
    }

    [Fact]
    public void A_number_that_is_not_finite_is_wrong() =>
        Assert.Throws<SelfCheckException>(() => SelfCheck.Require(Note, [Case("nan", double.NaN)]));

    [Fact]
    public void Where_a_process_has_ended_in_the_check_the_next_says_so_and_computes_nothing()
    {
        // What it noted is left as it was when the process that noted it is no more; ours has its number.
        File.WriteAllText(Note, $"{Environment.ProcessId} convolution 1x1: channels-last float32");

        var error = Assert.Throws<SelfCheckException>(() => SelfCheck.Require(Note, [Case("never", 0)]));

        Assert.Contains(
            "ended its process in: convolution 1x1: channels-last float32. Run 'deeplabdsl doctor'", error.Message,
            StringComparison.Ordinal);
        Assert.Empty(_runs);
    }

    [Fact]
    public void What_is_computed_next_is_noted_before_it_is()
    {
        SelfCheck.Require(
            Note,
            [new FakeCase("first", 0, _ => Assert.EndsWith("convolution first: step", File.ReadAllText(Note), StringComparison.Ordinal))]);

        Assert.Equal("right", File.ReadAllText(Note));
    }

    [Fact]
    public void A_part_of_a_note_counts_as_none()
    {
        File.WriteAllText(Note, "rig");

        SelfCheck.Require(Note, [Case("first", 0)]);

        Assert.Equal(["first"], _runs);
    }

    public void Dispose() => _folder.Dispose();

    private FakeCase Case(string name, double difference) => new(name, difference, _runs.Add);

    private sealed record FakeCase(string Label, double Difference, Action<string> Ran) : NumberCase("convolution")
    {
        public override string Name => Label;

        public override IEnumerable<Deviation> Run(Device device, Action<string> entering)
        {
            entering("step");
            Ran(Label);
            yield return new Deviation("forward", "contiguous", "float32", Difference, 1e-6, 1);
        }
    }
}
