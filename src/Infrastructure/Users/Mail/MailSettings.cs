using System.Diagnostics.CodeAnalysis;
using System.Net;
using FaceId.Infrastructure.Configuration;
using MailKit.Security;
using Microsoft.Extensions.Configuration;
using MimeKit;

namespace FaceId.Infrastructure.Users.Mail;

/// <summary>How mails leave: by an SMTP server, or as files where none is named.</summary>
/// <param name="Smtp">Null for files.</param>
internal sealed record MailSettings(SmtpServer? Smtp, MailboxAddress From)
{
    private const string UrlVariable = "FACEID_SMTP_URL";
    private const string FromVariable = "FACEID_MAIL_FROM";
    private const string Shape = "smtp://user:password@host:587 or smtps://user:password@host:465";
    private const int SubmissionPort = 587;
    private const int TlsPort = 465;

    private static readonly MailboxAddress DefaultFrom = new("FaceId", "faceid@localhost");

    /// <summary>
    /// Reads <c>FACEID_SMTP_URL</c> and <c>FACEID_MAIL_FROM</c>, which win, or <c>SmtpUrl</c> and <c>MailFrom</c> of the section
    /// <c>FaceId</c>. The sender may also be given as the parameter <c>from</c> of the URL.
    /// </summary>
    /// <exception cref="StartupException">Something is missing or wrong; the message holds nothing of the URL but names.</exception>
    public static MailSettings Load(IConfiguration configuration)
    {
        var from = Value(FromVariable, "MailFrom");
        var given = from is null ? null : ParseFrom(from, FromVariable);
        if (Value(UrlVariable, "SmtpUrl") is not { } url)
        {
            return new MailSettings(Smtp: null, given ?? DefaultFrom);
        }

        var (server, fromUrl) = ParseUrl(url);
        return new MailSettings(server, given ?? fromUrl ?? FromUser(server));

        string? Value(string variable, string key)
        {
            var value = configuration[variable];
            value = string.IsNullOrWhiteSpace(value) ? configuration[$"FaceId:{key}"] : value;
            return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
        }
    }

    private static (SmtpServer Server, MailboxAddress? From) ParseUrl(string text)
    {
        // Uri forgives much; whatever its parts are after a slip in the quoting, they may be parts of the password.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
            throw Wrong($"it is not a URL with a host. Write {Shape}; inside the user or password write %40 for @, %2F for /, %23 for #, %3F for ?, %25 for %.");
        if (url.Scheme is not ("smtp" or "smtps"))
            throw Wrong($"its scheme is neither smtp nor smtps. Write {Shape}.");
        if (url.AbsolutePath is not ("" or "/") || url.Fragment.Length > 0)
            throw Wrong("something follows the host that does not belong there. Inside the user or password write %2F for / and %23 for #.");

        var tls = url.Scheme == "smtps";
        string? startTls = null;
        MailboxAddress? from = null;
        foreach (var part in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=');
            var value = equals < 0 ? "" : Uri.UnescapeDataString(part[(equals + 1)..]);
            switch (equals < 0 ? part : part[..equals])
            {
                case "starttls":
                    startTls = value;
                    break;
                case "from":
                    from = ParseFrom(value, $"{UrlVariable}: from");
                    break;
                default:
                    throw Wrong("it has an unknown parameter; there are starttls and from. Inside the user or password write %3F for ?.");
            }
        }

        var colon = url.UserInfo.IndexOf(':');
        var user = Uri.UnescapeDataString(colon < 0 ? url.UserInfo : url.UserInfo[..colon]);
        var password = colon < 0 ? "" : Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]);
        if (user.Length == 0 != (password.Length == 0))
            throw Wrong($"user and password come together or not at all. Write {Shape}.");

        var host = url.IdnHost.Trim('[', ']');
        var security = Security(tls, startTls, Loopback.Is(host), hasPassword: password.Length > 0);
        var port = url.Port > 0 ? url.Port : tls ? TlsPort : SubmissionPort;
        return (new SmtpServer(host, port, security, user.Length == 0 ? null : new NetworkCredential(user, password)), from);
    }

    private static SecureSocketOptions Security(bool tls, string? startTls, bool thisMachine, bool hasPassword) => (tls, startTls) switch
    {
        (true, null) => SecureSocketOptions.SslOnConnect,
        (true, _) => throw Wrong("starttls belongs to smtp, not to smtps, which is encrypted from the beginning."),
        (_, "required") => SecureSocketOptions.StartTls,
        (_, "off") => SecureSocketOptions.None,
        (_, "auto") when hasPassword && !thisMachine =>
            throw Wrong("starttls=auto could give the password away to whoever takes the encryption out; write starttls=required."),
        (_, "auto") => SecureSocketOptions.StartTlsWhenAvailable,
        (_, null) => thisMachine ? SecureSocketOptions.StartTlsWhenAvailable : SecureSocketOptions.StartTls,
        _ => throw Wrong("starttls is required, auto or off."),
    };

    private static MailboxAddress FromUser(SmtpServer server) =>
        server.Credential is { UserName: var user } && user.Contains('@') && TryParseFrom(user, out var from)
            ? from
            : throw new StartupException($"{FromVariable} is missing: the address that mails come from, such as FaceId <faceid@example.com>.");

    private static MailboxAddress ParseFrom(string text, string source) => TryParseFrom(text, out var from)
        ? from
        : throw new StartupException($"{source}: it is not one mail address. Write faceid@example.com or FaceId <faceid@example.com>.");

    private static bool TryParseFrom(string text, [NotNullWhen(true)] out MailboxAddress? from) =>
        MailboxAddress.TryParse(text, out from) && from.Address.Contains('@') && !text.Any(char.IsControl);

    private static StartupException Wrong(string what) => new($"{UrlVariable}: {what}");
}

/// <param name="Credential">Null for a server that asks for none.</param>
internal sealed record SmtpServer(string Host, int Port, SecureSocketOptions Security, NetworkCredential? Credential)
{
    /// <summary>Whether mails may travel to another machine in the clear.</summary>
    public bool IsOpenToTheNetwork => Security is SecureSocketOptions.None or SecureSocketOptions.StartTlsWhenAvailable && !Loopback.Is(Host);

    /// <summary>A record prints its members by itself.</summary>
    public override string ToString() => $"{Host}:{Port}";
}
