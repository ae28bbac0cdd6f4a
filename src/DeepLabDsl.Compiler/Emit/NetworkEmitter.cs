using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Writes the file of one network: its class, its output type, and the classes of its parts.</summary>
internal static class NetworkEmitter
{
    /// <summary>Writes the file of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="model">Its class.</param>
    /// <param name="context">What the classes of the file have in common; it is told which other classes they use.</param>
    /// <param name="report">What is counted of it.</param>
    /// <param name="carried">What the class carries.</param>
    /// <param name="specFile">The spec, for the head of the file.</param>
    public static string Emit(
        LoweredNetwork network, ClassModel model, ClassContext context, NetworkReport report, CarriedNetwork carried, string specFile)
    {
        var writer = new CodeWriter();
        var definition = network.Definition;
        Header(writer, specFile);
        writer.Line($"namespace {context.Namespace};");
        writer.Line();
        Documentation(writer, definition, report);
        using (writer.Block($"public sealed partial class {definition.ClassName} : {Runtime.SegmentationNetwork}"))
        {
            Constants(writer, network, report, carried, context.Namespace);
            var emitter = new ClassEmitter(writer, context, model, definition.ClassName, []);
            var forward = new ClassEmitter.ForwardEmitter(emitter);
            var lines = forward.Lines();
            writer.Line("/// <summary>Builds the network with random weights.</summary>");
            writer.Line("/// <param name=\"classes\">The number of classes, void not counted.</param>");
            emitter.EmitBody("base(Descriptor, classes)", forward, lines);
            writer.Line();
            Output(writer, network);
            emitter.EmitGroups();
            writer.Line();
            carried.EmitData(writer);
        }
        return writer.ToString();
    }

    /// <summary>Writes the file of a block's or backbone's class.</summary>
    /// <param name="model">The class.</param>
    /// <param name="context">What the classes of the file have in common.</param>
    /// <param name="taps">Paths of what it gives besides its result.</param>
    /// <param name="specFile">The spec, for the head of the file.</param>
    public static string EmitClass(ClassModel model, ClassContext context, IReadOnlyList<string> taps, string specFile)
    {
        var writer = new CodeWriter();
        Header(writer, specFile);
        writer.Line($"namespace {context.Namespace};");
        writer.Line();
        new ClassEmitter(writer, context, model, context.Names.Of(model, taps), taps).Emit();
        return writer.ToString();
    }

    /// <summary>
    /// What stands for a network whose spec has errors: everything that other code may name of it, so that the build reports the
    /// spec's errors and none that follow from them.
    /// </summary>
    /// <param name="className">The class.</param>
    /// <param name="members">C# names of the layers, as far as they are known.</param>
    /// <param name="outputs">C# names of the outputs beside the logits.</param>
    /// <param name="namespace">The namespace.</param>
    /// <param name="specFile">The spec, for the head of the file.</param>
    public static string EmitStub(
        string className, IEnumerable<string> members, IEnumerable<string> outputs, string @namespace, string specFile)
    {
        const string Throw = "throw new global::System.InvalidOperationException(\"The spec has errors.\")";
        var writer = new CodeWriter();
        Header(writer, specFile);
        writer.Line($"namespace {@namespace};");
        writer.Line();
        writer.Line("/// <summary>Stands for a network whose spec has errors; the build says which.</summary>");
        using (writer.Block($"public sealed partial class {className} : {Runtime.SegmentationNetwork}"))
        {
            foreach (var constant in new[] { "int DefaultClasses", "int InputChannels", "int ReferenceHeight", "int ReferenceWidth",
                "int OutputStride", "int ReceptiveField", "long ParameterCount", "long MultiplyAdds" })
                Member($"public const {constant} = 1;");
            Member($"public static new {Runtime.NetworkDescriptor} Descriptor => {Throw};");
            Member($"public {className}(int classes = 1) : base(Descriptor, classes) {{ }}");
            foreach (var member in members)
                Member($"public dynamic {member} => {Throw};");
            Member($"public override Output forward({Runtime.Tensor} input) => {Throw};");
            writer.Line("/// <summary>There is no network to build.</summary>");
            using (writer.Block($"public sealed class Output : {Runtime.SegmentationOutput}"))
            {
                writer.Line("/// <inheritdoc/>");
                writer.Line($"public override {Runtime.Tensor} Logits => {Throw};");
                writer.Line();
                writer.Line("/// <inheritdoc/>");
                writer.Line($"public override {Runtime.ReadOnlyList}<{Runtime.SupervisedOutput}> Supervised => {Throw};");
                writer.Line();
                writer.Line("/// <inheritdoc/>");
                writer.Line($"public override {Runtime.ReadOnlyList}<{Runtime.KeyValuePair}<string, {Runtime.Tensor}>> Named => {Throw};");
                foreach (var output in outputs)
                {
                    writer.Line();
                    writer.Line("/// <summary>There is no network to build.</summary>");
                    writer.Line($"public {Runtime.Tensor} {output} => {Throw};");
                }
            }
        }
        return writer.ToString();

        void Member(string text)
        {
            writer.Line("/// <summary>There is no network to build.</summary>");
            writer.Line(text);
            writer.Line();
        }
    }

    /// <summary>The list of an assembly's networks.</summary>
    public static string EmitCatalog(IEnumerable<string> classNames, string @namespace)
    {
        var writer = new CodeWriter();
        Header(writer, null);
        // What the assembly says of itself to whoever doesn't load it: the build counts these.
        foreach (var name in classNames)
            writer.Line($"[assembly: {Runtime.AssemblyMetadata}(\"DeepLabDsl.Network\", \"{@namespace}.{name}\")]");
        writer.Line();
        writer.Line($"namespace {@namespace};");
        writer.Line();
        writer.Line("/// <summary>The networks that are compiled from this project's specs.</summary>");
        using (writer.Block($"public static class {ReservedNames.CatalogClass}"))
        {
            writer.Line("/// <summary>All of them, by name.</summary>");
            writer.Line($"public static {Runtime.ReadOnlyList}<{Runtime.NetworkDescriptor}> All {{ get; }} =");
            writer.Line("[");
            using (writer.Indent())
            {
                foreach (var name in classNames)
                    writer.Line($"{name}.Descriptor,");
            }
            writer.Line("];");
        }
        return writer.ToString();
    }

    public static void Header(CodeWriter writer, string? specFile)
    {
        writer.Line("// <auto-generated>");
        writer.Line(specFile is null ? "//   Made by the DeepLabDsl compiler." : $"//   Made by the DeepLabDsl compiler from {specFile}.");
        writer.Line("// </auto-generated>");
        writer.Line("#nullable enable");
        writer.Line();
    }

    private static void Documentation(CodeWriter writer, NetworkDefinition definition, NetworkReport report)
    {
        writer.Line($"/// <summary>{CSharp.Xml(definition.Summary.Length > 0 ? definition.Summary : definition.Name)}</summary>");
        writer.Line("/// <remarks>");
        if (definition.Source.Length > 0)
            writer.Line($"/// {CSharp.Xml(definition.Source)}.");
        writer.Line($"/// At {report.ReferenceHeight}x{report.ReferenceWidth} with {report.Classes} classes: {Grouped(report.Parameters)} "
            + "parameters,");
        writer.Line($"/// {Giga(report.MultiplyAdds)} G multiply-adds, output stride {report.OutputStride}, receptive field "
            + $"{Field(report.ReceptiveField)}.");
        writer.Line("/// <code>");
        string[] heads = ["part", "shape", "stride", "rates", "field", "parameters", "G macs"];
        var rows = report.Stages.Select(s => new[]
        {
            s.Name, $"{s.Channels}x{s.Height}x{s.Width}", Number(s.Stride), Rates(s.Rates), Field(s.ReceptiveField),
                Grouped(s.Parameters), Giga(s.MultiplyAdds),
        }).Prepend(heads).ToList();
        var widths = heads.Select((_, c) => rows.Max(r => r[c].Length)).ToList();
        foreach (var row in rows)
            writer.Line("/// " + string.Join("  ",
                row.Select((cell, c) => c is 0 or 1 or 3 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))).TrimEnd());
        writer.Line("/// </code>");
        writer.Line("/// </remarks>");
    }

    private static void Constants(
        CodeWriter writer, LoweredNetwork network, NetworkReport report, CarriedNetwork carried, string @namespace)
    {
        var definition = network.Definition;
        Constant("int", "DefaultClasses", definition.Classes.ToString(CultureInfo.InvariantCulture),
            "The number of classes that the spec names.");
        Constant("int", "InputChannels", Text(definition.InputChannels), "Channels of the input.");
        Constant("int", "ReferenceHeight", Text(definition.ReferenceHeight),
            "Height in pixels of the input for which shapes and counts are stated; any other will do.");
        Constant("int", "ReferenceWidth", Text(definition.ReferenceWidth),
            "Width in pixels of the input for which shapes and counts are stated.");
        Constant("int", "OutputStride", Text(report.OutputStride), "Ratio of the input's side to that of the backbone's last map.");
        Constant("int", "ReceptiveField", Text(report.ReceptiveField ?? 0),
            "Side in input pixels of the receptive field of the backbone's last map; 0: the whole image.");
        Constant("long", "ParameterCount", CSharp.Long(report.Parameters), "Trainable values, for the spec's number of classes.");
        Constant("long", "MultiplyAdds", CSharp.Long(report.MultiplyAdds),
            "Multiply-accumulates of all convolutions for one image of the stated size.");
        writer.Line("/// <summary>What the compiler knows of the network, and how to build it.</summary>");
        writer.Line($"public static new {Runtime.NetworkDescriptor} Descriptor {{ get; }} = new()");
        writer.Line("{");
        using (writer.Indent())
        {
            writer.Line($"Name = {CSharp.Text(definition.Name)},");
            writer.Line($"ClassName = nameof({definition.ClassName}),");
            writer.Line($"Summary = {CSharp.Text(definition.Summary)},");
            writer.Line("DefaultClasses = DefaultClasses,");
            writer.Line("InputChannels = InputChannels,");
            writer.Line("ReferenceHeight = ReferenceHeight,");
            writer.Line("ReferenceWidth = ReferenceWidth,");
            writer.Line($"Mean = [{string.Join(", ", definition.Mean.Select(CSharp.Double))}],");
            writer.Line($"Std = [{string.Join(", ", definition.Deviation.Select(CSharp.Double))}],");
            writer.Line("OutputStride = OutputStride,");
            writer.Line("Parameters = ParameterCount,");
            writer.Line("MultiplyAdds = MultiplyAdds,");
            writer.Line("ReceptiveField = ReceptiveField,");
            writer.Line($"NormalizesPooledFeatures = {(report.NormalizesPooledFeatures ? "true" : "false")},");
            TrainingEmitter.Emit(writer, network);
            carried.EmitReaders(writer, @namespace);
            writer.Line($"Create = static classes => new {definition.ClassName}(classes),");
        }
        writer.Line("};");
        writer.Line();

        void Constant(string type, string name, string value, string summary)
        {
            writer.Line($"/// <summary>{summary}</summary>");
            writer.Line($"public const {type} {name} = {value};");
            writer.Line();
        }
    }

    private static void Output(CodeWriter writer, LoweredNetwork network)
    {
        var outputs = network.Outputs;
        writer.Line($"/// <summary>What <see cref=\"{network.Definition.ClassName}\"/> returns.</summary>");
        foreach (var (output, port) in outputs)
            writer.Line($"/// <param name=\"{Names.Camel(output.Name).TrimStart('@')}\"><c>{output.Name}</c>: {port.Shape} for the stated "
                + "input.</param>");
        var parameters = string.Join(", ", outputs.Select(o => $"{Runtime.Tensor} {Names.Camel(o.Output.Name)}"));
        using (writer.Block($"public sealed class Output({parameters}) : {Runtime.SegmentationOutput}"))
        {
            foreach (var (output, port) in outputs)
            {
                var isLogits = output.Name == "logits";
                writer.Line(isLogits ? "/// <inheritdoc/>"
                    : $"/// <summary><c>{output.Name}</c>: {port.Shape} for the stated input.</summary>");
                writer.Line($"public {(isLogits ? "override " : "")}{Runtime.Tensor} {Names.Pascal(output.Name)} {{ get; }} = "
                    + $"{Names.Camel(output.Name)};");
                writer.Line();
            }
            var supervised = outputs.Where(o => o.Output.LossWeight > 0).OrderBy(o => o.Output.Name == "logits" ? 0 : 1)
                .Select(o => $"new({CSharp.Text(o.Output.Name)}, {Names.Pascal(o.Output.Name)}, {CSharp.Double(o.Output.LossWeight!.Value)}"
                    + (o.Output.IsLossAtOutput ? ", AtOutput: true" : "")
                    + (network.AlignsCorners(o.Output) ? ", AlignCorners: true)" : ")"));
            writer.Line("/// <inheritdoc/>");
            writer.Line($"public override {Runtime.ReadOnlyList}<{Runtime.SupervisedOutput}> Supervised => "
                + $"[{string.Join(", ", supervised)}];");
            writer.Line();
            writer.Line("/// <inheritdoc/>");
            var named = outputs.Select(o => $"new({CSharp.Text(o.Output.Name)}, {Names.Pascal(o.Output.Name)})");
            writer.Line($"public override {Runtime.ReadOnlyList}<{Runtime.KeyValuePair}<string, {Runtime.Tensor}>> Named => "
                + $"[{string.Join(", ", named)}];");
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Grouped(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Giga(long value) => (value / 1e9).ToString("0.00", CultureInfo.InvariantCulture);

    private static string Field(int? field) => field is { } side ? Text(side) : "all";

    private static string Rates(IReadOnlyList<int> rates) => string.Join(",", rates.Select(Text));
}
