using System.Security.Cryptography;

namespace FaceId.Application.Users;

/// <summary>A password that nobody chose, to be shown once.</summary>
public static class GeneratedPassword
{
    // No characters that look alike; 24 of 55 carry 138 bits.
    public const string Alphabet = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    public const int Length = 24;

    public static string New() => RandomNumberGenerator.GetString(Alphabet, Length);
}
