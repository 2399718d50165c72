using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Postgres;
using FaceId.Infrastructure.Users.Mail;
using Microsoft.Extensions.Configuration;

namespace FaceId.UnitTests.Configuration;

public sealed class OpenConnectionsTests
{
    [TestCase("postgres://faceid:x@db.example/facedb", true)]
    [TestCase("postgres://faceid:x@db.example/facedb?sslmode=require", true, Description = "Encrypted, to whoever answers.")]
    [TestCase("postgres://faceid:x@db.example/facedb?sslmode=verify-ca", true)]
    [TestCase("postgres://faceid:x@db.example/facedb?sslmode=verify-full", false)]
    [TestCase("postgres://faceid:x@localhost/facedb", false)]
    [TestCase("postgres://faceid:x@127.0.0.1/facedb", false)]
    [TestCase("postgres://faceid:x@[::1]/facedb", false)]
    [TestCase("Host=localhost,db.example;Username=faceid;Database=facedb", true)]
    [TestCase("Host=/run/postgresql;Username=faceid;Database=facedb", false)]
    public void A_database_across_a_network_must_show_a_certificate_for_its_name(string url, bool isOpen) =>
        Assert.That(Database.IsOpen(DatabaseUrl.Parse(url)), Is.EqualTo(isOpen));

    [TestCase("smtp://mail.example?starttls=off", true)]
    [TestCase("smtp://mail.example?starttls=auto", true)]
    [TestCase("smtp://mail.example", false)]
    [TestCase("smtps://mail.example", false)]
    [TestCase("smtp://localhost", false)]
    [TestCase("smtp://127.0.0.1?starttls=off", false)]
    public void Mails_across_a_network_must_be_encrypted(string url, bool isOpen)
    {
        var settings = MailSettings.Load(new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["FACEID_SMTP_URL"] = url, ["FACEID_MAIL_FROM"] = "faceid@mail.example" }).Build());

        Assert.That(settings.Smtp!.IsOpenToTheNetwork, Is.EqualTo(isOpen));
    }
}
