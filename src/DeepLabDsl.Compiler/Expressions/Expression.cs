using System;
using System.Collections.Generic;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>Why an expression has no value; the one who knows the place turns it into a diagnostic.</summary>
internal sealed class ExpressionException(Rule rule, params object[] arguments) : Exception
{
    public Rule Rule { get; } = rule;

    public object[] Arguments { get; } = arguments;
}

/// <summary>What the names of an expression mean.</summary>
internal interface IScope
{
    /// <summary>The value of <c>$name</c> or <c>$name.property</c>; null when unknown.</summary>
    Value? Resolve(string name, string? property);

    /// <summary>All that can be written after the <c>$</c>.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>The argument that gave <c>$name</c> its value, and what its own names mean; null where a default did, or the
    /// compiler.</summary>
    (Setting Setting, IScope Names)? OriginOf(string name);
}

/// <summary>What the names of an expression mean where part of them is known when a constructor runs, not before.</summary>
internal interface ITermScope
{
    /// <summary>The term of <c>$name</c> or <c>$name.property</c>; null when unknown.</summary>
    Term? Resolve(string name, string? property);
}

/// <summary>A parsed expression.</summary>
internal abstract class Expression
{
    public abstract Value Evaluate(IScope scope);

    /// <summary>The expression with what is known put in; what has no value becomes a <see cref="FaultTerm"/>.</summary>
    public abstract Term ToTerm(ITermScope scope);

    /// <summary>The names that it asks for, in the order of its text; those of properties left out.</summary>
    public virtual IEnumerable<string> AskedNames => [];

    /// <summary>The parameter's name where the expression is nothing but <c>$name</c>.</summary>
    public virtual string? PlainName => null;

    protected static ExpressionException Fault(string message) => new(Rules.ExpressionValue, "{expression}", message);
}

internal sealed class LiteralExpression(Value value) : Expression
{
    public override Value Evaluate(IScope scope) => value;

    public override Term ToTerm(ITermScope scope) => Term.Of(value);
}

/// <summary>What could not be read and has been reported: it has no value, and nobody says so twice.</summary>
internal sealed class UnreadableExpression : Expression
{
    public override Value Evaluate(IScope scope) => throw new UnknownShapeException();

    public override Term ToTerm(ITermScope scope) => FaultTerm.Instance;
}

internal sealed class NameExpression(string name, string? property) : Expression
{
    public override string? PlainName => property is null ? name : null;

    public override IEnumerable<string> AskedNames => [name];

    public override Value Evaluate(IScope scope)
    {
        if (scope.Resolve(name, property) is { } value)
            return value;
        var full = property is null ? name : $"{name}.{property}";
        throw new ExpressionException(Rules.UnknownName, full, Suggestion.For(full, scope.Names));
    }

    public override Term ToTerm(ITermScope scope) => scope.Resolve(name, property) ?? FaultTerm.Instance;
}

internal sealed class IndexExpression(Expression list, Expression index) : Expression
{
    public override IEnumerable<string> AskedNames => list.AskedNames.Concat(index.AskedNames);

    public override Value Evaluate(IScope scope) => Apply(list.Evaluate(scope), index.Evaluate(scope));

    public override Term ToTerm(ITermScope scope) => Term.Index(list.ToTerm(scope), index.ToTerm(scope));

    public static Value Apply(Value items, Value at)
    {
        ClassArithmetic.Refuse(at, "which item of a list is taken depends on it");
        if (!items.IsList)
            throw Fault($"only a list has items, not {items.Describe()}");
        if (!at.IsInt || at.Int < 0 || at.Int >= items.List.Count)
            throw Fault($"the list {items} has items 0 to {items.List.Count - 1}, not {at}");
        return items.List[(int)at.Int];
    }
}

internal sealed class ListExpression(IReadOnlyList<Expression> items) : Expression
{
    public override IEnumerable<string> AskedNames => items.SelectMany(i => i.AskedNames);

    public override Value Evaluate(IScope scope) => Value.Of(items.Select(i => i.Evaluate(scope)));

    public override Term ToTerm(ITermScope scope) => Term.List([.. items.Select(i => i.ToTerm(scope))]);
}

internal sealed class UnaryExpression(string op, Expression operand) : Expression
{
    public override IEnumerable<string> AskedNames => operand.AskedNames;

    public override Value Evaluate(IScope scope) => Apply(op, operand.Evaluate(scope));

    public override Term ToTerm(ITermScope scope) => Term.Unary(op, operand.ToTerm(scope));

    public static Value Apply(string op, Value value)
    {
        if (op == "not")
            return value.IsBool ? !value.Bool : throw Fault($"'not' takes true or false, not {value.Describe()}");
        if (value.PerClass != 0)
            return Value.OfClasses(-value.Int, -value.PerClass);
        return value.IsNumber ? -value.Number : throw Fault($"'-' takes a number, not {value.Describe()}");
    }
}

internal sealed class BinaryExpression(string op, Expression left, Expression right) : Expression
{
    public override IEnumerable<string> AskedNames => left.AskedNames.Concat(right.AskedNames);

    public override Value Evaluate(IScope scope)
    {
        var a = left.Evaluate(scope);
        if (op is "and" or "or")
        {
            if (a.IsBool && a.Bool == (op == "or"))
                return a;
            var other = right.Evaluate(scope);
            if (!a.IsBool || !other.IsBool)
                throw Fault($"'{op}' joins truth values, not {(a.IsBool ? other : a).Describe()}");
            return other;
        }
        return Apply(op, a, right.Evaluate(scope));
    }

    public override Term ToTerm(ITermScope scope) => Term.Binary(op, left.ToTerm(scope), right.ToTerm(scope));

    /// <summary>What an operator that needs both sides makes of them.</summary>
    public static Value Apply(string op, Value a, Value b)
    {
        if (a.IsNumber && b.IsNumber && (a.PerClass != 0 || b.PerClass != 0))
            return ClassArithmetic.Apply(op, a, b);
        if (op is "==" or "!=")
            return a.Equals(b) == (op == "==");
        if (!a.IsNumber || !b.IsNumber)
            throw Fault($"'{op}' takes numbers, not {(a.IsNumber ? b : a).Describe()}");
        var (x, y) = (a.Number, b.Number);
        if (op is "/" or "//" or "%" && y == 0)
            throw Fault("it divides by zero");
        Value result = op switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "/" => x / y,
            "//" => Math.Floor(x / y),
            "%" => x - y * Math.Floor(x / y),
            "<" => x < y,
            "<=" => x <= y,
            ">" => x > y,
            ">=" => x >= y,
            _ => throw new InvalidOperationException(op),
        };
        if (result.IsNumber && (double.IsNaN(result.Number) || double.IsInfinity(result.Number)))
            throw Fault("it is beyond the range of numbers");
        return result;
    }
}

internal sealed class CallExpression(string function, IReadOnlyList<Expression> arguments) : Expression
{
    public override IEnumerable<string> AskedNames => arguments.SelectMany(a => a.AskedNames);

    /// <summary>The functions and how many arguments each takes (-1: one or more).</summary>
    public static readonly IReadOnlyDictionary<string, int> Functions = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["round_to"] = 2,
        ["max"] = -1,
        ["min"] = -1,
        ["length"] = 1,
        ["if"] = 3,
        ["floor"] = 1,
    };

    public override Value Evaluate(IScope scope)
    {
        if (function == "if")
        {
            var condition = arguments[0].Evaluate(scope);
            if (!condition.IsBool)
                throw Fault($"the first argument of 'if' is true or false, not {condition.Describe()}");
            return arguments[condition.Bool ? 1 : 2].Evaluate(scope);
        }
        return Apply(function, [.. arguments.Select(a => a.Evaluate(scope))]);
    }

    public override Term ToTerm(ITermScope scope) => Term.Call(function, [.. arguments.Select(a => a.ToTerm(scope))]);

    /// <summary>What a function that needs all arguments makes of them.</summary>
    public static Value Apply(string function, List<Value> values)
    {
        if (function == "length")
            return values[0].IsList ? values[0].List.Count : throw Fault($"'length' takes a list, not {values[0].Describe()}");
        if (function is "max" or "min" && values.Count == 1 && values[0].IsList && values[0].List.Count > 0)
            values = values[0].List.ToList();
        foreach (var value in values)
        {
            if (!value.IsNumber)
                throw Fault($"'{function}' takes numbers, not {value.Describe()}");
        }
        foreach (var value in values)
            ClassArithmetic.Refuse(value, $"'{function}' makes no multiple of it");
        return function switch
        {
            "max" => values.Max(v => v.Number),
            "min" => values.Min(v => v.Number),
            "floor" => Math.Floor(values[0].Number),
            _ => RoundTo(values[0].Number, values[1].Number),
        };
    }

    /// <summary>
    /// The nearest multiple, at least one, and never more than a tenth below the value: how MobileNets round their widths
    /// (<c>_make_divisible</c>).
    /// </summary>
    private static double RoundTo(double value, double divisor)
    {
        if (divisor <= 0)
            throw Fault("'round_to' takes a positive divisor");
        var rounded = Math.Max(divisor, Math.Floor((value + divisor / 2) / divisor) * divisor);
        return rounded < 0.9 * value ? rounded + divisor : rounded;
    }
}
