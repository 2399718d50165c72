using OtpNet;

namespace FaceId.FunctionalTests.Support;

/// <summary>The app on a person's phone, and the paper with their recovery codes.</summary>
internal sealed class AuthenticatorApp(string secret)
{
    private readonly Totp _totp = new(Base32Encoding.ToBytes(secret));

    // Codes of one step before to one step ahead are taken; a test that needs several uses them in this order.
    private int _next = -1;

    public IReadOnlyList<string> RecoveryCodes { get; set; } = [];

    /// <summary>A code that was not used yet: three are good at any time.</summary>
    public string NextCode() => CodeAt(_next++);

    public string CodeAt(int step) => _totp.ComputeTotp(DateTime.UtcNow + step * TimeSpan.FromSeconds(30));
}
