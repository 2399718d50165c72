using FaceId.Domain.Users;

namespace FaceId.Application.Common.Security;

/// <summary>What a use case may ask of its caller. The one list, with the least role that has it.</summary>
public enum Permission
{
    /// <summary>Detect and compare faces without storing anything; every signed-in account.</summary>
    AnalysePhotos,

    /// <summary>See accounts and their faces.</summary>
    ReadUsers,

    /// <summary>Make, change and erase accounts.</summary>
    ManageUsers,

    /// <summary>Enrol, verify and delete faces of anybody.</summary>
    ManageFaces,

    /// <summary>Read the recognition log.</summary>
    ReadLog,

    /// <summary>See the numbers of a face.</summary>
    ReadEncodings,
}

public static class Permissions
{
    public static Role LeastRole(Permission permission) => permission switch
    {
        Permission.AnalysePhotos => Role.User,
        Permission.ReadUsers => Role.Operator,
        Permission.ManageFaces => Role.Operator,
        Permission.ReadLog => Role.Operator,
        Permission.ManageUsers => Role.Admin,
        Permission.ReadEncodings => Role.Admin,
        _ => throw new ArgumentOutOfRangeException(nameof(permission), permission, "A permission without a role."),
    };

    public static bool Has(this Role role, Permission permission) => role >= LeastRole(permission);
}

/// <summary>What a request needs of its caller. Every request type carries this or <see cref="AnonymousAttribute"/>; a test sees to it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresAttribute(Permission permission) : Attribute
{
    public Permission Permission { get; } = permission;

    /// <summary>The account that the request is about (<see cref="IAboutUser"/>) may send it too.</summary>
    public bool OrOwner { get; init; }
}

/// <summary>Marks a request that anybody may send.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AnonymousAttribute : Attribute;
