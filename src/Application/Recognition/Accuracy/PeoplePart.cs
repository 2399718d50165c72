using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FaceId.Application.Recognition.Accuracy;

/// <summary>One of several parts of the people that share nobody: a hash of the name decides who is in which.</summary>
public readonly record struct PeoplePart(int Number, int Of)
{
    private const int MostParts = 256;

    public static readonly PeoplePart First = new(1, 2);

    public static readonly PeoplePart Second = new(2, 2);

    public bool Holds(string person) => 1 + SHA256.HashData(Encoding.UTF8.GetBytes(person))[0] % Of == Number;

    /// <summary>Reads what is written K/N; null for anything else.</summary>
    public static PeoplePart? Parse(string? text) =>
        text?.Split('/') is [var k, var n]
        && int.TryParse(k, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out var of)
        && number >= 1 && number <= of && of <= MostParts
            ? new PeoplePart(number, of)
            : null;
}
