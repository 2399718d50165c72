using System.Security.Cryptography;

namespace FaceId.Domain.Users;

/// <summary>
/// A code on paper for the day the second factor is lost. 28 characters of 32 carry 140 bits: beyond guessing (ASVS 5.0, 11.5.1), and more
/// than the 112 from which on a plain hash suffices (6.5.2). Deleted when used.
/// </summary>
public sealed class RecoveryCode
{
    /// <summary>How many a set has.</summary>
    public const int SetSize = 10;

    /// <summary>Crockford's base 32: no letters that look like digits.</summary>
    public const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Groups = 4;
    private const int GroupLength = 7;

    private RecoveryCode(int userId, byte[] codeHash, DateTimeOffset createdAt)
    {
        UserId = userId;
        CodeHash = codeHash;
        CreatedAt = createdAt;
    }

    public int Id { get; private set; }

    public int UserId { get; private set; }

    public byte[] CodeHash { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    /// <returns>A new set for the database, and its texts, to be shown once.</returns>
    public static (IReadOnlyList<RecoveryCode> Codes, IReadOnlyList<string> Texts) NewSet(int userId, DateTimeOffset now)
    {
        var texts = Enumerable.Range(0, SetSize).Select(_ => NewText()).ToList();
        return (texts.ConvertAll(text => new RecoveryCode(userId, Hash(text), now)), texts);
    }

    /// <summary>Hashes a code as typed: case, spaces and dashes do not matter, nor O for 0 and I or L for 1.</summary>
    public static byte[] Hash(string typed)
    {
        var plain = string.Concat(typed.ToUpperInvariant().Where(char.IsAsciiLetterOrDigit))
            .Replace('O', '0').Replace('I', '1').Replace('L', '1');
        return SecretToken.Hash(plain);
    }

    private static string NewText() =>
        string.Join('-', Enumerable.Range(0, Groups).Select(_ => RandomNumberGenerator.GetString(Alphabet, GroupLength)));
}
