using System.Security.Cryptography;
using System.Text;
using FaceId.Application.Users;

namespace FaceId.Infrastructure.Users;

/// <summary>
/// bcrypt of cost 12. bcrypt reads 72 bytes and stops at a zero byte, so a longer password goes through SHA-384 first and its
/// hash carries a marker; every other hash is plain bcrypt, as other programs write and read it.
/// </summary>
internal sealed class PasswordHasher : IPasswordHasher, IDisposable
{
    private const int Cost = 12;
    private const int BcryptLimit = 72;
    private const string LongMarker = "sha384:";

    // A core stays free for recognition however many people sign in at once.
    private readonly SemaphoreSlim _slots = new(Math.Max(1, Environment.ProcessorCount - 1));
    private readonly Lazy<string> _nobody = new(() => BCrypt.Net.BCrypt.HashPassword(RandomNumberGenerator.GetHexString(32), Cost));

    public Task<string> HashAsync(string password, CancellationToken cancellationToken) =>
        InSlotAsync(() => Hash(password), cancellationToken);

    public Task<bool> VerifyAsync(string password, string? hash, CancellationToken cancellationToken) =>
        InSlotAsync(() => Verify(password, hash ?? _nobody.Value) && hash is not null, cancellationToken);

    public void Dispose() => _slots.Dispose();

    private async Task<T> InSlotAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, CancellationToken.None);
        }
        finally
        {
            _slots.Release();
        }
    }

    private static string Hash(string password) => IsLong(password)
        ? LongMarker + BCrypt.Net.BCrypt.HashPassword(Digest(password), Cost)
        : BCrypt.Net.BCrypt.HashPassword(password, Cost);

    private static bool Verify(string password, string hash)
    {
        try
        {
            return hash.StartsWith(LongMarker, StringComparison.Ordinal)
                ? BCrypt.Net.BCrypt.Verify(Digest(password), hash[LongMarker.Length..])
                : BCrypt.Net.BCrypt.Verify(password, hash);
        }
        catch (Exception exception) when (exception is BCrypt.Net.SaltParseException or BCrypt.Net.HashInformationException or ArgumentException)
        {
            // A row of another program may hold no bcrypt hash at all; nobody can sign in with it.
            return false;
        }
    }

    private static bool IsLong(string password) =>
        Encoding.UTF8.GetByteCount(password) > BcryptLimit || password.Contains('\0', StringComparison.Ordinal);

    private static string Digest(string password) => Convert.ToBase64String(SHA384.HashData(Encoding.UTF8.GetBytes(password)));
}
