using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Finds what was probably meant.</summary>
internal static class Suggestion
{
    private const int Most = 500;

    /// <summary>What other tools call things, and what they are called here: no edit of letters leads from one to the other.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.OrdinalIgnoreCase)
    {
        ["lr"] = "learning_rate",
        ["base_lr"] = "learning_rate",
        ["lr0"] = "learning_rate",
        ["lr_schedule"] = "schedule",
        ["lr_scheduler"] = "schedule",
        ["scheduler"] = "schedule",
        ["wd"] = "weight_decay",
        ["batch_size"] = "batch",
        ["bs"] = "batch",
        ["max_iter"] = "iterations",
        ["max_iters"] = "iterations",
        ["max_iteration"] = "iterations",
        ["max_epochs"] = "epochs",
        ["num_epochs"] = "epochs",
        ["crop_size"] = "crop",
        ["warmup_iters"] = "warm_up",
        ["warmup_steps"] = "warm_up",
        ["grad_clip"] = "clip_grad_norm",
        ["clip_grad"] = "clip_grad_norm",
        ["gradient_clip"] = "clip_grad_norm",
        ["clip"] = "clip_grad_norm",
        ["accumulate"] = "accumulation_steps",
        ["iter_size"] = "accumulation_steps",
        ["rates"] = "lr_multipliers",
        ["lr_mult"] = "lr_multipliers",
        ["deviation"] = "std",
        ["flip"] = "flip_probability",
        ["num_workers"] = "workers",
        ["num_classes"] = "classes",
        ["in_channels"] = "channels",
        ["out_channels"] = "channels",
        ["filters"] = "channels",
        ["kernel_size"] = "kernel",
        ["dilation"] = "rate",
        ["dilations"] = "rates",
        ["atrous_rates"] = "rates",
        ["eps"] = "epsilon",
    };

    /// <summary>The end of a message about an unknown name: the nearest valid one, else all of them.</summary>
    public static string For(string name, IEnumerable<string> valid)
    {
        var names = valid.Distinct().Take(Most + 1).OrderBy(n => n, StringComparer.Ordinal).ToList();
        // Among very many names the nearest is no help, and looking for it again and again takes long.
        if (names.Count is 0 or > Most)
            return "";
        if (Elsewhere.TryGetValue(name, out var ours) && names.Contains(ours))
            return $"; did you mean '{ours}'?";
        var best = names
            .Select(n => (Name: n, Distance: Distance(name.ToLowerInvariant(), n.ToLowerInvariant())))
            .OrderBy(n => n.Distance)
            .ThenByDescending(n => CommonEnds(name, n.Name))
            .First();
        if (best.Distance <= Math.Max(1, Math.Min(name.Length, best.Name.Length) / 3 + 1) && best.Distance < best.Name.Length)
            return $"; did you mean '{best.Name}'?";
        return names.Count <= 24 ? $"; it can be {string.Join(", ", names)}" : "";
    }

    /// <summary>Whether a name is likely to be a slip for another, which would be suggested.</summary>
    public static bool IsSlip(string name, string valid) => For(name, [valid]).StartsWith("; did", StringComparison.Ordinal);

    /// <summary>Letters at the beginning and at the end that two words share: 'clases' is rather 'classes' than 'class'.</summary>
    private static int CommonEnds(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        var (first, last) = (0, 0);
        while (first < length && a[first] == b[first])
            first++;
        while (last < length - first && a[a.Length - 1 - last] == b[b.Length - 1 - last])
            last++;
        return first + last;
    }

    /// <summary>Edits between two words, a swap of neighbours being one (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 16 || a.Length > 64)
            return int.MaxValue;
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
