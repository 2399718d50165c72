namespace FaceId.Application.Users;

/// <summary>Hashes passwords slowly, off the request threads and only a few at a time, so that a flood of logins cannot starve recognition.</summary>
public interface IPasswordHasher
{
    Task<string> HashAsync(string password, CancellationToken cancellationToken);

    /// <summary>Compares with a stored hash. A null hash, for an account that does not exist, takes as long and is false.</summary>
    Task<bool> VerifyAsync(string password, string? hash, CancellationToken cancellationToken);
}
