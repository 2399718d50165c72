namespace FaceId.Domain.Users;

/// <summary>What an account may do; each role may do all that the one before it may.</summary>
public enum Role
{
    /// <summary>Reaches only their own data.</summary>
    User,

    /// <summary>Looks after people and their faces, and reads the log.</summary>
    Operator,

    /// <summary>May do everything.</summary>
    Admin,
}
