using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using DeepLabDsl.Compiler;
using DeepLabDsl.Errors;
using DeepLabDsl.Imaging;
using DeepLabDsl.Weights;

namespace DeepLabDsl.Fuzz;

/// <summary>docs/security.md: its table of limits says what the code does.</summary>
public partial class SecurityPageTests
{
    public static TheoryData<string, double> Limits
    {
        get
        {
            var rows = new TheoryData<string, double>();
            foreach (Match row in Row().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "security.md"))))
                rows.Add(row.Groups["constant"].Value, double.Parse(
                    row.Groups["limit"].Value, NumberStyles.Number, CultureInfo.InvariantCulture));
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void A_limit_of_the_page_is_that_of_the_code(string constant, double limit)
    {
        var (type, name) = constant.Split('.') is [var first, var second] ? (first, second) : default;
        var found = new[] { typeof(DeepLabDslException).Assembly, typeof(WeightsFile).Assembly, typeof(SpecCompiler).Assembly,
            typeof(RgbImage).Assembly }
            .SelectMany(a => a.GetTypes()).Where(t => t.Name == type)
            .Select(t => t.GetField(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)).OfType<FieldInfo>();

        Assert.Equal(limit, Convert.ToDouble(Assert.Single(found).GetRawConstantValue(), CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^\| [^|]+ \| (?<limit>[0-9,]+) \| `(?<constant>\w+\.\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
