using System.Collections.Frozen;
using System.Text.Json.Serialization;
using FaceId.Domain.Users;

namespace FaceId.Application.Common.Security;

/// <summary>What a use case may ask of its caller, and what an API key may be given: the one list.</summary>
public enum Permission
{
    /// <summary>Detect and compare faces without storing anything; every signed-in account.</summary>
    [JsonStringEnumMemberName("photos.analyse")]
    AnalysePhotos,

    /// <summary>See accounts and their faces.</summary>
    [JsonStringEnumMemberName("users.read")]
    ReadUsers,

    /// <summary>Make, change and erase accounts.</summary>
    [JsonStringEnumMemberName("users.manage")]
    ManageUsers,

    /// <summary>Take over accounts with their faces from another system, many at once.</summary>
    [JsonStringEnumMemberName("users.import")]
    ImportUsers,

    /// <summary>Enrol and delete faces of anybody.</summary>
    [JsonStringEnumMemberName("faces.manage")]
    ManageFaces,

    /// <summary>Verify anybody's face.</summary>
    [JsonStringEnumMemberName("faces.verify")]
    VerifyFaces,

    /// <summary>Be told whose a face is.</summary>
    [JsonStringEnumMemberName("faces.identify")]
    IdentifyFaces,

    /// <summary>Read the recognition log.</summary>
    [JsonStringEnumMemberName("logs.read")]
    ReadLog,

    /// <summary>See the numbers of a face.</summary>
    [JsonStringEnumMemberName("encodings.read")]
    ReadEncodings,

    /// <summary>Read what happened to the security of accounts.</summary>
    [JsonStringEnumMemberName("security-events.read")]
    ReadSecurityEvents,

    /// <summary>Make and revoke API keys. No key can be given this.</summary>
    [JsonStringEnumMemberName("api-keys.manage")]
    ManageApiKeys,

    /// <summary>See and change the settings. No key can be given this.</summary>
    [JsonStringEnumMemberName("settings.manage")]
    ManageSettings,
}

public static class Permissions
{
    private static readonly FrozenDictionary<string, Permission> ByScope = Enum.GetValues<Permission>().ToFrozenDictionary(Scope);

    public static Role LeastRole(Permission permission) => permission switch
    {
        Permission.AnalysePhotos => Role.User,
        Permission.ReadUsers => Role.Operator,
        Permission.ManageFaces => Role.Operator,
        Permission.VerifyFaces => Role.Operator,
        Permission.IdentifyFaces => Role.Operator,
        Permission.ReadLog => Role.Operator,
        Permission.ManageUsers => Role.Admin,
        Permission.ImportUsers => Role.Admin,
        Permission.ReadEncodings => Role.Admin,
        Permission.ReadSecurityEvents => Role.Admin,
        Permission.ManageApiKeys => Role.Admin,
        Permission.ManageSettings => Role.Admin,
        _ => throw new ArgumentOutOfRangeException(nameof(permission), permission, "A permission without a role."),
    };

    public static bool Has(this Role role, Permission permission) => role >= LeastRole(permission);

    /// <summary>Keys do not make keys, nor decide how sure one has to be of a face.</summary>
    public static bool CanBeScope(Permission permission) => permission is not (Permission.ManageApiKeys or Permission.ManageSettings);

    /// <summary>The permission's name as the API and the database have it.</summary>
    public static string Scope(Permission permission) =>
        typeof(Permission).GetField(permission.ToString())!
            .GetCustomAttributes(typeof(JsonStringEnumMemberNameAttribute), inherit: false)
            .Cast<JsonStringEnumMemberNameAttribute>().Single().Name;

    /// <returns>Null for a name that no permission has (any more).</returns>
    public static Permission? FromScope(string scope) => ByScope.TryGetValue(scope, out var permission) ? permission : null;
}
