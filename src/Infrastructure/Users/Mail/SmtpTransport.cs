using System.Net.Sockets;
using FaceId.Domain.Users;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using AuthenticationException = MailKit.Security.AuthenticationException;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>
/// Sends by an SMTP server, over one connection for all mails of a run. Certificates are checked, but for revocation: that would
/// need a way from here to the authority's lists.
/// </summary>
internal sealed class SmtpTransport(SmtpServer server) : IMailTransport, IAsyncDisposable
{
    private const int NetworkTimeoutMs = 60_000;

    /// <summary>For connecting, and again for sending.</summary>
    private static readonly TimeSpan StepTimeout = TimeSpan.FromMinutes(2);

    private readonly SmtpClient _client = new() { Timeout = NetworkTimeoutMs, CheckCertificateRevocation = false };

    public async Task SendAsync(OutgoingMail mail, MimeMessage message, CancellationToken stopping)
    {
        var connected = false;
        try
        {
            await ConnectAsync(stopping);
            connected = true;
            using var timeout = new CancellationTokenSource(StepTimeout);
            await _client.SendAsync(message, timeout.Token);
        }
        catch (OperationCanceledException) when (!connected && stopping.IsCancellationRequested)
        {
            throw;
        }
        catch (NotSupportedException) when (connected)
        {
            throw new MailRefusedException("SMTP: the server cannot send to such an address (SMTPUTF8)");
        }
        catch (SmtpCommandException exception)
        {
            var reason = $"SMTP {(int)exception.StatusCode}, {exception.ErrorCode}";
            throw IsRefusedForGood(exception)
                ? new MailRefusedException(reason)
                : new MailPostponedException(reason, concernsAll: exception.ErrorCode is SmtpErrorCode.SenderNotAccepted or SmtpErrorCode.UnexpectedStatusCode);
        }
        catch (Exception exception) when (Explain(exception) is { } reason)
        {
            throw new MailPostponedException(reason, concernsAll: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_client.IsConnected)
            {
                await _client.DisconnectAsync(quit: true);
            }
        }
        catch (Exception exception) when (Explain(exception) is not null)
        {
            // The mails are sent; how the conversation ends changes nothing.
        }
        finally
        {
            _client.Dispose();
        }
    }

    /// <summary>
    /// The server does not know the recipient. Not so when it says that it does not let us send to others (5.7.x, RFC 3463): that
    /// is a mistake in its settings or ours, which somebody will mend.
    /// </summary>
    private static bool IsRefusedForGood(SmtpCommandException exception) =>
        exception.ErrorCode == SmtpErrorCode.RecipientNotAccepted
        && (int)exception.StatusCode is 550 or 551 or 553 or 554
        && !exception.Message.Contains("5.7.", StringComparison.Ordinal);

    /// <summary>What went wrong, without the server's words, which may repeat addresses; null for what is no failure of sending.</summary>
    private static string? Explain(Exception exception) => exception switch
    {
        SocketException socket => $"connection: {socket.SocketErrorCode}",
        SslHandshakeException or System.Security.Authentication.AuthenticationException => "TLS: the server's certificate or protocol is not accepted",
        AuthenticationException or SaslException => "SMTP: user or password refused",
        OperationCanceledException or TimeoutException => "timeout",
        NotSupportedException => "SMTP: the server offers no STARTTLS, or no way to sign in",
        IOException or ProtocolException or ServiceNotConnectedException or ServiceNotAuthenticatedException => "connection: broken off",
        _ => null,
    };

    private async Task ConnectAsync(CancellationToken stopping)
    {
        if (_client.IsConnected)
        {
            return;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        timeout.CancelAfter(StepTimeout);
        await _client.ConnectAsync(server.Host, server.Port, server.Security, timeout.Token);
        if (server.Credential is { } credential)
        {
            await _client.AuthenticateAsync(credential, timeout.Token);
        }
    }
}
