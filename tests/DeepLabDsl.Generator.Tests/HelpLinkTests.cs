using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepLabDsl.Generator.Tests;

/// <summary>Each diagnostic leads to its page: a file beside the generator, or wherever the project says.</summary>
public class HelpLinkTests
{
    [Theory]
    [InlineData("/opt/deep lab/docs/diagnostics/", "file:///opt/deep%20lab/docs/diagnostics/DLD004.md")]
    [InlineData("https://docs.example.org/diagnostics", "https://docs.example.org/diagnostics/DLD004.md")]
    [InlineData("https://docs.example.org/diagnostics/", "https://docs.example.org/diagnostics/DLD004.md")]
    [InlineData("/opt/c#;x/100%/diagnostics", "file:///opt/c%23;x/100%25/diagnostics/DLD004.md")]
    [InlineData("neither/nor", "")]
    [InlineData("", "")]
    public void A_diagnostic_links_to_its_page(string helpLinks, string link)
    {
        var driver = Driver.Run(new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary), helpLinks, ("a.yaml", "- 1"));

        var diagnostic = Assert.Single(driver.Result.Diagnostics);
        Assert.Equal(("DLD004", link), (diagnostic.Id, diagnostic.Descriptor.HelpLinkUri));
    }
}
