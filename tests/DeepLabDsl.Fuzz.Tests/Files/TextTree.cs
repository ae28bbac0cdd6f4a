using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using static DeepLabDsl.Fuzz.Nasty;

namespace DeepLabDsl.Fuzz;

/// <summary>A text of JSON that can be changed: a scalar as it is written, a list or a mapping. Keys are scalars too.</summary>
internal sealed class TextTree
{
    private static readonly string[] Scalars =
    [
        "null", "true", "false", "0", "-1", "1", "255", "256", "65536", "2147483647", "2147483648", "-2147483649", "9223372036854775807",
        "9223372036854775808", "1e3", "1.5", "1e308", "1e309",
        "-1e309", "1e-320", "0.0", "-0", "[]", "{}", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"", "\"\\u001b[2J\"", "\"NaN\"",
        "\"Infinity\"", "\"1\"", "NaN", "[null]", "[[1, 2, 3]]", "[255, 256, 0]",
        "[0, -1, 0]", "{\"a\": null}", "\"{}\"", "\"[]\"", "\"{\\\"Mean\\\": null}\"", "x", "'", "\"", "01", "0x1", "\"F32\"", "\"none\"",
        "\"a=1\"", "\"1x1\"", "\"-1x-1\"",
    ];

    private TextTree(string? text, List<TextTree>? items, List<(TextTree Key, TextTree Value)>? entries) =>
        (Text, Items, Entries) = (text, items, entries);

    public string? Text { get; set; }

    public List<TextTree>? Items { get; }

    public List<(TextTree Key, TextTree Value)>? Entries { get; }

    public static TextTree Of(string text) => new(text, null, null);

    public static TextTree String(string text) =>
        Of("\"" + string.Concat(text.Select(c => c is '"' or '\\' ? "\\" + c : c < ' ' ? $"\\u{(int)c:x4}" : c.ToString())) + "\"");

    public static TextTree Number(long number) => Of(number.ToString(CultureInfo.InvariantCulture));

    public static TextTree Number(double number) => Of(number.ToString("R", CultureInfo.InvariantCulture));

    public static TextTree List(params IEnumerable<TextTree> items) => new(null, [.. items], null);

    public static TextTree Map(params IEnumerable<(string Key, TextTree Value)> entries) =>
        new(null, null, [.. entries.Select(e => (String(e.Key), e.Value))]);

    public IEnumerable<TextTree> All() => new[] { this }.Concat(Items?.SelectMany(i => i.All()) ?? [])
        .Concat(Entries?.SelectMany(e => e.Value.All().Prepend(e.Key)) ?? []);

    public TextTree Clone() => new(Text, Items?.Select(i => i.Clone()).ToList(), Entries?.Select(e => (e.Key.Clone(), e.Value.Clone()))
        .ToList());

    /// <summary>Changes it a few times; the scalar of a whole is left alone.</summary>
    public void Change(Random random)
    {
        for (var n = random.Next(3) > 0 ? 1 : random.Next(2, 5); n > 0; n--)
            ChangeOnce(random);
    }

    public byte[] ToJson(Random random)
    {
        var builder = new StringBuilder();
        Write(builder);
        return Encoding.UTF8.GetBytes(random.Next(12) == 0 ? builder.ToString().Replace(", ", ",\n  ", StringComparison.Ordinal)
            : builder.ToString());
    }

    private void ChangeOnce(Random random)
    {
        var all = All().ToList();
        var scalars = all.Where(n => n.Text is not null).ToList();
        var wholes = all.Where(n => n.Items is { Count: > 0 } || n.Entries is { Count: > 0 }).ToList();
        if (wholes.Count == 0 || (random.Next(2) == 0 && scalars.Count > 0))
        {
            if (scalars.Count > 0)
                Pick(random, scalars).Text = Scalar(random, scalars);
            return;
        }
        var whole = Pick(random, wholes);
        var count = whole.Items?.Count ?? whole.Entries!.Count;
        var (at, other) = (random.Next(count), random.Next(count));
        var value = random.Next(6) switch
        {
            0 => Nested(random),
            1 => Pick(random, all).Clone(),
            2 => Of(Scalar(random, scalars)),
            3 => whole.Items is { } items ? items[at].Clone() : whole.Entries![at].Value.Clone(),
            4 => List(Enumerable.Repeat(0, random.Next(1, 3000)).Select(n => Number(n))),
            _ => null,
        };
        if (whole.Items is { } list)
        {
            if (value is null)
                list.RemoveAt(at);
            else if (random.Next(2) == 0)
                list[at] = value;
            else
                list.Insert(other, value);
            return;
        }
        var entries = whole.Entries!;
        if (value is null)
            entries.RemoveAt(at);
        else if (random.Next(3) > 0)
            entries[at] = (entries[at].Key, value);
        else
            entries.Insert(other, (random.Next(2) == 0 ? entries[at].Key : String(Name(random)), value));
    }

    private static string Scalar(Random random, List<TextTree> scalars) => random.Next(4) switch
    {
        0 => Pick(random, scalars).Text!,
        1 => String(Value(random)).Text!,
        _ => Pick(random, Scalars),
    };

    private static TextTree Nested(Random random)
    {
        var depth = random.Next(4) == 0 ? 20_000 : random.Next(1, 80);
        return random.Next(2) == 0
            ? Of(new string('[', depth) + new string(']', depth))
            : Of(string.Concat(Enumerable.Repeat("{\"a\": ", depth)) + "1" + new string('}', depth));
    }

    private void Write(StringBuilder builder)
    {
        if (Text is not null)
        {
            builder.Append(Text);
            return;
        }
        builder.Append(Items is not null ? '[' : '{');
        for (var i = 0; i < (Items?.Count ?? Entries!.Count); i++)
        {
            builder.Append(i > 0 ? ", " : "");
            if (Items is not null)
            {
                Items[i].Write(builder);
                continue;
            }
            Entries![i].Key.Write(builder);
            builder.Append(": ");
            Entries[i].Value.Write(builder);
        }
        builder.Append(Items is not null ? ']' : '}');
    }
}
