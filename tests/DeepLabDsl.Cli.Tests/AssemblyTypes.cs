using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Mono.Cecil;

namespace DeepLabDsl.Cli.Tests;

/// <summary>A type of an assembly, with all that lies within it, that names another.</summary>
/// <param name="From">The full name of the one that names; of nested types and closures, that of the outermost.</param>
/// <param name="To">The full name of the one that is named, likewise.</param>
internal readonly record struct TypeUse(string From, string To)
{
    /// <inheritdoc/>
    public override string ToString() => $"{From} -> {To}";
}

/// <summary>
/// Reads which types name which others from compiled code: bases, signatures, constraints, attributes, generic arguments and what
/// stands in method bodies. Constants are not seen: the compiler copies their values.
/// </summary>
internal static class AssemblyTypes
{
    /// <summary>Every pair of types of which the first stands in an assembly, without pairs of a type with itself.</summary>
    /// <param name="path">The assembly; nothing that it refers to need be there.</param>
    public static IReadOnlyList<TypeUse> UsesIn(string path)
    {
        using var module = ModuleDefinition.ReadModule(new MemoryStream(File.ReadAllBytes(path)));
        return [.. module.Types.SelectMany(UsesOf)];
    }

    private static IEnumerable<TypeUse> UsesOf(TypeDefinition type) =>
        NamedBy(type).SelectMany(Parts).Select(Outermost).Distinct(StringComparer.Ordinal)
            .Where(name => name != type.FullName).Select(name => new TypeUse(type.FullName, name));

    /// <summary>The plain types that a reference is made of: of <c>List&lt;int[]&gt;</c>, <c>List</c> and <c>int</c>.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference? reference) => reference switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Concat(Parts(generic.ElementType)),
        FunctionPointerType pointer => pointer.Parameters.SelectMany(p => Parts(p.ParameterType)).Concat(Parts(pointer.ReturnType)),
        RequiredModifierType modified => Parts(modified.ModifierType).Concat(Parts(modified.ElementType)),
        OptionalModifierType modified => Parts(modified.ModifierType).Concat(Parts(modified.ElementType)),
        TypeSpecification made => Parts(made.ElementType),
        _ => [reference],
    };

    private static string Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type.FullName;

    private static IEnumerable<TypeReference?> NamedBy(TypeDefinition type) =>
    [
        type.BaseType,
        .. type.Interfaces.Select(i => i.InterfaceType),
        .. Attributes(type),
        .. Constraints(type),
        .. type.Fields.SelectMany(f => Attributes(f).Prepend(f.FieldType)),
        .. type.Properties.SelectMany(p => Attributes(p).Prepend(p.PropertyType)),
        .. type.Events.SelectMany(e => Attributes(e).Prepend(e.EventType)),
        .. type.Methods.SelectMany(NamedBy),
        .. type.NestedTypes.SelectMany(NamedBy),
    ];

    private static IEnumerable<TypeReference?> NamedBy(MethodDefinition method)
    {
        IEnumerable<TypeReference?> outside =
        [
            .. Signature(method), .. Attributes(method), .. Constraints(method), .. method.Overrides.SelectMany(Signature),
            .. method.Parameters.SelectMany(Attributes),
        ];
        if (!method.HasBody)
            return outside;
        return
        [
            .. outside,
            .. method.Body.Variables.Select(v => v.VariableType),
            .. method.Body.ExceptionHandlers.Select(h => h.CatchType),
            .. method.Body.Instructions.SelectMany(i => i.Operand switch
            {
                TypeReference type => [type],
                MethodReference called => Signature(called),
                FieldReference field => [field.DeclaringType, field.FieldType],
                _ => Enumerable.Empty<TypeReference?>(),
            }),
        ];
    }

    private static IEnumerable<TypeReference?> Signature(MethodReference method) =>
    [
        method.DeclaringType,
        method.ReturnType,
        .. method.Parameters.Select(p => p.ParameterType),
        .. method is GenericInstanceMethod generic ? generic.GenericArguments : Enumerable.Empty<TypeReference>(),
    ];

    private static IEnumerable<TypeReference?> Constraints(IGenericParameterProvider owner) =>
        owner.GenericParameters.SelectMany(p => p.Constraints.Select(c => c.ConstraintType));

    private static IEnumerable<TypeReference?> Attributes(ICustomAttributeProvider owner) =>
        owner.CustomAttributes.SelectMany(a => a.ConstructorArguments.Select(v => v.Value as TypeReference).Prepend(a.AttributeType));
}
