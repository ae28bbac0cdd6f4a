using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>What a symbol of a term stands for.</summary>
internal enum SymbolKind
{
    /// <summary>A parameter of a block or backbone.</summary>
    Parameter,

    /// <summary>The channels of an input.</summary>
    Channels,

    /// <summary>The index of a unit in a list.</summary>
    Unit,

    /// <summary>The stride that a stage gives a unit.</summary>
    StageStride,

    /// <summary>The atrous rate that a stage gives a unit.</summary>
    StageRate,

    /// <summary>What the defaults in force say of an attribute.</summary>
    Default,
}

/// <summary>
/// An expression of the language with what is known put in: a number, or a formula of what a constructor will be given. Constants are
/// folded as <see cref="Expression.Evaluate"/> does it.
/// </summary>
internal abstract class Term
{
    public static readonly Term True = new ConstantTerm(true);
    public static readonly Term False = new ConstantTerm(false);

    /// <summary>Beyond this size two terms are compared by reference alone: parts can be shared, and a walk has no end.</summary>
    private const int LargestCompared = 256;

    /// <summary>What it is a value of; null: the language would find out when it has the value.</summary>
    public abstract ValueKind? Kind { get; }

    /// <summary>How many terms it is made of, shared ones counted each time.</summary>
    public abstract long Size { get; }

    /// <summary>The value, where it is known.</summary>
    public Value? Constant => this is ConstantTerm constant ? constant.Value : (Value?)null;

    /// <summary>Whether it is known and true.</summary>
    public bool IsTrue => Constant is { IsBool: true, Bool: true };

    /// <summary>Whether it is known and false.</summary>
    public bool IsFalse => Constant is { IsBool: true, Bool: false };

    public abstract IReadOnlyList<Term> Parts { get; }

    public static Term Of(Value value) => value.IsBool ? value.Bool ? True : False : new ConstantTerm(value);

    public static Term Unary(string op, Term operand) =>
        operand.Constant is { } value ? Fold(() => UnaryExpression.Apply(op, value))
        : op == "not" && operand is UnaryTerm { Op: "not" } inner ? inner.Operand
        : new UnaryTerm(op, operand);

    public static Term Binary(string op, Term left, Term right)
    {
        if (op is "and" or "or")
        {
            if (left.Constant is { IsBool: true } known)
                return known.Bool == (op == "or") ? left : right;
            // The language asks the left side first; what is known of the right one decides as well where both have a value.
            return right.Constant is { IsBool: true } other
                ? other.Bool == (op == "or") ? right : left
                : left.IsSame(right) ? left : new BinaryTerm(op, left, right);
        }
        if (left.Constant is { } a && right.Constant is { } b)
            return Fold(() => BinaryExpression.Apply(op, a, b));
        if (op is "==" or "!=" && left.IsSame(right))
            return Of(op == "==");
        if (op == "+" && left.Constant is { IsNumber: true, Number: 0, PerClass: 0 })
            return right;
        if (op is "+" or "-" && right.Constant is { IsNumber: true, Number: 0, PerClass: 0 })
            return left;
        if (op == "*" && left.Constant is { IsNumber: true, Number: 1, PerClass: 0 })
            return right;
        if (op is "*" or "/" && right.Constant is { IsNumber: true, Number: 1, PerClass: 0 })
            return left;
        return new BinaryTerm(op, left, right);
    }

    /// <summary>One of two, by a condition.</summary>
    public static Term If(Term condition, Term then, Term otherwise)
    {
        if (condition.Constant is { IsBool: true } known)
            return known.Bool ? then : otherwise;
        if (then is ConditionalTerm nested && nested.Condition.IsSame(condition))
            then = nested.Then;
        if (otherwise is ConditionalTerm other)
        {
            if (other.Condition.IsSame(condition))
                otherwise = other.Otherwise;
            else if (other.Condition.IsSame(Unary("not", condition)))
                otherwise = other.Then;
        }
        return then.IsSame(otherwise) ? then : new ConditionalTerm(condition, then, otherwise);
    }

    public static Term Call(string function, IReadOnlyList<Term> arguments) =>
        function == "if" ? If(arguments[0], arguments[1], arguments[2])
        : arguments.All(a => a.Constant is not null)
            ? Fold(() => CallExpression.Apply(function, [.. arguments.Select(a => a.Constant!.Value)]))
        : new CallTerm(function, arguments);

    public static Term Index(Term list, Term index)
    {
        if (list.Constant is { } items && index.Constant is { } at)
            return Fold(() => IndexExpression.Apply(items, at));
        return list is ListTerm terms && index.Constant is { IsInt: true } place && place.Int >= 0 && place.Int < terms.Parts.Count
            ? terms.Parts[(int)place.Int]
            : new IndexTerm(list, index);
    }

    public static Term List(IReadOnlyList<Term> items) => items.All(i => i.Constant is not null)
        ? Of(Value.Of(items.Select(i => i.Constant!.Value)))
        : new ListTerm(items);

    /// <summary>The term with terms in place of symbols.</summary>
    public Term Replace(Func<SymbolTerm, Term> replace) => Replace(replace, []);

    /// <summary>The symbols in it, each once, in their order.</summary>
    public IReadOnlyList<SymbolTerm> Symbols()
    {
        var symbols = new List<SymbolTerm>();
        Gather(symbols, []);
        return symbols;
    }

    /// <summary>Whether two terms are the same formula.</summary>
    public bool IsSame(Term other)
    {
        if (ReferenceEquals(this, other))
            return true;
        if (GetType() != other.GetType() || Size != other.Size || Size > LargestCompared || !HasSameHead(other)
            || Parts.Count != other.Parts.Count)
            return false;
        for (var i = 0; i < Parts.Count; i++)
        {
            if (!Parts[i].IsSame(other.Parts[i]))
                return false;
        }
        return true;
    }

    /// <summary>The same with other parts.</summary>
    protected abstract Term With(IReadOnlyList<Term> parts);

    protected virtual bool HasSameHead(Term other) => true;

    protected static long SizeOf(IEnumerable<Term> parts) => Math.Min(1L << 40, 1 + parts.Sum(p => p.Size));

    private Term Replace(Func<SymbolTerm, Term> replace, Dictionary<Term, Term> done)
    {
        if (this is SymbolTerm symbol)
            return replace(symbol);
        if (Parts.Count == 0)
            return this;
        if (!done.TryGetValue(this, out var result))
            done.Add(this, result = With([.. Parts.Select(p => p.Replace(replace, done))]));
        return result;
    }

    private void Gather(List<SymbolTerm> symbols, HashSet<Term> seen)
    {
        if (!seen.Add(this))
            return;
        if (this is SymbolTerm symbol)
            symbols.Add(symbol);
        foreach (var part in Parts)
            part.Gather(symbols, seen);
    }

    private static Term Fold(Func<Value> evaluate)
    {
        try
        {
            return Of(evaluate());
        }
        catch (ExpressionException)
        {
            return FaultTerm.Instance;
        }
        catch (ClassDependenceException)
        {
            return FaultTerm.Instance;
        }
    }
}

/// <summary>A value that is known.</summary>
internal sealed class ConstantTerm(Value value) : Term
{
    public Value Value { get; } = value;

    public override ValueKind? Kind => Value.IsBool ? ValueKind.Bool
        : Value.IsWord ? ValueKind.Choice
        // What fits no int of C# is a number.
        : Value.IsInt && Value.Int is >= int.MinValue and <= int.MaxValue ? ValueKind.Int
        : Value.IsNumber ? ValueKind.Float
        : Value.List.All(v => v.IsInt && v.Int is >= int.MinValue and <= int.MaxValue) ? ValueKind.Ints
        : Value.List.All(v => v.IsNumber) ? ValueKind.Floats : null;

    public override long Size => 1;

    public override IReadOnlyList<Term> Parts => [];

    protected override Term With(IReadOnlyList<Term> parts) => this;

    protected override bool HasSameHead(Term other) => Value.Equals(((ConstantTerm)other).Value);
}

/// <summary>What a constructor is given. Each is an object of its own.</summary>
/// <param name="meaning">What it stands for.</param>
/// <param name="name">Its name in the language.</param>
/// <param name="kind">What it is a value of.</param>
/// <param name="owner">The definition, and the place in it, that it belongs to: with the name it tells it from all others.</param>
internal sealed class SymbolTerm(SymbolKind meaning, string name, ValueKind kind, string owner) : Term
{
    public SymbolKind Meaning { get; } = meaning;

    /// <summary>Tells it from all symbols of other definitions.</summary>
    public string Key { get; } = $"{owner}|{meaning}|{name}";

    public string Name { get; } = name;

    public override ValueKind? Kind { get; } = kind;

    /// <summary>The words that it can be.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    public override long Size => 1;

    public override IReadOnlyList<Term> Parts => [];

    protected override Term With(IReadOnlyList<Term> parts) => this;

    protected override bool HasSameHead(Term other) => false;
}

/// <summary>What has no value: the language would say so if it were ever asked for.</summary>
internal sealed class FaultTerm : Term
{
    public static readonly FaultTerm Instance = new();

    private FaultTerm()
    {
    }

    public override ValueKind? Kind => null;

    public override long Size => 1;

    public override IReadOnlyList<Term> Parts => [];

    protected override Term With(IReadOnlyList<Term> parts) => this;
}

internal sealed class UnaryTerm(string op, Term operand) : Term
{
    public string Op { get; } = op;

    public Term Operand { get; } = operand;

    public override ValueKind? Kind => Op == "not" ? ValueKind.Bool : Operand.Kind;

    public override long Size { get; } = SizeOf([operand]);

    public override IReadOnlyList<Term> Parts => [Operand];

    protected override Term With(IReadOnlyList<Term> parts) => Unary(Op, parts[0]);

    protected override bool HasSameHead(Term other) => Op == ((UnaryTerm)other).Op;
}

internal sealed class BinaryTerm(string op, Term left, Term right) : Term
{
    public string Op { get; } = op;

    public Term Left { get; } = left;

    public Term Right { get; } = right;

    public override ValueKind? Kind => Op switch
    {
        "+" or "-" or "*" or "//" or "%" => Left.Kind == ValueKind.Int && Right.Kind == ValueKind.Int ? ValueKind.Int : ValueKind.Float,
        "/" => ValueKind.Float,
        _ => ValueKind.Bool,
    };

    public override long Size { get; } = SizeOf([left, right]);

    public override IReadOnlyList<Term> Parts => [Left, Right];

    protected override Term With(IReadOnlyList<Term> parts) => Binary(Op, parts[0], parts[1]);

    protected override bool HasSameHead(Term other) => Op == ((BinaryTerm)other).Op;
}

internal sealed class ConditionalTerm(Term condition, Term then, Term otherwise) : Term
{
    public Term Condition { get; } = condition;

    public Term Then { get; } = then;

    public Term Otherwise { get; } = otherwise;

    public override ValueKind? Kind => Then.Kind == Otherwise.Kind ? Then.Kind
        : Then.Kind is ValueKind.Int or ValueKind.Float && Otherwise.Kind is ValueKind.Int or ValueKind.Float ? ValueKind.Float
        : Then.Kind is ValueKind.Ints or ValueKind.Floats && Otherwise.Kind is ValueKind.Ints or ValueKind.Floats ? ValueKind.Floats : null;

    public override long Size { get; } = SizeOf([condition, then, otherwise]);

    public override IReadOnlyList<Term> Parts => [Condition, Then, Otherwise];

    protected override Term With(IReadOnlyList<Term> parts) => If(parts[0], parts[1], parts[2]);
}

internal sealed class CallTerm(string function, IReadOnlyList<Term> arguments) : Term
{
    public string Function { get; } = function;

    public override ValueKind? Kind => Function switch
    {
        "length" or "floor" => ValueKind.Int,
        // A multiple of a whole number is whole.
        "round_to" => Parts[1].Kind == ValueKind.Int ? ValueKind.Int : ValueKind.Float,
        _ => Parts.All(p => p.Kind is ValueKind.Int or ValueKind.Ints) ? ValueKind.Int : ValueKind.Float,
    };

    public override long Size { get; } = SizeOf(arguments);

    public override IReadOnlyList<Term> Parts { get; } = arguments;

    protected override Term With(IReadOnlyList<Term> parts) => Call(Function, parts);

    protected override bool HasSameHead(Term other) => Function == ((CallTerm)other).Function;
}

internal sealed class IndexTerm(Term list, Term at) : Term
{
    public Term Items { get; } = list;

    public Term At { get; } = at;

    public override ValueKind? Kind => Items.Kind switch
    {
        ValueKind.Ints => ValueKind.Int,
        ValueKind.Floats => ValueKind.Float,
        // A list of words.
        _ => Items is ConstantTerm or ListTerm ? ValueKind.Choice : null,
    };

    public override long Size { get; } = SizeOf([list, at]);

    public override IReadOnlyList<Term> Parts => [Items, At];

    protected override Term With(IReadOnlyList<Term> parts) => Index(parts[0], parts[1]);
}

internal sealed class ListTerm(IReadOnlyList<Term> items) : Term
{
    public override ValueKind? Kind => Parts.All(p => p.Kind == ValueKind.Int) ? ValueKind.Ints
        : Parts.All(p => p.Kind is ValueKind.Int or ValueKind.Float) ? ValueKind.Floats : null;

    public override long Size { get; } = SizeOf(items);

    public override IReadOnlyList<Term> Parts { get; } = items;

    protected override Term With(IReadOnlyList<Term> parts) => List(parts);
}
