using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Xml.Linq;
using DeepLabDsl.IO;

namespace DeepLabDsl.Reports;

/// <summary>
/// One self-contained HTML page: style, script and pictures stand in it, and nothing is fetched. It is made of elements, so that text of
/// others is escaped wherever it stands.
/// </summary>
/// <param name="title">The page's title.</param>
internal sealed class ReportPage(string title)
{
    private const string Style = """
        :root{--ground:#f6f7f9;--card:#fff;--text:#1b2130;--quiet:#697386;--line:#e3e7ee;--accent:#2f6fdb;--good:#0f9d76;--bad:#c93f5b;
        --warn:#fff6e0;--warn-line:#ebc66b}
        @media(prefers-color-scheme:dark){:root{--ground:#12151b;--card:#1a1f28;--text:#e6e9ef;--quiet:#98a2b3;--line:#2b323e;
        --accent:#6aa1f7;--good:#3fc79e;--bad:#ee7089;--warn:#332a14;--warn-line:#7a6227}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--text);
        font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif}
        main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
        h1{font-size:26px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
        h2{font-size:18px;margin:0 0 4px}
        p{margin:0 0 12px}.quiet{color:var(--quiet);fill:var(--quiet)}.small{font-size:13px}
        section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin-top:18px}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(142px,1fr));gap:12px;margin-top:20px}
        .card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
        .card b{display:block;font-size:22px;line-height:1.3;white-space:nowrap;font-weight:650;font-variant-numeric:tabular-nums;
        letter-spacing:-.01em}
        .card.main b{color:var(--accent);font-size:30px;line-height:.953}
        .card span{color:var(--quiet);font-size:13px}
        .warning{background:var(--warn);border-color:var(--warn-line)}
        .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(430px,1fr));gap:10px 22px}
        svg.chart{width:100%;height:auto;display:block}
        .chart text{font-size:12px;fill:var(--text)}.chart .chart-title{font-size:13.5px;font-weight:600}
        .chart .tick{fill:var(--quiet);font-size:11px}
        .chart .grid{stroke:var(--line)}.chart .line{fill:none;stroke-width:2;stroke-linejoin:round}
        .chart .faint{fill:none;stroke-width:1;opacity:.28}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums}
        .list{width:100%}
        .list th{font-weight:500;color:var(--quiet);text-align:left;font-size:13px;padding:3px 10px 5px 0;
        border-bottom:1px solid var(--line)}
        .list td{padding:4px 10px 4px 0;border-bottom:1px solid var(--line)}.list tr:last-child td{border-bottom:0}
        .list .n{text-align:right;white-space:nowrap}
        .swatch{display:inline-block;width:12px;height:12px;border-radius:3px;vertical-align:-1px;margin-right:8px;
        border:1px solid rgba(128,128,128,.45)}
        .bar{height:14px;border-radius:4px;background:var(--line);min-width:140px;overflow:hidden}
        .bar i{display:block;height:100%;border-radius:4px;background:var(--accent)}
        .scroll{overflow-x:auto}
        .confusion{font-size:12px;margin-top:6px}
        .confusion td{min-width:50px;height:28px;text-align:center;padding:0 3px;border:1px solid var(--card)}
        .confusion.dense td{min-width:9px;width:9px;height:9px;padding:0;font-size:0}
        .confusion th{font-weight:500;color:var(--quiet);padding:0 8px 0 0;text-align:right;white-space:nowrap}
        .confusion thead th{vertical-align:bottom;padding:0;text-align:left}
        .confusion thead th span{display:block;width:30px;transform:translateX(24px) rotate(-55deg);transform-origin:0 100%;
        white-space:nowrap}
        .confusion.dense th{font-size:9px;line-height:9px}.confusion.dense thead{display:none}
        .legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:6px 0 14px;font-size:13px}
        .samples{display:grid;grid-template-columns:repeat(4,1fr);gap:3px 8px;margin-bottom:6px}
        .samples img{width:100%;display:block;border-radius:6px;cursor:zoom-in}
        .samples .head{font-size:13px;color:var(--quiet)}.samples .caption{grid-column:1/-1;font-size:13px;margin-bottom:12px}
        .two{display:grid;grid-template-columns:repeat(auto-fit,minmax(380px,1fr));gap:0 36px}
        .network{background:#fff;border-radius:8px;margin-top:16px;text-align:center}.network img{max-width:100%;max-height:1400px}
        summary{cursor:pointer;color:var(--quiet);padding:8px 0;font-size:13px}
        code{font:13px/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
        dialog{border:0;padding:0;background:none;max-width:96vw;max-height:96vh}dialog::backdrop{background:rgba(0,0,0,.8)}
        dialog img{max-width:96vw;max-height:94vh;min-width:60vw;image-rendering:auto;display:block}
        footer{color:var(--quiet);font-size:13px;margin-top:22px}
        @media print{body{background:#fff}section{break-inside:avoid}}
        """;

    // A click shows a picture large, another click puts it back.
    private const string Script = """
        const large=document.createElement('dialog');document.body.append(large);large.onclick=()=>large.close();
        document.querySelectorAll('.samples img').forEach(i=>i.onclick=()=>{large.replaceChildren(i.cloneNode());large.showModal()});
        """;

    // HTML knows these by the lack of an end tag; every other element has one, be it empty.
    private static readonly string[] WithoutEnd = ["img"];

    private readonly List<XElement> _body = [];

    /// <summary>A share of 1 in per cent; a dash for what is no number.</summary>
    public static string Percent(double share, string format = "0.0") =>
        double.IsFinite(share) ? (100 * share).ToString(format, CultureInfo.InvariantCulture) + " %" : "–";

    /// <summary>A number with at most so many digits after the point.</summary>
    public static string Number(double value, string format = "#,0.##") =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "–";

    /// <summary>An element.</summary>
    /// <param name="tag">Its name, and behind a point its class, as in a style sheet: <c>td.n</c>, <c>section.warning</c>.</param>
    /// <param name="content">Text, elements and attributes; null stands for nothing.</param>
    public static XElement Element(string tag, params IEnumerable<object?> content)
    {
        var parts = tag.Split('.');
        var element = new XElement(parts[0]);
        if (parts.Length > 1)
            element.SetAttributeValue("class", string.Join(' ', parts.Skip(1)));
        element.Add(content.Select(Visible));
        if (element.IsEmpty && !WithoutEnd.Contains(parts[0]))
            element.Add("");
        return element;
    }

    /// <summary>An attribute.</summary>
    public static XAttribute Attribute(string name, string value) => new(name, VisibleText.Of(value));

    /// <summary>How an element looks that no rule of the page's style knows.</summary>
    public static XAttribute StyleOf(string css) => new("style", css);

    /// <summary>A small square of a colour, as CSS writes it.</summary>
    public static XElement Swatch(string color) => Element("i.swatch", StyleOf($"background:{color}"));

    /// <summary>Adds elements.</summary>
    public void Add(params IEnumerable<XElement> elements) => _body.AddRange(elements);

    /// <summary>The whole page.</summary>
    public string Render() => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        {Text(Element("title", title))}
        <style>
        {Style}
        </style></head><body>
        {Text(Element("main", _body))}<script>
        {Script}
        </script></body></html>
        """.ReplaceLineEndings("\n");

    // A space that a writer of XML would add is one that a reader of HTML sees.
    private static string Text(XElement element) => element.ToString(SaveOptions.DisableFormatting);

    // XML has no form for control characters.
    private static object? Visible(object? content) => content is string text ? VisibleText.Of(text) : content;
}
