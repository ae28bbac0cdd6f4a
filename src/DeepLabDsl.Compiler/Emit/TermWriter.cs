using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What C# wants a term to be.</summary>
internal enum CodeType
{
    Int,
    Double,
    Bool,
    Word,
    Ints,
    Doubles,
    Extent,
    Padding,
    Grid,
    Activation,
}

/// <summary>Writes terms as C#.</summary>
/// <param name="nameOf">The C# of a symbol.</param>
/// <param name="classes">The number of classes for which terms are stated, and the C# of the one that the constructor is given.</param>
internal sealed class TermWriter(Func<SymbolTerm, string> nameOf, (int Stated, string Name) classes)
{
    // How tight the operators of C# bind; what binds looser than its place asks for is put in brackets.
    private const int Lowest = 0;
    private const int Conditional = 1;
    private const int Or = 2;
    private const int And = 3;
    private const int Equality = 4;
    private const int Relation = 5;
    private const int Sum = 6;
    private const int Product = 7;
    private const int Prefix = 8;
    private const int Atom = 9;

    public static CodeType TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.Float => CodeType.Double,
        ValueKind.Bool => CodeType.Bool,
        ValueKind.Choice => CodeType.Word,
        ValueKind.Ints => CodeType.Ints,
        ValueKind.Floats => CodeType.Doubles,
        ValueKind.Pair => CodeType.Extent,
        ValueKind.Padding => CodeType.Padding,
        _ => CodeType.Int,
    };

    /// <summary>The C# name of a type.</summary>
    public static string NameOf(CodeType type) => type switch
    {
        CodeType.Int => "int",
        CodeType.Double => "double",
        CodeType.Bool => "bool",
        CodeType.Word => "string",
        CodeType.Ints => "int[]",
        CodeType.Doubles => "double[]",
        CodeType.Extent => Runtime.Extent,
        CodeType.Padding => Runtime.WindowPadding,
        CodeType.Grid => Runtime.ResizeGrid,
        _ => Runtime.LayerActivation,
    };

    private readonly Dictionary<Term, string> _locals = [];

    /// <summary>Whether a variable holds a term.</summary>
    public bool Knows(Term term) => _locals.ContainsKey(term);

    /// <summary>Names a term: from here on it is written as the variable that holds it.</summary>
    public void Name(Term term, string variable) => _locals[term] = variable;

    public string Write(Term term, CodeType type) => Write(term, type, Lowest);

    /// <summary>A condition before a question mark.</summary>
    public string WriteOperandOf(Term condition) => Write(condition, CodeType.Bool, Or);

    private string Write(Term term, CodeType type, int place)
    {
        if (_locals.TryGetValue(term, out var variable))
            return variable;
        if (term is FaultTerm || !CanBe(term, type))
            return $"{Runtime.Layers}.Fault<{NameOf(type)}>()";
        // One number stands for both sides.
        if (type is CodeType.Extent or CodeType.Padding && term is ConditionalTerm { Kind: ValueKind.Int })
            type = CodeType.Int;
        if (term is ConditionalTerm either)
        {
            var text = $"{Write(either.Condition, CodeType.Bool, Or)} ? {Arm(either.Then, type)} : {Arm(either.Otherwise, type)}";
            return Bracket(text, Conditional, place);
        }
        switch (type)
        {
            case CodeType.Extent:
                return term.Constant is { } extent ? Extent(extent)
                    : term.Kind == ValueKind.Ints ? $"{Runtime.Layers}.ExtentOf({WriteList(term)})" : Write(term, CodeType.Int, place);
            case CodeType.Padding:
                return term.Constant is { IsWord: true } word
                    ? $"{Runtime.WindowPadding}.{(word.Word == OpTable.TensorFlowPadding ? "TensorFlow" : "Same")}"
                    : term.Kind == ValueKind.Choice ? $"{Runtime.WindowPadding}.Of({Write(term, CodeType.Word, Lowest)})"
                        : Write(term, CodeType.Extent, place);
            case CodeType.Grid:
                return term.Constant is { } grid ? $"{Runtime.ResizeGrid}.{Names.Pascal(grid.Word)}"
                    : $"{Runtime.Layers}.GridOf({Write(term, CodeType.Word, Lowest)})";
            case CodeType.Activation:
                return Activation(term);
            case CodeType.Ints or CodeType.Doubles:
                return List(term, type);
            case CodeType.Word:
                return term.Constant is { } said ? CSharp.Text(said.Word) : WritePlain(term, place);
            case CodeType.Double when term.Constant is { } number && number.PerClass == 0:
                return Negative(CSharp.Double(number.Number), place);
            case CodeType.Int:
                return WriteInt(term, place);
            default:
                return WritePlain(term, place);
        }
    }

    /// <summary>One side of a choice; C# finds the type of neither by what the other is.</summary>
    private string Arm(Term term, CodeType type) => type is CodeType.Extent or CodeType.Padding && term is not ConditionalTerm
        && !IsTyped(term)
        ? $"({NameOf(type)}){Write(term, type, Prefix)}"
        : Write(term, type, Conditional);

    private static bool IsTyped(Term term) => term.Constant is { IsWord: true } || term.Kind == ValueKind.Choice;

    private static bool CanBe(Term term, CodeType type)
    {
        if (term is ConditionalTerm)
            return true;
        var isNumber = term.Kind is ValueKind.Int or ValueKind.Float;
        return type switch
        {
            CodeType.Int or CodeType.Double => isNumber,
            CodeType.Bool => term.Kind == ValueKind.Bool,
            CodeType.Word => term.Kind == ValueKind.Choice,
            CodeType.Ints => term.Kind == ValueKind.Ints,
            CodeType.Doubles => term.Kind is ValueKind.Ints or ValueKind.Floats,
            CodeType.Extent => isNumber || (term.Kind == ValueKind.Ints && term.Constant is not { IsList: true, List.Count: not 2 }),
            CodeType.Padding => isNumber || term.Kind == ValueKind.Choice
                || (term.Kind == ValueKind.Ints && term.Constant is not { IsList: true, List.Count: not 2 }),
            _ => term.Kind == ValueKind.Choice,
        };
    }

    private string Activation(Term term) => term switch
    {
        ConstantTerm { Value.Word: "activation" } => nameOf(ActivationDefault),
        ConstantTerm constant => $"{Runtime.LayerActivation}.{Names.Pascal(constant.Value.Word)}",
        SymbolTerm { Meaning: SymbolKind.Default } symbol => nameOf(symbol),
        _ => $"{Runtime.Layers}.ActivationOf({Write(term, CodeType.Word, Lowest)})",
    };

    private static readonly SymbolTerm ActivationDefault = new(SymbolKind.Default, "activation.", ValueKind.Choice, "");

    private string WriteInt(Term term, int place)
    {
        if (term.Constant is { } value)
            return value.PerClass == 0 ? Negative(value.ToString(), place) : OfClasses(value, place);
        // Where the whole is asked for, and has been found whole, C# may divide whole numbers.
        if (term is BinaryTerm { Op: "/" } quotient && quotient.Left.Kind == ValueKind.Int && quotient.Right.Kind == ValueKind.Int)
            return Bracket($"{Write(quotient.Left, CodeType.Int, Product)} / {Write(quotient.Right, CodeType.Int, Prefix)}", Product,
                place);
        return term.Kind == ValueKind.Int ? WritePlain(term, place)
            : Bracket($"(int){Write(term, CodeType.Double, Prefix)}", Prefix, place);
    }

    private string OfClasses(Value value, int place)
    {
        var offset = value.Int - value.PerClass * classes.Stated;
        var factor = value.PerClass.ToString(CultureInfo.InvariantCulture);
        var linear = value.PerClass == 1 ? classes.Name : $"{factor} * {classes.Name}";
        return offset == 0 ? Bracket(linear, value.PerClass == 1 ? Atom : Product, place)
            : Bracket($"{linear} {(offset < 0 ? "-" : "+")} {Math.Abs(offset).ToString(CultureInfo.InvariantCulture)}", Sum, place);
    }

    private string Extent(Value value) => value.IsList ? $"({value.List[0]}, {value.List[1]})" : WriteInt(Term.Of(value), Lowest);

    private string List(Term term, CodeType type)
    {
        if (term.Constant is { } value)
            return $"[{string.Join(", ", value.List.Select(v => type == CodeType.Doubles ? CSharp.Double(v.Number) : v.ToString()))}]";
        if (term is ListTerm)
        {
            var single = type == CodeType.Doubles ? CodeType.Double : CodeType.Int;
            return $"[{string.Join(", ", term.Parts.Select(p => Write(p, single, Lowest)))}]";
        }
        var list = WritePlain(term, Atom);
        return type == CodeType.Doubles && term.Kind == ValueKind.Ints ? $"{Runtime.Layers}.ToDoubles({list})" : list;
    }

    /// <summary>A list that something is asked of.</summary>
    private string WriteList(Term term)
    {
        if (term is ConditionalTerm either)
            return $"({Write(either.Condition, CodeType.Bool, Or)} ? {WriteList(either.Then)} : {WriteList(either.Otherwise)})";
        if (term is not (ConstantTerm or ListTerm))
            return WritePlain(term, Atom);
        var items = term.Constant is { IsList: true } value ? [.. value.List.Select(Term.Of)] : term.Parts;
        var type = items.All(i => i.Kind == ValueKind.Int) ? CodeType.Int
            : items.All(i => i.Kind is ValueKind.Int or ValueKind.Float) ? CodeType.Double
            : items.All(i => i.Kind == ValueKind.Bool) ? CodeType.Bool : CodeType.Word;
        return $"new {NameOf(type)}[] {{ {string.Join(", ", items.Select(i => Write(i, type, Lowest)))} }}";
    }

    /// <summary>A term as what it is of itself.</summary>
    private string WritePlain(Term term, int place)
    {
        switch (term)
        {
            case ConstantTerm constant:
                return constant.Value.IsBool ? constant.Value.Bool ? "true" : "false"
                    : constant.Value.IsWord ? CSharp.Text(constant.Value.Word)
                    : constant.Value.PerClass != 0 ? OfClasses(constant.Value, place)
                    : constant.Kind == ValueKind.Int ? Negative(constant.Value.ToString(), place)
                        : Negative(CSharp.Double(constant.Value.Number), place);
            case SymbolTerm symbol:
                return nameOf(symbol);
            case UnaryTerm { Op: "not" } not:
                return Not(not.Operand, place);
            case UnaryTerm minus:
                return Bracket("-" + Write(minus.Operand, Numeric(minus.Operand), Prefix), Prefix, place);
            case BinaryTerm binary:
                return Binary(binary, place);
            case IndexTerm index:
                return $"{WriteList(index.Items)}[{Write(index.At, CodeType.Int, Lowest)}]";
            case CallTerm call:
                return Call(call, place);
            default:
                return $"{Runtime.Layers}.Fault<object>()";
        }
    }

    private string Not(Term operand, int place) => operand is BinaryTerm { Op: "==" or "!=" } comparison
        ? Binary((BinaryTerm)WithOp(comparison, comparison.Op == "==" ? "!=" : "=="), place)
        : Bracket("!" + Write(operand, CodeType.Bool, Prefix), Prefix, place);

    private static Term WithOp(BinaryTerm term, string op) => new BinaryTerm(op, term.Left, term.Right);

    private string Binary(BinaryTerm term, int place)
    {
        var (left, right) = (term.Left, term.Right);
        switch (term.Op)
        {
            case "or":
                return Bracket($"{Write(left, CodeType.Bool, Or)} || {Write(right, CodeType.Bool, And)}", Or, place);
            case "and":
                return Bracket($"{Write(left, CodeType.Bool, And)} && {Write(right, CodeType.Bool, Equality)}", And, place);
            case "==" or "!=":
                return Equal(term, place);
            case "<" or "<=" or ">" or ">=":
                return Bracket($"{Write(left, Numeric(left), Sum)} {term.Op} {Write(right, Numeric(right), Sum)}", Relation, place);
            case "+" or "-":
                return Bracket($"{Write(left, Numeric(left), Sum)} {term.Op} {Write(right, Numeric(right), Product)}", Sum, place);
            case "*":
                return Bracket($"{Write(left, Numeric(left), Product)} * {Write(right, Numeric(right), Prefix)}", Product, place);
            case "/":
                // Never the whole-number division of C#: the language's gives fractions.
                var divisor = right.Constant is not null || right.Kind == ValueKind.Float ? Write(right, CodeType.Double, Prefix)
                    : $"(double){Write(right, CodeType.Int, Prefix)}";
                return Bracket($"{Write(left, Numeric(left), Product)} / {divisor}", Product, place);
            default:
                var isWhole = left.Kind == ValueKind.Int && right.Kind == ValueKind.Int;
                return isWhole && IsNatural(left) && IsNatural(right)
                    ? Bracket($"{Write(left, CodeType.Int, Product)} {(term.Op == "//" ? "/" : "%")} {Write(right, CodeType.Int, Prefix)}",
                        Product, place)
                    : $"{Runtime.SpecMath}.{(term.Op == "//" ? "FloorDivide" : "Modulo")}({Write(left, Numeric(left), Lowest)}, "
                        + $"{Write(right, Numeric(right), Lowest)})";
        }
    }

    private string Equal(BinaryTerm term, int place)
    {
        var (a, b) = (Family(term.Left), Family(term.Right));
        // Values of two kinds are never the same.
        if (a is null || b is null || a != b)
            return term.Op == "==" ? "false" : "true";
        var (left, right) = a == CodeType.Double
            ? (Write(term.Left, Numeric(term.Left), Relation), Write(term.Right, Numeric(term.Right), Relation))
            : (Write(term.Left, a.Value, Relation), Write(term.Right, a.Value, Relation));
        return Bracket($"{left} {term.Op} {right}", Equality, place);
    }

    private static CodeType? Family(Term term) => term.Kind switch
    {
        ValueKind.Int or ValueKind.Float => CodeType.Double,
        ValueKind.Bool => CodeType.Bool,
        ValueKind.Choice => CodeType.Word,
        _ => null,
    };

    private string Call(CallTerm call, int place)
    {
        switch (call.Function)
        {
            case "length":
                return $"{WriteList(call.Parts[0])}.Length";
            case "floor":
                return call.Parts[0].Kind == ValueKind.Int ? Write(call.Parts[0], CodeType.Int, place)
                    : Bracket($"(int)global::System.Math.Floor({Write(call.Parts[0], CodeType.Double, Lowest)})", Prefix, place);
            case "round_to":
                return $"{Runtime.SpecMath}.RoundTo({Write(call.Parts[0], Numeric(call.Parts[0]), Lowest)}, "
                    + $"{Write(call.Parts[1], Numeric(call.Parts[1]), Lowest)})";
            default:
                var method = call.Function == "max" ? "Max" : "Min";
                if (call.Parts.Count == 1)
                {
                    return call.Parts[0].Kind is ValueKind.Ints or ValueKind.Floats
                        ? $"global::System.Linq.Enumerable.{method}({WriteList(call.Parts[0])})"
                        : Write(call.Parts[0], Numeric(call.Parts[0]), place);
                }
                return call.Parts.Skip(1).Aggregate(
                    Write(call.Parts[0], Numeric(call.Parts[0]), Lowest), (text, next) =>
                        $"global::System.Math.{method}({text}, {Write(next, Numeric(next), Lowest)})");
        }
    }

    private static CodeType Numeric(Term term) => term.Kind == ValueKind.Int ? CodeType.Int : CodeType.Double;

    /// <summary>Whether a whole number is 0 or more whatever it is made of.</summary>
    private static bool IsNatural(Term term) => term switch
    {
        ConstantTerm constant => constant.Value.IsInt && constant.Value.Int >= 0,
        SymbolTerm symbol => symbol.Meaning != SymbolKind.Parameter,
        BinaryTerm { Op: "+" or "*" or "/" or "//" or "%" } binary => IsNatural(binary.Left) && IsNatural(binary.Right),
        CallTerm { Function: "length" } => true,
        ConditionalTerm either => IsNatural(either.Then) && IsNatural(either.Otherwise),
        _ => false,
    };

    private static string Negative(string number, int place) => number[0] == '-' ? Bracket(number, Prefix, place) : number;

    private static string Bracket(string text, int tightness, int place) => tightness < place ? $"({text})" : text;
}
