using Mono.Cecil;
using NetArchTest.Rules;

namespace FaceId.UnitTests.Architecture;

/// <summary>Finds uses of exactly these types; a dependency test by name would take User for UserErrors as well.</summary>
internal sealed class UsesNoneOf(params Type[] forbidden) : ICustomRule
{
    private readonly HashSet<string> _names = [.. forbidden.Select(type => type.FullName!)];

    public bool MeetsRule(TypeDefinition type) => !Mentions(type).Any(mention => _names.Contains(mention.FullName));

    /// <summary>Every type that a type names in its fields, signatures and code.</summary>
    public static IEnumerable<TypeReference> Mentions(TypeDefinition type) => Mentioned(type).SelectMany(Flatten);

    private static IEnumerable<TypeReference> Mentioned(TypeDefinition type) =>
    [
        .. type.BaseType is { } ancestor ? [ancestor] : (TypeReference[])[],
        .. type.Fields.Select(field => field.FieldType),
        .. type.Methods.SelectMany(method => method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType)),
        .. type.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.Variables.Select(variable => variable.VariableType)
            .Concat(method.Body.Instructions.SelectMany(instruction => Operands(instruction.Operand)))),
        .. type.Methods.Where(method => method.HasBody).SelectMany(method => method.Body.ExceptionHandlers)
            .Select(handler => handler.CatchType).OfType<TypeReference>(),
        .. type.NestedTypes.SelectMany(Mentioned),
    ];

    private static IEnumerable<TypeReference> Operands(object? operand) => operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method => [method.DeclaringType, method.ReturnType, .. method.GenericArguments],
        MethodReference method => [method.DeclaringType, method.ReturnType],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Flatten(TypeReference type) => type is GenericInstanceType generic
        ? [generic.ElementType, .. generic.GenericArguments.SelectMany(Flatten)]
        : [type];
}
