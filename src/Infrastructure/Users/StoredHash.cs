using System.Globalization;
using System.Text.RegularExpressions;

namespace FaceId.Infrastructure.Users;

/// <summary>What a row's <c>hashed_password</c> holds: bcrypt's own text, behind a marker when the password went through a digest first.</summary>
internal sealed partial record StoredHash(string Bcrypt, bool IsOfDigest, int Cost, char Revision)
{
    public const string DigestMarker = "sha384:";

    /// <summary>In the place of a hash, of an account that has no password: nothing matches it.</summary>
    public const string None = "!";

    /// <returns>Null for anything else, such as what a program without bcrypt wrote.</returns>
    public static StoredHash? Parse(string? text) => text is not null && Shape().Match(text) is { Success: true } match
        ? new StoredHash(
            match.Groups["bcrypt"].Value,
            match.Groups["marker"].Success,
            int.Parse(match.Groups["cost"].Value, CultureInfo.InvariantCulture),
            match.Groups["revision"].Value[0])
        : null;

    [GeneratedRegex(
        $@"\A(?<marker>{DigestMarker})?(?<bcrypt>\$2(?<revision>[abxy])\$(?<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{{53}})\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}
