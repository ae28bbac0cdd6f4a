using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using DeepLabDsl.Fuzz;

// dotnet run -c Release --project tests/DeepLabDsl.Fuzz.Tests -- [CASES] [SEED] [FOLDER] [FIRST]
// dotnet run -c Release --project tests/DeepLabDsl.Fuzz.Tests -- files [CASES] [SEED] [FOLDER] [FORMAT...]
if (args is ["files", ..])
    return FileProgram.Run(args[1..]);
var cases = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
var folder = args.Length > 2 ? args[2] : Path.Combine("artifacts", "fuzz");
var first = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 0;
Directory.CreateDirectory(folder);
var fuzzer = new Fuzzer { LongestSource = int.MaxValue };
var watch = Stopwatch.StartNew();
var current = "";
var saved = 0;
var since = watch.Elapsed;
var last = "";
using var watchdog = new Timer(_ => Watch());
watchdog.Change(1000, 1000);
for (var i = 0; i < Extremes.All.Count && first == 0; i++)
    Run(() => CaseSource.Extreme(i), Extremes.All[i].Name);
for (var i = first; i < first + cases; i++)
{
    Run(() => CaseSource.Drawn(seed, i), $"seed {seed}, case {i}");
    if ((i + 1) % 2000 == 0)
        Console.WriteLine(Summary());
}
fuzzer.Compile();
SaveNew();
Console.WriteLine(Summary());
Console.WriteLine(
    "accepted: "
    + string.Join(", ", fuzzer.Kinds.Where(k => k.Value.Cases > 1).Select(k => $"{k.Key} {k.Value.Accepted} of {k.Value.Cases}")));
Console.WriteLine(
    "faults named: " + string.Join(", ", fuzzer.Diagnostics.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => $"{d.Key} {d.Value}")));
foreach (var group in fuzzer.Failures.GroupBy(f => f.Fault.Length > 90 ? f.Fault[..90] : f.Fault).Take(40))
    Console.WriteLine($"{group.Count()} x {group.First().Case.Made}: {group.First().Fault.Split("\n   at").First()}");
return fuzzer.Failures.Count == 0 ? 0 : 1;

void Run(Func<FuzzCase> make, string name)
{
    current = name;
    var made = make();
    // A stack overflow leaves nothing else behind.
    File.WriteAllText(
        Path.Combine(folder, "current.yaml"), $"# {name}\n{string.Join("\n---\n", made.Files.Select(f => f.Text))}", Encoding.UTF8);
    fuzzer.Run(made);
    SaveNew();
    if (fuzzer.Last > TimeSpan.FromMilliseconds(300))
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fuzzer.Last.TotalMilliseconds:0} ms: {name}"));
}

void SaveNew()
{
    for (; saved < fuzzer.Failures.Count; saved++)
    {
        if (saved < 200)
            Fuzzer.Save(folder, saved, fuzzer.Failures[saved].Case, fuzzer.Failures[saved].Fault);
    }
}

string Summary() => string.Create(CultureInfo.InvariantCulture,
    $"{watch.Elapsed.TotalSeconds:0} s: {fuzzer.Cases} cases, {fuzzer.Accepted} accepted, {fuzzer.Compiled} C# files compiled in "
    + $"{fuzzer.Compiling.TotalSeconds:0} s, {fuzzer.Failures.Count} failures, slowest {fuzzer.Slowest.Time.TotalMilliseconds:0} ms "
    + $"({fuzzer.Slowest.Made})");

void Watch()
{
    if (current != last)
        (since, last) = (watch.Elapsed, current);
    else if (watch.Elapsed - since > TimeSpan.FromMinutes(10))
    {
        Console.WriteLine($"hangs: {current}");
        Environment.Exit(2);
    }
}
