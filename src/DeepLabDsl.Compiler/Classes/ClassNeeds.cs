using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What a class must be given to be built.</summary>
/// <param name="Symbols">The symbols in its formulas.</param>
/// <param name="HasClasses">Whether formulas hang on the number of classes.</param>
/// <param name="Defaults">Whether what its layers leave open is for the caller to say.</param>
/// <param name="Image">Whether a layer in it must know how the network's input is normalised.</param>
internal sealed record ClassNeeds(IReadOnlyCollection<SymbolTerm> Symbols, bool HasClasses, bool Defaults, bool Image)
{
    /// <summary>What a class needs, and all that it is made of.</summary>
    public static ClassNeeds Of(ClassModel model) => model.Needs ??= new Walk(model).Run();

    /// <summary>Whether an operation's attributes are all stated, those apart that the operation does without.</summary>
    public static bool IsOpen(ClassItem item)
    {
        if (item.Op is not { } op)
            return false;
        if (op.Kind is OpKind.Norm || (item.Activation is SymbolTerm { Meaning: SymbolKind.Default }))
            return true;
        return op.Attributes.Any(a => !a.IsReference && !item.Attributes.ContainsKey(a.Name)
            && !(op.Kind == OpKind.Resize && a.Name == "factor" && item.Inputs.Count > 1));
    }

    private sealed class Walk(ClassModel model)
    {
        private readonly List<SymbolTerm> _symbols = [];
        private readonly HashSet<SymbolTerm> _seen = [];
        private bool _hasClasses;
        private bool _defaults;
        private bool _image;

        public ClassNeeds Run()
        {
            foreach (var item in model.Items)
            {
                Add(item.Presence);
                if (!item.IsNever)
                    Visit(item);
            }
            return new ClassNeeds(_symbols, _hasClasses, _defaults, _image);
        }

        private void Visit(ClassItem item)
        {
            if (item.Number is not null)
                Add(item.Number);
            if (item.Count is not null)
                Add(item.Count);
            foreach (var attribute in item.Attributes.Values)
                Add(attribute);
            foreach (var (_, factor) in item.Scales)
                Add(factor);
            if (item.Activation is not null)
                Add(item.Activation);
            if (item is { IsMember: true, Op: not null })
                Add(item.InChannels);
            if (model.Inherits && IsOpen(item))
                _defaults = true;
            _image |= item.Op?.Kind == OpKind.Crf && model.Inherits;
            foreach (var call in item.Calls)
                Visit(item, call);
        }

        private void Visit(ClassItem item, ClassCall call)
        {
            var needs = Of(call.Callee);
            var given = call.Callee.Parameters.Select(p => p.Symbol).Concat(needs.Symbols);
            foreach (var symbol in given.Where(s => s.Meaning != SymbolKind.Default))
                Add(call.Arguments.TryGetValue(symbol, out var argument) ? argument : symbol, item.Unit, call.Callee);
            _hasClasses |= needs.HasClasses;
            _image |= needs.Image;
            foreach (var frame in new[] { call.Defaults, call.Callee.IsGroup ? call.Callee.Frames : null })
            {
                if (frame is not null && frame != model.Frames)
                {
                    foreach (var setting in frame.Definition.Settings)
                        Add(setting.Expression.ToTerm(frame.Scope), item.Unit, call.Callee);
                }
            }
            _defaults |= needs.Defaults && (model.Inherits || call.Callee.IsGroup || HasFrames(call));
        }

        /// <summary>Whether there is anything to say to a block, or a backbone, of what it leaves open.</summary>
        private bool HasFrames(ClassCall call) => call.Callee.Definition.Kind != DefinitionKind.Network
            && (model.Frames is not null || call.Defaults is not null);

        private void Add(Term term, SymbolTerm? unit = null, ClassModel? callee = null)
        {
            foreach (var symbol in term.Symbols())
            {
                if (symbol == unit || (callee is not null && callee.Stages.Any(s => s.Stride == symbol || s.Rate == symbol)))
                    continue;
                if (symbol.Meaning == SymbolKind.Default)
                    _defaults |= model.Inherits;
                else if (_seen.Add(symbol))
                    _symbols.Add(symbol);
            }
            _hasClasses |= HangsOnClasses(term);
        }

        private static bool HangsOnClasses(Term term) => term.Constant is { } value
            ? value.IsList ? value.List.Any(v => v is { IsNumber: true, PerClass: not 0 }) : value is { IsNumber: true, PerClass: not 0 }
            : term.Size < 4096 && term.Parts.Any(HangsOnClasses);
    }
}
