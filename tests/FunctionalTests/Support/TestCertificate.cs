using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace FaceId.FunctionalTests.Support;

/// <summary>An authority of our own that issues certificates for 127.0.0.1 through one in between, as real ones do.</summary>
internal sealed class TestCertificate : IDisposable
{
    private static readonly DateTimeOffset From = TimeProvider.System.GetUtcNow().AddDays(-1);
    private static readonly DateTimeOffset Until = From.AddDays(30);

    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _middleKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _middle;
    private byte _serial = 1;

    public TestCertificate()
    {
        Root = Authority("root", _rootKey).CreateSelfSigned(From, Until);
        using var middle = Authority("middle", _middleKey).Create(Root, From, Until, [_serial++]);
        _middle = middle.CopyWithPrivateKey(_middleKey);
        Folder = Directory.CreateTempSubdirectory("faceid-tls-").FullName;
    }

    /// <summary>All that a client knows of us.</summary>
    public X509Certificate2 Root { get; }

    public string Folder { get; }

    public string CertificateFile => Path.Combine(Folder, "fullchain.pem");

    public string KeyFile => Path.Combine(Folder, "privkey.pem");

    /// <summary>Writes a new certificate and its key, as a renewal does.</summary>
    /// <returns>Its serial number.</returns>
    public string Issue(bool forServers = true)
    {
        var (chain, key, serial) = Make(forServers);
        File.WriteAllText(CertificateFile, chain);
        File.WriteAllText(KeyFile, key);
        return serial;
    }

    public (string Chain, string Key, string Serial) Make(bool forServers = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=faceid", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(forServers ? "1.3.6.1.5.5.7.3.1" : "1.3.6.1.5.5.7.3.2")], critical: false));
        using var leaf = request.Create(_middle, From, Until, [_serial++]);
        return ($"{leaf.ExportCertificatePem()}\n{_middle.ExportCertificatePem()}\n", key.ExportPkcs8PrivateKeyPem(), leaf.SerialNumber);
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        _middle.Dispose();
        Root.Dispose();
        _middleKey.Dispose();
        _rootKey.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN=FaceId test {name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        return request;
    }
}
