using OtpNet;

namespace FaceId.FunctionalTests.Support;

/// <summary>The app on a person's phone, and the paper with their recovery codes.</summary>
internal sealed class AuthenticatorApp(string secret)
{
    private readonly Totp _totp = new(Base32Encoding.ToBytes(secret));

    // Codes of one step before to one step ahead are taken; a test that needs several uses them in this order.
    private int _next = -1;

    public string Secret => secret;

    public IReadOnlyList<string> RecoveryCodes { get; set; } = [];

    /// <summary>A code that was not used yet: three are good at any time.</summary>
    public string NextCode() => CodeAt(_next++);

    /// <summary>Waits, if need be, for the beginning of the next step, so that a code is of the same step when it arrives.</summary>
    public static Task EarlyInAStepAsync() =>
        Eventually.IsAsync(true, () => Task.FromResult(DateTimeOffset.UtcNow.ToUnixTimeSeconds() % 30 < 20));

    public string CodeAt(int step) => _totp.ComputeTotp(DateTime.UtcNow + step * TimeSpan.FromSeconds(30));
}
