namespace FaceId.Application.Users.SecondFactor;

/// <summary>Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 seconds), as every authenticator app makes them.</summary>
public interface ITotp
{
    /// <returns>160 random bits in base32.</returns>
    string NewSecret();

    /// <returns>The time step whose code this is, at most <see cref="AccountOptions.TotpWindow"/> steps away from now; null when it is none.</returns>
    long? Match(string secret, string code);

    /// <summary>What an authenticator app reads from the QR code.</summary>
    string Uri(string secret, string account);

    /// <summary>The QR code of a text as an SVG picture.</summary>
    string QrSvg(string text);
}
