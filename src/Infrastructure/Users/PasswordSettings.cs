using System.Globalization;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using Microsoft.Extensions.Configuration;

namespace FaceId.Infrastructure.Users;

/// <summary>The section <c>FaceId:Passwords</c>.</summary>
internal sealed record PasswordSettings
{
    private const string Section = "FaceId:Passwords";

    /// <summary>How many characters a new password needs.</summary>
    public int MinLength { get; init; } = Password.DefaultMinLength;

    /// <summary>The base-2 logarithm of bcrypt's rounds: one more doubles the time of a sign-in, for its owner and for a thief of the hashes.</summary>
    public int BcryptCost { get; init; } = 12;

    /// <summary>How many passwords are worked on at the same time. A core stays free for recognition however many people sign in at once.</summary>
    public int Workers { get; init; } = Math.Max(1, Environment.ProcessorCount - 1);

    /// <summary>How many may wait for that: a quarter of a minute on one core at the default cost, which is as long as anybody waits for a sign-in.</summary>
    public int QueueLength { get; init; } = 64;

    /// <exception cref="StartupException">A value is no number, or out of its range.</exception>
    public static PasswordSettings Load(IConfiguration configuration)
    {
        var defaults = new PasswordSettings();
        return new PasswordSettings
        {
            MinLength = Number(nameof(MinLength), defaults.MinLength, Password.LowestMinLength, Password.HighestMinLength),
            BcryptCost = Number(nameof(BcryptCost), defaults.BcryptCost, 10, 16),
        };

        int Number(string key, int otherwise, int least, int most)
        {
            var text = configuration[$"{Section}:{key}"];
            if (string.IsNullOrWhiteSpace(text))
                return otherwise;

            return int.TryParse(text, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
                && number >= least && number <= most
                    ? number
                    : throw new StartupException(
                        $"{Section}:{key} is '{text}'; give a whole number from {least} to {most}, or leave it out for {otherwise}. "
                        + $"(As a variable of the environment it is called {Section.Replace(":", "__", StringComparison.Ordinal)}__{key}.)");
        }
    }
}
