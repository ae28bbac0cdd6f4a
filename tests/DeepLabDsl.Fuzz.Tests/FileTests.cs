using System;
using System.IO;
using System.Linq;

namespace DeepLabDsl.Fuzz;

/// <summary>A short run over the readers of files, the same every time; the long one is the project's program.</summary>
public class FileTests
{
    private static readonly string Corpus = Path.Combine(AppContext.BaseDirectory, "corpus-files");

    public static TheoryData<string> Formats => [.. FileFormat.All.Select(f => f.Name)];

    public static TheoryData<string> Extremes => [.. FileExtremes.All.Select(e => e.Name)];

    public static TheoryData<string> Kept =>
        [.. Directory.GetFiles(Corpus, "*", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(Corpus, p))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_is_read_or_refused_by_name_in_little_time_and_memory(string name)
    {
        Check(name, fuzzer =>
        {
            for (var i = 0; i < 150; i++)
                fuzzer.Run(seed: 1, i);
            // Some are as they were drawn.
            Assert.True(fuzzer.Accepted > 0);
        });
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public void No_number_of_things_is_too_much(string name)
    {
        var (_, format, make) = FileExtremes.All.Single(e => e.Name == name);
        Check(format, fuzzer => fuzzer.Run(name, make()));
    }

    /// <summary>What once failed: in a folder that is called as its format.</summary>
    [Theory]
    [MemberData(nameof(Kept))]
    public void What_once_failed_does_not_fail_again(string file) =>
        Check(Path.GetDirectoryName(file)!, fuzzer => fuzzer.Run(file, File.ReadAllBytes(Path.Combine(Corpus, file))));

    private static void Check(string name, Action<FileFuzzer> run)
    {
        var folder = Directory.CreateTempSubdirectory("fuzz-").FullName;
        try
        {
            var fuzzer = new FileFuzzer(FileFormat.Find(name), folder, measuresPeak: false);
            run(fuzzer);
            Assert.True(fuzzer.Failures.Count == 0, string.Join("\n", fuzzer.Failures.Select(f => $"{f.Made}: {f.Fault}")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
