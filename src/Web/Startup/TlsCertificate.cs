using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FaceId.Infrastructure.Configuration;

namespace FaceId.Web.Startup;

/// <summary>
/// The certificate at hand. At a handshake, though at most once a second, the files are looked at, and used when they are not what
/// they were: a renewal counts without a restart, however it puts the files there. Files that do not fit together, as in the middle
/// of a renewal, leave the certificate that is in use.
/// </summary>
internal sealed partial class TlsCertificate(TlsSettings settings, TimeProvider time, ILogger<TlsCertificate> logger)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    private readonly Lock _looking = new();
    private byte[] _fingerprint = [];
    private long _looked;
    private string? _complaint;
    private volatile SslStreamCertificateContext? _current;

    /// <summary>What to show now.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            // Others go on with what there is while one looks.
            if (_looking.TryEnter())
            {
                try
                {
                    if (time.GetElapsedTime(_looked) >= BetweenLooks)
                    {
                        Look();
                    }
                }
                finally
                {
                    _looking.Exit();
                }
            }

            return _current ?? throw new InvalidOperationException("The certificate was not loaded.");
        }
    }

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="StartupException">They are missing, unreadable, or not a certificate and its key.</exception>
    public void Load()
    {
        lock (_looking)
        {
            _looked = time.GetTimestamp();
            _fingerprint = Fingerprint();
            Use(Read());
        }
    }

    private void Look()
    {
        _looked = time.GetTimestamp();
        try
        {
            var fingerprint = Fingerprint();
            if (!fingerprint.AsSpan().SequenceEqual(_fingerprint))
            {
                _fingerprint = fingerprint;
                Use(Read());
                _complaint = null;
                var until = _current!.TargetCertificate.NotAfter.ToUniversalTime();
                LogRenewed(logger, until);
            }
        }
        catch (StartupException exception) when (exception.Message == _complaint)
        {
            // Said once.
        }
        catch (StartupException exception)
        {
            _complaint = exception.Message;
            LogKept(logger, exception.Message);
        }
    }

    private void Use(SslStreamCertificateContext context)
    {
        _current = context;
        var (from, to) = (context.TargetCertificate.NotBefore.ToUniversalTime(), context.TargetCertificate.NotAfter.ToUniversalTime());
        if (time.GetUtcNow() < from || time.GetUtcNow() > to)
        {
            LogNotValid(logger, from, to);
        }
    }

    /// <summary>Of what the files hold: times of writing would miss links that come to lead elsewhere.</summary>
    private byte[] Fingerprint()
    {
        var certificate = Guarded(settings.Certificate, File.ReadAllBytes);
        var key = Guarded(settings.Key, File.ReadAllBytes);
        try
        {
            return [.. SHA256.HashData(certificate), .. SHA256.HashData(key)];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private SslStreamCertificateContext Read()
    {
        var (chain, key) = (Guarded(settings.Certificate, File.ReadAllText), Guarded(settings.Key, File.ReadAllText));
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(chain);
        }
        catch (CryptographicException exception)
        {
            throw new StartupException($"FaceId:Tls:Certificate: {settings.Certificate} holds a damaged certificate.", exception);
        }

        if (certificates.Count == 0)
        {
            throw new StartupException($"FaceId:Tls:Certificate: {settings.Certificate} holds no certificate in PEM ('-----BEGIN CERTIFICATE-----').");
        }

        if (certificates[0].Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } usage
            && usage.EnhancedKeyUsages[ServerAuthentication] is null)
        {
            throw new StartupException($"FaceId:Tls:Certificate: the certificate in {settings.Certificate} is not one for servers.");
        }

        return SslStreamCertificateContext.Create(WithKey(chain, key), certificates, offline: true);
    }

    private X509Certificate2 WithKey(string chain, string key)
    {
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            throw new StartupException($"FaceId:Tls:Key: {settings.Key} is encrypted; give the key without a password, in a file that only the server may read.");
        }

        try
        {
            return X509Certificate2.CreateFromPem(chain, key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new StartupException($"FaceId:Tls:Key: {settings.Key} does not hold the private key of the certificate in {settings.Certificate}.");
        }
    }

    private static T Guarded<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"FaceId:Tls: {path} cannot be read: {exception.Message}", exception);
        }
    }

    [LoggerMessage(EventId = 320, Level = LogLevel.Information, Message = "A renewed TLS certificate is in use, valid until {Until:u}")]
    private static partial void LogRenewed(ILogger logger, DateTime until);

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "The TLS certificate stays what it was: {Reason}")]
    private static partial void LogKept(ILogger logger, string reason);

    [LoggerMessage(EventId = 322, Level = LogLevel.Warning, Message = "The TLS certificate is valid from {From:u} to {To:u}, which is not now")]
    private static partial void LogNotValid(ILogger logger, DateTime from, DateTime to);
}
