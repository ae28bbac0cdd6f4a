using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text.Json;
using DeepLabDsl.SelfChecks;
using static TorchSharp.torch;

namespace DeepLabDsl.Cli.Doctor;

/// <summary>Computes cases and writes what comes out, line by line: the process that may die.</summary>
internal static class SweepWorker
{
    public static void Run(IEnumerable<int> cases, Device device, TextWriter output)
    {
        foreach (var number in cases)
        {
            var watch = Stopwatch.StartNew();
            string? error = null;
            try
            {
                foreach (var deviation in NumberCases.All[number].Run(device, step => Write(new SweepLine(number, Entering: step))))
                    Write(new SweepLine(number, Deviation: deviation));
            }
            catch (Exception e)
            {
                // Whatever the library refuses is a finding; the other cases are to be seen too.
                error = e.Message;
            }
            Write(new SweepLine(number, Error: error, Seconds: watch.Elapsed.TotalSeconds));
        }

        void Write(SweepLine line)
        {
            output.WriteLine(JsonSerializer.Serialize(line, SweepLine.Json));
            output.Flush();
        }
    }
}
