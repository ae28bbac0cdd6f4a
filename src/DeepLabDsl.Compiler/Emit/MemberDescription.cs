using System;

namespace DeepLabDsl.Compiler;

/// <summary>The documentation of a member.</summary>
internal sealed class MemberDescription(ClassModel model, ClassItem item, TermWriter terms)
{
    public string Text
    {
        get
        {
            var key = item.Key is { } known ? $"<c>{CSharp.Xml(known)}</c>: " : "";
            return item.Op is { } op ? key + Operation(op) + "." : key + Made() + ".";
        }
    }

    private string Operation(OpInfo op) => op.Kind switch
    {
        OpKind.BatchNorm => item.Attributes.TryGetValue("frozen", out var frozen) && frozen.IsTrue ? "frozen batch norm" : "batch norm",
        OpKind.Norm => "batch norm, or none as the defaults say",
        OpKind.Crf => "mean-field steps of a dense CRF",
        _ => Size() + (op.Kind == OpKind.DepthwiseConv ? "depthwise convolution" : "convolution") + Rate(),
    };

    private string Size() => item.Attributes.TryGetValue("kernel", out var kernel) && kernel.Constant is { } size
        ? size.IsList ? $"{string.Join("x", size.List)} " : $"{size}x{size} " : "";

    private string Rate()
    {
        if (!item.Attributes.TryGetValue("rate", out var rate) || rate.Constant is { IsInt: true, Int: 1 })
            return "";
        return rate.Constant is { IsInt: true } number ? $" at atrous rate {number}"
            : $" at atrous rate <c>{CSharp.Xml(terms.Write(rate, CodeType.Extent))}</c>";
    }

    private string Made()
    {
        var callee = item.Calls[0].Callee;
        if (item.IsBranches)
            return "branches";
        if (item.IsList)
            return item.Count.Constant is { } count ? $"{count} unit{(count.Int == 1 ? "" : "s")}" : "units";
        var end = callee.Definition.Summary.IndexOf(". ", StringComparison.Ordinal);
        var summary = callee.IsGroup ? ""
            : (end < 0 ? callee.Definition.Summary : callee.Definition.Summary.Substring(0, end)).TrimEnd('.');
        return summary.Length > 0 ? CSharp.Xml(summary) : model.IsGroup || callee.IsGroup ? "a group of layers"
            : CSharp.Xml(callee.Definition.Name);
    }
}
