namespace FaceId.Application.Users;

/// <summary>Encrypts the small secrets of accounts for the database.</summary>
public interface ISecrets
{
    /// <summary>Seals a text so that only this server's key opens it, and only as this account's.</summary>
    string Seal(string secret, int userId);

    /// <summary>Opens what <see cref="Seal"/> made; a text that is no envelope, written by another program, is itself the secret.</summary>
    string Open(string stored, int userId);
}
