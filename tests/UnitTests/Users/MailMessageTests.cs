using System.Security.Cryptography;
using System.Text;
using FaceId.Domain.Users;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Users.Mail;
using FaceId.UnitTests.Configuration;
using MimeKit;

namespace FaceId.UnitTests.Users;

/// <summary>What is stored of a mail, and what travels.</summary>
public sealed class MailMessageTests
{
    private readonly MailContent _content = new("ada@example.com", "Ada Lovelace", "Set a new password", "the token", "<p>the token</p>");

    private TemporaryFolder _folder = null!;
    private MasterKeys _key = null!;
    private MailSealer _sealer = null!;

    [SetUp]
    public void SetUp()
    {
        _folder = new TemporaryFolder();
        _key = MasterKeys.LoadOrCreate(new FaceIdSettings { DataFolder = _folder.Path, ModelsFolder = "unused" });
        _sealer = new MailSealer(_key);
    }

    [TearDown]
    public void TearDown()
    {
        _sealer.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }

    [Test]
    public void Sealed_content_opens_in_its_own_row_only_and_shows_nothing()
    {
        var stored = _sealer.Seal(_content, "mine");

        Assert.Multiple(() =>
        {
            Assert.That(_sealer.Open(stored, "mine"), Is.EqualTo(_content));
            Assert.That(() => _sealer.Open(stored, "another"), Throws.InstanceOf<CryptographicException>());
            Assert.That(() => _sealer.Open([.. stored[..^1], (byte)(stored[^1] ^ 1)], "mine"), Throws.InstanceOf<CryptographicException>());
            Assert.That(() => _sealer.Open([], "mine"), Throws.InstanceOf<CryptographicException>());
            Assert.That(Encoding.UTF8.GetString(stored), Does.Not.Contain("ada").And.Not.Contain("token"));
            Assert.That(_sealer.Seal(_content, "mine"), Is.Not.EqualTo(stored));
        });
    }

    [Test]
    public void A_message_has_text_and_HTML_and_the_headers_of_a_mail_that_nobody_wrote()
    {
        var message = Compose(_content);

        Assert.Multiple(() =>
        {
            Assert.That(message.From.ToString(), Is.EqualTo("\"FaceId\" <faceid@mail.example>"));
            Assert.That(message.To.ToString(), Is.EqualTo("\"Ada Lovelace\" <ada@example.com>"));
            Assert.That(message.Subject, Is.EqualTo("Set a new password"));
            Assert.That(message.TextBody, Is.EqualTo("the token"));
            Assert.That(message.HtmlBody, Is.EqualTo("<p>the token</p>"));
            Assert.That(message.Body!.ContentType.MimeType, Is.EqualTo("multipart/alternative"));
            Assert.That(message.Headers["Auto-Submitted"], Is.EqualTo("auto-generated"));
            Assert.That(message.MessageId, Does.EndWith("@mail.example"));
            Assert.That(Compose(_content).MessageId, Is.EqualTo(message.MessageId), "A second attempt is the same message.");
        });
    }

    [TestCase("Ada\r\nBcc: victim@example.com\r\n\r\nBuy this")]
    [TestCase("Ada\nBcc: victim@example.com")]
    [TestCase("Ada\" <victim@example.com>, \"x")]
    [TestCase("Ada <victim@example.com>,")]
    [TestCase("Ада Лавлейс, \u0000 \\\" ;:")]
    public void A_name_stays_a_name(string name)
    {
        var sent = Travel(Compose(_content with { RecipientName = name }));

        Assert.Multiple(() =>
        {
            Assert.That(sent.To.Mailboxes.Single().Address, Is.EqualTo("ada@example.com"));
            Assert.That(sent.Bcc, Is.Empty);
            Assert.That(sent.Headers.Select(header => header.Field), Has.None.EqualTo("Bcc"));
            Assert.That(sent.TextBody, Does.StartWith("the token"));
        });
    }

    [TestCase("ada@example.com\r\nBcc: victim@example.com")]
    [TestCase("a,victim@example.com")]
    [TestCase("<victim@example.com")]
    [TestCase("victim@example.com>")]
    [TestCase("ada(x)@example.com")]
    [TestCase("ada:x;@example.com")]
    [TestCase("")]
    [TestCase("nobody")]
    public void An_address_that_mail_reads_differently_gets_none(string address) =>
        Assert.That(() => Compose(_content with { Recipient = address }), Throws.TypeOf<MailRefusedException>());

    [TestCase("ada.lovelace+faceid@example.com")]
    [TestCase("o'hara@example.com")]
    [TestCase("дана@example.com")]
    [TestCase("ada@bücher.example")]
    public void An_unusual_address_gets_its_mail(string address) =>
        Assert.That(Compose(_content with { Recipient = address }).To.Mailboxes.Single().Address, Is.EqualTo(address));

    private MimeMessage Compose(MailContent content)
    {
        var settings = new MailSettings(Smtp: null, new MailboxAddress("FaceId", "faceid@mail.example"));
        return new MailComposer(settings, _key).Compose(OutgoingMail.Create(MailKind.ResetPassword, "key", 7, [], DateTimeOffset.UnixEpoch), content);
    }

    private static MimeMessage Travel(MimeMessage message)
    {
        using var stream = new MemoryStream();
        message.WriteTo(stream);
        stream.Position = 0;
        return MimeMessage.Load(stream);
    }
}
