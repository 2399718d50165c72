using FaceId.Application.Users;
using FaceId.Application.Users.SecondFactor;
using OtpNet;
using QRCoder;

namespace FaceId.Infrastructure.Users;

internal sealed class TotpCodes(AccountOptions options, TimeProvider time) : ITotp
{
    private const string Issuer = "FaceId";
    private const int SecretBytes = 20;
    private const int Digits = 6;
    private const int PixelsPerModule = 4;

    private readonly VerificationWindow _window = new(previous: options.TotpWindow, future: options.TotpWindow);

    public string NewSecret() => Base32Encoding.ToString(KeyGeneration.GenerateRandomKey(SecretBytes));

    public long? Match(string secret, string code)
    {
        var digits = string.Concat(code.Where(c => !char.IsWhiteSpace(c)));
        return digits.Length == Digits && digits.All(char.IsAsciiDigit)
            && new Totp(Base32Encoding.ToBytes(secret)).VerifyTotp(time.GetUtcNow().UtcDateTime, digits, out var step, _window)
                ? step
                : null;
    }

    public string Uri(string secret, string account) => new OtpUri(OtpType.Totp, secret, account, Issuer).ToString();

    public string QrSvg(string text)
    {
        using var data = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        using var code = new SvgQRCode(data);
        return code.GetGraphic(PixelsPerModule);
    }
}
