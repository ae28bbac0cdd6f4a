using System;
using System.Linq;

namespace DeepLabDsl.Compiler;

/// <summary>
/// Arithmetic on numbers that hang on the number of classes, which a constructor takes: sums and multiples of it stay what they
/// are for any number; a comparison has a value where it comes out one way for the spec's number and all above it.
/// </summary>
internal static class ClassArithmetic
{
    /// <summary>What an operator makes of two numbers of which at least one hangs on the number of classes.</summary>
    /// <exception cref="ClassDependenceException">It hangs on the number in a way that no constructor can express.</exception>
    public static Value Apply(string op, Value a, Value b)
    {
        switch (op)
        {
            case "+" when a.IsInt && b.IsInt:
                return Value.OfClasses(a.Int + b.Int, a.PerClass + b.PerClass);
            case "-" when a.IsInt && b.IsInt:
                return Value.OfClasses(a.Int - b.Int, a.PerClass - b.PerClass);
            case "*" when a.IsInt && b.IsInt && (a.PerClass == 0 || b.PerClass == 0):
                return Value.OfClasses(Product(a.Int, b.Int), a.PerClass * b.Int + b.PerClass * a.Int);
            case "/" or "//" when b is { IsInt: true, PerClass: 0 } && b.Int != 0 && a.Int % b.Int == 0 && a.PerClass % b.Int == 0:
                return Value.OfClasses(a.Int / b.Int, a.PerClass / b.Int);
            case "%" when b is { IsInt: true, PerClass: 0 } && b.Int != 0 && a.PerClass % b.Int == 0:
                return a.Int - b.Int * (long)Math.Floor((double)a.Int / b.Int);
            case "==" or "!=" or "<" or "<=" or ">" or ">=":
                return Compare(op, a.Number - b.Number, a.PerClass - b.PerClass) is { } result
                    ? result
                    : throw new ClassDependenceException("which layers there are depends on it");
            default:
                throw new ClassDependenceException($"'{op}' makes no multiple of it");
        }
    }

    /// <summary>Throws where a value hangs on the number of classes.</summary>
    public static void Refuse(Value value, string why)
    {
        if (value.IsNumber && value.PerClass != 0)
            throw new ClassDependenceException(why);
    }

    /// <summary>Throws where the value of a key that must be a number hangs on the number of classes.</summary>
    public static void Refuse(Value value, Setting setting)
    {
        if (value.IsList ? value.List.Any(v => v is { IsNumber: true, PerClass: not 0 }) : value is { IsNumber: true, PerClass: not 0 })
            throw new ClassDependenceException($"'{setting.Name}' must not depend on it", setting.Span);
    }

    private static long Product(long a, long b) =>
        Math.Abs((double)a * b) < 1L << 53 ? a * b : throw new ExpressionException(Rules.ExpressionValue, "{expression}",
            "it is beyond the range of numbers");

    /// <summary>Compares a difference with 0, for the spec's number of classes and all above it; null: it comes out both ways.</summary>
    private static bool? Compare(string op, double difference, long perClass)
    {
        // Where it meets 0, counted in classes from the spec's number.
        var meets = perClass == 0 ? double.NaN : -difference / perClass;
        var (now, later) = (Math.Sign(difference), perClass == 0 ? Math.Sign(difference) : Math.Sign(perClass));
        if (op is "==" or "!=")
            return meets >= 0 && meets == Math.Floor(meets) ? null : difference == 0 == (op == "==");
        bool Holds(int sign) => op switch { "<" => sign < 0, "<=" => sign <= 0, ">" => sign > 0, _ => sign >= 0 };
        var isMet = meets > 0 && meets == Math.Floor(meets);
        return Holds(now) == Holds(later) && (!isMet || Holds(0) == Holds(now)) ? Holds(now) : null;
    }
}

/// <summary>The network hangs on its number of classes in a way that no constructor can express; lowering stops at once.</summary>
/// <param name="why">In which way.</param>
/// <param name="span">Where it does; null: the one who catches it knows.</param>
internal sealed class ClassDependenceException(string why, SourceSpan? span = null) : Exception(why)
{
    public SourceSpan? Span { get; } = span;
}
