using Mono.Cecil;
using Mono.Cecil.Cil;
using NetArchTest.Rules;

namespace FaceId.UnitTests.Architecture;

/// <summary>Finds calls of DateTime.Now and its like in a type's own methods.</summary>
internal sealed class AsksNoWallClock : ICustomRule
{
    private static readonly HashSet<string> Clocks = ["get_Now", "get_UtcNow", "get_Today"];

    public bool MeetsRule(TypeDefinition type) => !type.Methods
        .Where(method => method.HasBody)
        .SelectMany(method => method.Body.Instructions)
        .Any(instruction => instruction.OpCode.FlowControl == FlowControl.Call
            && instruction.Operand is MethodReference { DeclaringType.FullName: "System.DateTime" or "System.DateTimeOffset" } called
            && Clocks.Contains(called.Name));
}
