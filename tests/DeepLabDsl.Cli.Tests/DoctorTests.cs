using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using DeepLabDsl.Cli.Doctor;
using DeepLabDsl.Native;

namespace DeepLabDsl.Cli.Tests;

/// <summary>What <c>doctor</c> finds, and that it outlives what it looks at.</summary>
[Collection(Host.Collection)]
public sealed class DoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("deeplabdsl-doctor-").FullName;

    [Fact]
    public void Its_JSON_has_the_documented_shape()
    {
        using var json = JsonDocument.Parse(Host.Succeed("doctor", "--only", "pooling mean of the map", "--json"));

        var root = json.RootElement;
        Assert.Equal(["version", "is_healthy", "device", "machine", "library", "checks", "advice", "seconds"], Members(root));
        Assert.Equal(
            ["processor", "instruction_sets", "logical_processors", "threads", "cpu_limit", "caches", "memory_bytes", "free_memory_bytes",
            "memory_limit_bytes", "system", "runtime"],
            Members(root.GetProperty("machine")));
        Assert.Equal(
            ["torch_sharp", "libtorch_folder", "libtorch_version", "cuda", "cpuid_caches", "environment", "fixes"],
            Members(root.GetProperty("library")));
        var check = root.GetProperty("checks").EnumerateArray().Single();
        Assert.Equal(["group", "name", "status", "step", "message", "seconds", "deviations"], Members(check));
        Assert.Equal("right", check.GetProperty("status").GetString());
        Assert.Equal(8, check.GetProperty("deviations").GetArrayLength());
        Assert.Equal(
            ["quantity", "format", "type", "difference", "tolerance", "scale", "is_right"], Members(check.GetProperty("deviations")[0]));
        Assert.Equal(1, root.GetProperty("version").GetInt32());
    }

    [Fact]
    public void A_text_that_no_case_holds_is_an_error_that_names_the_kinds() =>
        Assert.Contains(
            "no case holds 'nothing'; the kinds are reference, convolution, resize, pooling, batch norm, crf, network",
            Host.Fail("doctor", "--only", "nothing"), StringComparison.Ordinal);

    [Fact]
    public void A_case_that_ends_its_process_is_named_and_the_rest_is_checked()
    {
        var results = new Sweep(cases => Shell(cases[0] == 1
            ? """echo '{"Case":1,"Entering":"channels-last float32"}'; kill -FPE $$"""
            : string.Join(';', cases.TakeWhile(c => c != 1).Select(c => $$"""echo '{"Case":{{c}},"Seconds":0.5}'"""))
                + (cases.Contains(1) ? """; echo '{"Case":1,"Entering":"channels-last float32"}'; kill -FPE $$""" : "")))
            .Run([0, 1, 2]);

        Assert.Equal([CheckStatus.Right, CheckStatus.Died, CheckStatus.Right], results.Select(r => r.Status));
        Assert.Equal("channels-last float32", results[1].Step);
        Assert.Equal("was ended by SIGFPE (a division by zero in native code)", results[1].Message);
        Assert.Equal("convolution", results[1].Group);
    }

    [Fact]
    public void Where_every_case_ends_its_process_the_rest_is_given_up()
    {
        var results = new Sweep(cases => Shell($$"""echo '{"Case":{{cases[0]}},"Entering":"x"}'; kill -SEGV $$"""))
            .Run([.. Enumerable.Range(0, 10)]);

        Assert.Equal(8, results.Count(r => r.Status == CheckStatus.Died));
        Assert.Equal([CheckStatus.NotRun, CheckStatus.NotRun], results.Skip(8).Select(r => r.Status));
    }

    [Fact]
    public void A_process_that_ends_before_it_has_computed_anything_is_an_error_with_its_last_line()
    {
        var error = Assert.Throws<UserException>(() => new Sweep(_ => Shell("echo first >&2; echo no library >&2; exit 3")).Run([0]));

        Assert.Equal("the process that checks numbers ended with exit code 3 before it has computed anything: no library", error.Message);
    }

    [Fact]
    public void A_setting_that_mends_all_is_named_the_fastest_first()
    {
        CheckResult[] bad = [Result(3, CheckStatus.Died), Result(4, CheckStatus.Right), Result(5, CheckStatus.Wrong)];
        var tried = new List<(string Value, int Cases)>();

        var advice = Remedy.Find(bad, "cpu", [], (setting, cases) =>
        {
            tried.Add((setting.Value, cases.Count));
            return [.. cases.Select(c => Result(c, setting.Value == "AVX2" ? CheckStatus.Wrong : CheckStatus.Right))];
        });

        Assert.Equal([("AVX2", 2), ("AVX", 2)], tried);
        Assert.StartsWith("Set ONEDNN_MAX_CPU_ISA=AVX in the environment", advice[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_fix_that_was_left_off_is_tried_first()
    {
        var advice = Remedy.Find(
            [Result(3, CheckStatus.Died)], "cpu", [new FixReport("onednn", NativeFixState.Off, "left off")],
            (_, cases) => [.. cases.Select(c => Result(c, CheckStatus.Right))]);

        Assert.StartsWith("Unset DEEPLABDSL_NATIVE_FIXES: it leaves off onednn.", Assert.Single(advice), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tightest_limit_of_a_control_group_and_those_above_it_counts()
    {
        Write("memory.max", "max");
        Write("a/memory.max", "3000");
        Write("a/b/memory.max", "5000");
        Write("a/cpu.max", "150000 100000");
        Write("a/b/cpu.max", "max 100000");

        Assert.Equal(3000, Cgroup.MemoryLimit(_folder, "/a/b"));
        Assert.Equal(1.5, Cgroup.CpuLimit(_folder, "/a/b"));
        Assert.Null(Cgroup.MemoryLimit(_folder, "/"));
        Assert.Null(Cgroup.CpuLimit(_folder, null));
    }

    [Fact]
    public void Limits_of_version_1_are_read_and_its_way_to_write_none_is_known()
    {
        Write("memory/memory.limit_in_bytes", "9223372036854771712");
        Write("cpu/cpu.cfs_quota_us", "50000");
        Write("cpu/cpu.cfs_period_us", "100000");

        Assert.Null(Cgroup.MemoryLimit(_folder, null));
        Assert.Equal(0.5, Cgroup.CpuLimit(_folder, null));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text + "\n");
    }

    private static CheckResult Result(int number, CheckStatus status) => new(number, "convolution", "1x1", status, null, null, 0, []);

    private static string[] Members(JsonElement element) => [.. element.EnumerateObject().Select(p => p.Name)];

    private static ProcessStartInfo Shell(string script) =>
        new("sh", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true };
}
