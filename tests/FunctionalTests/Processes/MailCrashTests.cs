using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Users.Mail;
using Hangfire;
using Microsoft.Extensions.DependencyInjection;
using SmtpServer.Protocol;

namespace FaceId.FunctionalTests.Processes;

/// <summary>Mails of the program as an operator runs it: encrypted, with a password, and killed in the middle.</summary>
public sealed class MailCrashTests
{
    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-mail-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_mail_whose_sender_is_killed_in_the_middle_is_sent_by_the_next_start_as_the_same_message()
    {
        using var certificate = SmtpListener.SelfSigned();
        var trusted = Path.Combine(_folder, "trusted.pem");
        await File.WriteAllTextAsync(trusted, certificate.ExportCertificatePem());
        await using var smtp = SmtpListener.Open(certificate, askPassword: true);
        (string, string)[] settings =
        [
            ("SSL_CERT_FILE", trusted),
            ("FACEID_SMTP_URL", $"smtp://{SmtpListener.User}:{Uri.EscapeDataString(SmtpListener.Password)}@localhost:{smtp.Port}?starttls=required"),
            ("FACEID_MAIL_FROM", "FaceId <faceid@mail.example>"),
        ];
        var arrived = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var killed = new TaskCompletionSource<SmtpResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        smtp.OnMessage = message => arrived.TrySetResult(message.MessageId!) ? killed.Task : Task.FromResult(SmtpResponse.Ok);

        using (var server = await FaceIdProcess.Start(_folder, [], settings).ReadyAsync())
        {
            await using (var beside = await MailBench.BesideAsync(Path.Combine(_folder, "data")))
            {
                await beside.QueueAsync(MailBench.ResetMail());
                await beside.InScopeAsync(services => Task.FromResult(services.GetRequiredService<IBackgroundJobClient>()
                    .Enqueue<MailDelivery>(delivery => delivery.SendDueAsync(CancellationToken.None))));
                await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30));
            }

            await server.CrashAsync();
            killed.SetResult(new SmtpResponse(SmtpReplyCode.Aborted));
            Assert.That(smtp.Messages, Is.Empty);
        }

        using (var server = await FaceIdProcess.Start(_folder, [], settings).ReadyAsync())
        {
            await Eventually.IsAsync(1, () => Task.FromResult(smtp.Messages.Count));
            await server.InterruptAsync();
            Assert.That(server.ExitCode, Is.Zero);
            Assert.That(server.Output + server.Errors, Does.Not.Contain("ada@").And.Not.Contain("t0ken").And.Not.Contain(SmtpListener.Password));
        }

        Assert.That(smtp.Messages.Single().MessageId, Is.EqualTo(await arrived.Task));
    }

    [Test]
    public async Task A_wrong_mail_server_stops_the_start_in_one_line_without_the_password()
    {
        using var server = await FaceIdProcess.RunAsync(_folder, [], ("FACEID_SMTP_URL", "smtp://user:s3cret/x@host:587"));

        Assert.Multiple(() =>
        {
            Assert.That(server.ExitCode, Is.EqualTo(1));
            Assert.That(server.Errors.Trim().Split('\n')[^1], Does.StartWith("faceid: FACEID_SMTP_URL: "));
            Assert.That(server.Errors + server.Output, Does.Not.Contain("s3cret").And.Not.Contain("   at "));
        });
    }

    [Test]
    public async Task Mails_that_would_cross_a_network_in_the_clear_are_warned_of_at_the_start_and_nothing_else_is()
    {
        using var server = await FaceIdProcess
            .Start(_folder, [], ("FACEID_SMTP_URL", "smtp://mail.invalid?starttls=off"), ("FACEID_MAIL_FROM", "FaceId <faceid@mail.example>")).ReadyAsync();
        await server.InterruptAsync();

        var warnings = server.Output.Split('\n').Where(line => line.Contains(" warn: ", StringComparison.Ordinal)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(server.Output, Does.Contain("Mails go to mail.invalid without encryption"));
            Assert.That(warnings, Has.Count.EqualTo(1), server.Output);
            Assert.That(warnings, Has.All.Contain("OpenConnections"));
        });
    }
}
