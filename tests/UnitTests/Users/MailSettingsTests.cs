using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Users.Mail;
using MailKit.Security;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Users;

public sealed class MailSettingsTests
{
    private const string From = "FaceId <faceid@example.com>";

    [Test]
    public void Without_a_server_mails_become_files()
    {
        var settings = Load(url: null, from: null);

        Assert.Multiple(() =>
        {
            Assert.That(settings.Smtp, Is.Null);
            Assert.That(settings.From.ToString(), Is.EqualTo("\"FaceId\" <faceid@localhost>"));
        });
    }

    [TestCase("smtp://mail.example", "mail.example", 587, SecureSocketOptions.StartTls)]
    [TestCase("smtps://mail.example", "mail.example", 465, SecureSocketOptions.SslOnConnect)]
    [TestCase("smtp://mail.example:2525/?starttls=off", "mail.example", 2525, SecureSocketOptions.None)]
    [TestCase("smtp://mail.example:25?starttls=auto", "mail.example", 25, SecureSocketOptions.StartTlsWhenAvailable)]
    [TestCase("SMTP://localhost:25", "localhost", 25, SecureSocketOptions.StartTlsWhenAvailable)]
    [TestCase("smtp://[::1]:25", "::1", 25, SecureSocketOptions.StartTlsWhenAvailable)]
    [TestCase("smtp://127.0.0.1:25?starttls=required", "127.0.0.1", 25, SecureSocketOptions.StartTls)]
    public void A_URL_names_host_port_and_encryption(string url, string host, int port, SecureSocketOptions security) =>
        Assert.That(Load(url, From).Smtp, Is.EqualTo(new SmtpServer(host, port, security, Credential: null)));

    [Test]
    public void User_and_password_may_hold_anything_when_escaped()
    {
        var credential = Load("smtps://ada%40example.com:p%40ss%2Fw%3Ard%23%3F%25@mail.example", from: null).Smtp!.Credential!;

        Assert.Multiple(() =>
        {
            Assert.That(credential.UserName, Is.EqualTo("ada@example.com"));
            Assert.That(credential.Password, Is.EqualTo("p@ss/w:rd#?%"));
        });
    }

    [Test]
    public void The_sender_is_the_variable_or_the_parameter_or_the_user() => Assert.Multiple(() =>
    {
        const string withBoth = "smtps://ada%40example.com:pw@mail.example?from=Parameter%20%3Cparameter%40example.com%3E";
        Assert.That(Load(withBoth, "Variable <variable@example.com>").From.ToString(), Is.EqualTo("\"Variable\" <variable@example.com>"));
        Assert.That(Load(withBoth, from: null).From.ToString(), Is.EqualTo("\"Parameter\" <parameter@example.com>"));
        Assert.That(Load("smtps://ada%40example.com:pw@mail.example", from: null).From.Address, Is.EqualTo("ada@example.com"));
        Assert.That(() => Load("smtps://ada:pw@mail.example", from: null), Throws.TypeOf<StartupException>().With.Message.StartsWith("FACEID_MAIL_FROM is missing"));
    });

    [TestCase("nobody")]
    [TestCase("a@example.com, b@example.com")]
    [TestCase("FaceId faceid@example.com")]
    [TestCase("FaceId <faceid@example.com>\r\nBcc: x@example.com")]
    public void A_sender_that_is_not_one_address_is_refused(string from) =>
        Assert.That(() => Load(url: null, from), Throws.TypeOf<StartupException>().With.Message.StartsWith("FACEID_MAIL_FROM: "));

    [TestCase("s3cret", "URL")]
    [TestCase("http://user:s3cret@host", "scheme")]
    [TestCase("smtp://user:s3cret/x@host:587", "%2F")]
    [TestCase("smtp://user:s3cret#x@host:587", "%23")]
    [TestCase("smtp://user:s3cret?x@host:587", "%3F")]
    [TestCase("smtp://user:s3cret@host:notaport", "URL")]
    [TestCase("smtp://user:s3cret@host:99999", "URL")]
    [TestCase("smtp://:s3cret@host", "user and password")]
    [TestCase("smtp://s3cret@host", "user and password")]
    [TestCase("smtp://user:s3cret@host?startls=off", "parameter")]
    [TestCase("smtp://user:s3cret@host?starttls=s3cret", "required, auto or off")]
    [TestCase("smtp://user:s3cret@host?starttls=auto", "required")]
    [TestCase("smtps://user:s3cret@host?starttls=off", "smtps")]
    [TestCase("smtp://user:s3cret@host?from=s3cret", "from")]
    public void A_wrong_URL_stops_the_start_with_one_line_that_shows_nothing_of_it(string url, string told) =>
        Assert.That(() => Load(url, From), Throws.TypeOf<StartupException>()
            .With.Message.StartsWith("FACEID_SMTP_URL: ").And.Message.Contains(told).And.Message.Not.Contains("s3cret"));

    [Test]
    public void Printing_the_settings_shows_no_password() =>
        Assert.That(Load("smtps://ada:s3cret@mail.example", From).ToString(), Does.Contain("mail.example").And.Not.Contain("s3cret"));

    private static MailSettings Load(string? url, string? from) => MailSettings.Load(new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["FACEID_SMTP_URL"] = url, ["FACEID_MAIL_FROM"] = from }).Build());
}
