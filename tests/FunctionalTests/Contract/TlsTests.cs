using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using FaceId.Web.Startup;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace FaceId.FunctionalTests.Contract;

public sealed class TlsTests : ServerTests
{
    private TestCertificate _certificate = null!;

    [SetUp]
    public void Issue()
    {
        _certificate = new TestCertificate();
        _certificate.Issue();
    }

    [TearDown]
    public void Forget() => _certificate.Dispose();

    [Test]
    public async Task The_server_speaks_TLS_with_the_whole_chain_and_tells_browsers_to_stay()
    {
        await using var server = await StartAsync();
        using var client = Client(server.Addresses[0]);

        var answer = (await client.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        var refused = (await client.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.Unauthorized);

        const string oneYear = "max-age=31536000; includeSubDomains";
        Assert.Multiple(() =>
        {
            Assert.That(answer.Message.Headers.GetValues("Strict-Transport-Security"), Is.EqualTo(new[] { oneYear }));
            Assert.That(refused.Message.Headers.GetValues("Strict-Transport-Security"), Is.EqualTo(new[] { oneYear }));
        });
    }

    [Test]
    public async Task A_renewed_certificate_is_shown_without_a_restart()
    {
        await using var server = await StartAsync();
        var before = await ShownAsync(server.Addresses[0]);

        var renewed = _certificate.Issue();

        Assert.That(before, Is.Not.EqualTo(renewed));
        await Eventually.IsAsync(renewed, () => ShownAsync(server.Addresses[0]));
    }

    [Test]
    public void In_the_middle_of_a_renewal_the_old_certificate_serves_on_and_it_is_said_once()
    {
        var (time, log) = (new FakeTimeProvider(TimeProvider.System.GetUtcNow()), new CollectedLog());
        var shown = new TlsCertificate(
            new TlsSettings(_certificate.CertificateFile, _certificate.KeyFile), time, LoggerFactory.Create(logs => logs.AddProvider(log)).CreateLogger<TlsCertificate>());
        shown.Load();
        var before = Serial();
        var (chain, key, renewed) = _certificate.Make();

        File.WriteAllText(_certificate.CertificateFile, chain);
        Assert.That(Serial(), Is.EqualTo(before), "The key is still the old one's.");
        File.Delete(_certificate.KeyFile);
        Assert.That(Serial(), Is.EqualTo(before), "There is none.");
        Assert.That(Serial(), Is.EqualTo(before));
        File.WriteAllText(_certificate.KeyFile, key);
        Assert.That(Serial(), Is.EqualTo(renewed));

        Assert.Multiple(() =>
        {
            Assert.That(log.Lines.Count(line => line.StartsWith("Warning The TLS certificate stays", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(log.Lines, Has.One.Contains("renewed"));
        });

        string Serial()
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return shown.Current.TargetCertificate.SerialNumber;
        }
    }

    [Test]
    public void A_certificate_that_has_run_out_is_warned_of()
    {
        var log = new CollectedLog();
        new TlsCertificate(
            new TlsSettings(_certificate.CertificateFile, _certificate.KeyFile),
            new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(60)),
            LoggerFactory.Create(logs => logs.AddProvider(log)).CreateLogger<TlsCertificate>()).Load();

        Assert.That(log.Lines, Has.One.StartsWith("Warning").And.One.Contains("which is not now"));
    }

    [Test]
    public async Task Links_that_come_to_lead_elsewhere_are_followed()
    {
        var (first, second) = (Directory.CreateDirectory(Path.Combine(_certificate.Folder, "1")), Directory.CreateDirectory(Path.Combine(_certificate.Folder, "2")));
        var renewed = WritePair(second);
        var old = WritePair(first);
        var live = Path.Combine(_certificate.Folder, "live");
        Directory.CreateSymbolicLink(live, first.FullName);
        await using var server = await StartAsync(("FaceId:Tls:Certificate", Path.Combine(live, "c.pem")), ("FaceId:Tls:Key", Path.Combine(live, "k.pem")));
        Assert.That(await ShownAsync(server.Addresses[0]), Is.EqualTo(old));

        Directory.Delete(live);
        Directory.CreateSymbolicLink(live, second.FullName);

        await Eventually.IsAsync(renewed, () => ShownAsync(server.Addresses[0]));

        string WritePair(DirectoryInfo folder)
        {
            var (chain, key, serial) = _certificate.Make();
            File.WriteAllText(Path.Combine(folder.FullName, "c.pem"), chain);
            File.WriteAllText(Path.Combine(folder.FullName, "k.pem"), key);
            return serial;
        }
    }

    [Test]
    public async Task A_program_that_came_unencrypted_is_refused_and_a_browser_sent_on()
    {
        await using var server = await StartAsync(("urls", "https://127.0.0.1:0;http://127.0.0.1:0"));
        var (secure, plain) = (server.Addresses.Single(address => address.Scheme == "https"), server.Addresses.Single(address => address.Scheme == "http"));
        using var program = Client(plain);
        using var browser = Client(plain);
        browser.Http.DefaultRequestHeaders.Accept.ParseAdd("text/html,*/*;q=0.8");

        (await program.TryLoginAsync(TestServer.AdminEmail)).ShouldBeProblem(HttpStatusCode.Forbidden, "https_required");
        (await program.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Forbidden, "https_required");
        (await browser.GetAsync("/API/v1/me")).ShouldBeProblem(HttpStatusCode.Forbidden, "https_required");
        (await program.GetAsync("/scalar/")).ShouldBeProblem(HttpStatusCode.Forbidden, "https_required");
        (await program.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        var redirect = (await browser.GetAsync("/scalar/?a=b")).ShouldBe(HttpStatusCode.PermanentRedirect);

        Assert.That(redirect.Message.Headers.Location, Is.EqualTo(new Uri(secure, "/scalar/?a=b")));
        using var over = Client(secure);
        await over.LoginAsync(TestServer.AdminEmail);
    }

    [Test]
    public async Task Ciphers_without_authentication_of_their_own_are_not_agreed_to()
    {
        await using var server = await StartAsync();

        Assert.That(await AgreedAsync(server.Addresses[0], TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), Is.True);
        Assert.That(await AgreedAsync(server.Addresses[0], TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256), Is.False);
    }

    [Test]
    public void Files_that_are_missing_or_wrong_stop_the_start_in_one_line()
    {
        var (_, otherKey, _) = _certificate.Make();
        var (clientChain, clientKey, _) = _certificate.Make(forServers: false);
        var (chain, key) = (File.ReadAllText(_certificate.CertificateFile), File.ReadAllText(_certificate.KeyFile));
        using var ecdsa = ECDsa.Create();
        var encrypted = ecdsa.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));

        Assert.Multiple(() =>
        {
            Refused("privkey.pem does not hold the private key", chain, otherKey);
            Refused("privkey.pem does not hold the private key", chain, "nonsense");
            Refused("privkey.pem is encrypted", chain, encrypted);
            Refused("fullchain.pem holds no certificate", key, key);
            Refused("fullchain.pem holds no certificate", "", key);
            Refused("fullchain.pem holds a damaged certificate", chain.Replace("MII", "AAA", StringComparison.Ordinal), key);
            Refused("is not one for servers", clientChain, clientKey);
            Refused("fullchain.pem cannot be read", null, key);
            Refused("privkey.pem cannot be read", chain, null);
        });

        void Refused(string why, string? certificate, string? privateKey)
        {
            Put(_certificate.CertificateFile, certificate);
            Put(_certificate.KeyFile, privateKey);
            var refusal = Assert.ThrowsAsync<StartupException>(async () => await StartAsync());
            Assert.That(refusal?.Message, Does.StartWith("FaceId:Tls").And.Contain(why).And.Not.Contain("\n"));
        }

        static void Put(string path, string? text)
        {
            File.Delete(path);
            if (text is not null)
            {
                File.WriteAllText(path, text);
            }
        }
    }

    [TestCase("https://127.0.0.1:0", "FaceId:Tls:Certificate", null, null)]
    [TestCase("https://127.0.0.1:0", "needs both", "cert.pem", null)]
    [TestCase("http://127.0.0.1:0", "no address in ASPNETCORE_URLS begins with https://", "cert.pem", "key.pem")]
    public void Settings_that_do_not_fit_together_stop_the_start(string urls, string why, string? certificate, string? key) => Assert.That(
        async () => await StartAsync(("urls", urls), ("FaceId:Tls:Certificate", certificate ?? ""), ("FaceId:Tls:Key", key ?? "")),
        Throws.TypeOf<StartupException>().With.Message.Contain(why));

    private Task<TestServer> StartAsync(params (string Key, string Value)[] settings) => TestServer.StartAsync(
        TestDatabase.ConnectionString,
        [
            ("urls", "https://127.0.0.1:0"),
            ("FaceId:Tls:Certificate", _certificate.CertificateFile),
            ("FaceId:Tls:Key", _certificate.KeyFile),
            .. settings,
        ]);

    [SuppressMessage("Reliability", "CA2000", Justification = "The client owns its handler.")]
    private Api Client(Uri address) => new(new HttpClient(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        SslOptions = { CertificateChainPolicy = Trust() },
    })
    {
        BaseAddress = address,
    });

    private X509ChainPolicy Trust() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { _certificate.Root },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>The serial number of the certificate that a new connection is shown.</summary>
    private async Task<string> ShownAsync(Uri address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host, CertificateChainPolicy = Trust() });
        return ((X509Certificate2)tls.RemoteCertificate!).SerialNumber;
    }

    private async Task<bool> AgreedAsync(Uri address, TlsCipherSuite suite)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = address.Host,
                CertificateChainPolicy = Trust(),
                EnabledSslProtocols = SslProtocols.Tls12,
#pragma warning disable CA1416 // The tests run on Linux.
                CipherSuitesPolicy = new CipherSuitesPolicy([suite]),
#pragma warning restore CA1416
            });
            return tls.NegotiatedCipherSuite == suite;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return false;
        }
    }
}
