using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Mail;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace FaceId.FunctionalTests.Support;

/// <summary>A mail server on this machine that keeps what it gets, and fails as it is told to.</summary>
internal sealed class SmtpListener : IAsyncDisposable
{
    public const string User = "faceid";
    public const string Password = "s3cret pass/word";

    private readonly X509Certificate2? _certificate;
    private readonly bool _askPassword;

    private SmtpServer.SmtpServer? _server;
    private Task _running = Task.CompletedTask;

    private SmtpListener(X509Certificate2? certificate, bool askPassword)
    {
        _certificate = certificate;
        _askPassword = askPassword;
        Port = FreePort();
    }

    public int Port { get; }

    public string Url => $"smtp://127.0.0.1:{Port}?starttls=off";

    /// <summary>What was accepted, in its order.</summary>
    public ConcurrentQueue<MimeMessage> Messages { get; } = new();

    /// <summary>To whom, in the envelope.</summary>
    public ConcurrentQueue<string> Recipients { get; } = new();

    /// <summary>What a recipient is answered; null for yes.</summary>
    public Func<string, SmtpResponse?> OnRecipient { get; set; } = _ => null;

    /// <summary>What a message is answered, once it is there whole; it counts as accepted when that is 250.</summary>
    public Func<MimeMessage, Task<SmtpResponse>> OnMessage { get; set; } = _ => Task.FromResult(SmtpResponse.Ok);

    /// <summary>A listener whose port is taken but closed: it begins with <see cref="Start"/>.</summary>
    public static SmtpListener Closed(X509Certificate2? certificate = null, bool askPassword = false) => new(certificate, askPassword);

    public static SmtpListener Open(X509Certificate2? certificate = null, bool askPassword = false)
    {
        var listener = Closed(certificate, askPassword);
        listener.Start();
        return listener;
    }

    [MemberNotNull(nameof(_server))]
    public void Start()
    {
        var options = new SmtpServerOptionsBuilder()
            .ServerName("mail.test")
            .Endpoint(endpoint =>
            {
                endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, Port)).AuthenticationRequired(_askPassword);
                if (_certificate is not null)
                {
                    endpoint.Certificate(_certificate);
                }
            })
            .Build();
        var services = new ServiceProvider();
        services.Add(new Store(this));
        services.Add(new Filter(this));
        services.Add(new DelegatingUserAuthenticator((user, password) => user == User && password == Password));
        _server = new SmtpServer.SmtpServer(options, services);
        _running = _server.StartAsync(CancellationToken.None);
    }

    public async Task StopAsync()
    {
        _server?.Shutdown();
        await _running;
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    /// <summary>A certificate for localhost that nobody vouches for but itself.</summary>
    public static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Store(SmtpListener owner) : MessageStore
    {
        public override async Task<SmtpResponse> SaveAsync(
            ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            var message = await MimeMessage.LoadAsync(new MemoryStream(buffer.ToArray()), cancellationToken);
            var answer = await owner.OnMessage(message);
            if (answer.ReplyCode == SmtpReplyCode.Ok)
            {
                owner.Messages.Enqueue(message);
                foreach (var recipient in transaction.To)
                {
                    owner.Recipients.Enqueue(recipient.AsAddress());
                }
            }

            return answer;
        }
    }

    private sealed class Filter(SmtpListener owner) : MailboxFilter
    {
        public override Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken) =>
            owner.OnRecipient(to.AsAddress()) is { } refusal ? throw new SmtpResponseException(refusal) : Task.FromResult(true);
    }
}
