namespace FaceId.Application.Common.Security;

/// <summary>
/// What a request needs of its caller. Every request type carries exactly one of this, <see cref="OwnAccountAttribute"/>,
/// <see cref="AnonymousAttribute"/> and <see cref="InternalAttribute"/>; a test sees to it.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresAttribute(Permission permission) : Attribute
{
    public Permission Permission { get; } = permission;

    /// <summary>The account that the request is about (<see cref="IAboutUser"/>) may send it too.</summary>
    public bool OrOwner { get; init; }
}

/// <summary>Marks a request about the signed-in person's own account, which nobody else may send.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class OwnAccountAttribute : Attribute;

/// <summary>Marks a request that anybody may send.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AnonymousAttribute : Attribute;

/// <summary>Marks a request that only other use cases send, which answer for who may cause it; no address of the web leads to it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class InternalAttribute : Attribute;

/// <summary>Marks a request that an account may send before its address is verified or its second factor is set up.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EvenBeforeSetupAttribute : Attribute;

/// <summary>Marks a request that an account may send whose password somebody else chose: what it takes to choose another.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EvenWithGivenPasswordAttribute : Attribute;

/// <summary>
/// Marks a sensitive request: a signed-in person must have proved who they are within the last minutes. Programs and the console,
/// which cannot be walked up to, need no such proof.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class FreshProofAttribute : Attribute
{
    /// <summary>Of an account with a second factor the proof must have included it.</summary>
    public bool SecondFactor { get; init; }
}
