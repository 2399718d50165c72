using System.Net.Security;
using System.Security.Authentication;
using FaceId.Infrastructure.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FaceId.Web.Startup;

/// <summary>What the server takes from a connection before any code of ours sees a request, and how it speaks TLS.</summary>
internal static class KestrelSetup
{
    // JSON bodies are small; addresses that take photos raise the limit for themselves.
    private const int MaxBodyBytes = 256 * 1024;

    // Tokens and cookies take two or three of them.
    private const int MaxHeaderBytes = 16 * 1024;

    private const double BodyBytesPerSecond = 1024;

    private static readonly TimeSpan BodyGrace = TimeSpan.FromSeconds(10);

    // With forward secrecy and authenticated encryption, strongest first. Without this list OpenSSL would still agree to CBC.
    private static readonly TlsCipherSuite[] ModernCiphers =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ];

    /// <exception cref="StartupException">The settings of TLS and the addresses do not fit together.</exception>
    public static void AddKestrelLimits(this WebApplicationBuilder builder, RequestLimits limits)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            kestrel.Limits.MaxRequestHeaderCount = 64;
            kestrel.Limits.RequestHeadersTimeout = limits.Headers;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(BodyBytesPerSecond, BodyGrace);
            kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = limits.MaxConnections;
        });

        if (TlsSettings.Load(builder.Configuration) is { } tls)
        {
            builder.Services.AddSingleton(tls);
            builder.Services.AddSingleton<TlsCertificate>();
            builder.Services.AddOptions<KestrelServerOptions>().Configure<TlsCertificate>(UseTls);
        }
    }

    private static void UseTls(KestrelServerOptions kestrel, TlsCertificate certificate)
    {
        certificate.Load();

        // Windows chooses ciphers for all programs by itself.
        var ciphers = OperatingSystem.IsWindows() ? null : new CipherSuitesPolicy(ModernCiphers);
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;

            // Kestrel asks for one of its own ways to a certificate; ours shows the chain as well, and keeps it between handshakes.
            https.ServerCertificateSelector = (_, _) => certificate.Current.TargetCertificate;
            https.OnAuthenticate = (_, handshake) =>
            {
                handshake.ServerCertificateSelectionCallback = null;
                handshake.ServerCertificateContext = certificate.Current;
                handshake.CipherSuitesPolicy = ciphers;
            };
        });
    }
}
