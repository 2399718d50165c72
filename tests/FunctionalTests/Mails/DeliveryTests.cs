using System.Runtime.Versioning;
using FaceId.Application.Common;
using FaceId.Application.Users;
using FaceId.Domain.Users;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Persistence;
using FaceId.Infrastructure.Users.Mail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using SmtpServer.Protocol;

namespace FaceId.FunctionalTests.Mails;

/// <summary>From the use case's queue to the mail server, one run of the job at a time.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DeliveryTests
{
    private SmtpListener _smtp = null!;
    private MailBench _bench = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _smtp = SmtpListener.Open();
        _bench = await MailBench.StartAsync("mails", ("FACEID_SMTP_URL", _smtp.Url));
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _bench.DisposeAsync();
        await _smtp.DisposeAsync();
    }

    [Test]
    public async Task A_mail_arrives_once_as_text_and_HTML_and_leaves_no_content_behind()
    {
        await _bench.QueueAsync(MailBench.ResetMail());
        Assert.That((await _bench.RowAsync()).ProtectedContent, Is.Not.Null);

        await _bench.DeliverAsync();
        await _bench.DeliverAsync();

        var message = _smtp.Messages.Single();
        var row = await _bench.RowAsync();
        Assert.Multiple(() =>
        {
            Assert.That(_smtp.Recipients, Is.EqualTo(new[] { "ada@example.com" }));
            Assert.That(message.From.ToString(), Is.EqualTo("\"FaceId\" <faceid@mail.example>"));
            Assert.That(message.To.ToString(), Is.EqualTo("\"Ada Lovelace\" <ada@example.com>"));
            Assert.That(message.Subject, Is.EqualTo("Set a new password"));
            Assert.That(message.Date, Is.EqualTo(_bench.Time.GetUtcNow()));
            Assert.That(message.MessageId, Does.StartWith($"{row.Id}.").And.EndWith("@mail.example"));
            Assert.That(message.Headers["Auto-Submitted"], Is.EqualTo("auto-generated"));
            Assert.That(message.TextBody, Does.Contain("t0ken").And.Contain("24 November 2026, 12:00 UTC"));
            Assert.That(message.HtmlBody, Does.Contain("<a href=\"https://face.example/reset-password?token=t0ken\">"));
            Assert.That(row.SentAt, Is.EqualTo(_bench.Time.GetUtcNow()));
            Assert.That(row.Attempts, Is.EqualTo(1));
            Assert.That(row.ProtectedContent, Is.Null);
        });
    }

    [Test]
    public async Task While_the_server_is_down_mails_wait_longer_and_longer_and_then_arrive_once()
    {
        await _smtp.StopAsync();
        await _bench.QueueAsync(MailBench.ResetMail());

        await _bench.DeliverAsync();
        await _bench.DeliverAsync();
        var row = await _bench.RowAsync();
        Assert.Multiple(() =>
        {
            Assert.That(row.Attempts, Is.EqualTo(1), "Not due again yet.");
            Assert.That(row.LastError, Is.EqualTo("connection: ConnectionRefused"));
            Assert.That(row.NextAttemptAt, Is.EqualTo(_bench.Time.GetUtcNow().AddMinutes(1)));
        });

        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.DeliverAsync();
        Assert.That((await _bench.RowAsync()).NextAttemptAt, Is.EqualTo(_bench.Time.GetUtcNow().AddMinutes(2)));

        _smtp.Start();
        _bench.Time.Advance(TimeSpan.FromMinutes(2));
        await _bench.DeliverAsync();
        await _bench.DeliverAsync();

        Assert.That(_smtp.Messages, Has.Count.EqualTo(1));
        Assert.That(await _bench.RowAsync(), Has.Property("SentAt").Not.Null.And.Property("LastError").Null);
    }

    [Test]
    public async Task A_server_that_is_down_is_not_tried_for_every_mail_that_waits()
    {
        await _smtp.StopAsync();
        await _bench.QueueAsync(MailBench.ResetMail("a"), MailBench.ResetMail("b"), MailBench.ResetMail("c"));

        await _bench.DeliverAsync();

        Assert.That((await _bench.RowsAsync()).Select(row => row.Attempts), Is.EquivalentTo(new[] { 1, 0, 0 }));
    }

    [Test]
    public async Task After_three_days_a_mail_is_given_up_and_stays_to_be_seen()
    {
        await _smtp.StopAsync();
        await _bench.QueueAsync(MailBench.ResetMail());
        await _bench.DeliverAsync();

        _bench.Time.Advance(TimeSpan.FromDays(3));
        await _bench.DeliverAsync();
        _smtp.Start();
        _bench.Time.Advance(TimeSpan.FromDays(3));
        await _bench.DeliverAsync();

        Assert.That(await _bench.RowAsync(), Has.Property("FailedAt").Not.Null.And.Property("ProtectedContent").Null.And.Property("Kind").EqualTo(MailKind.ResetPassword));
        Assert.That(_smtp.Messages, Is.Empty);
    }

    [Test]
    public async Task Of_many_workers_at_once_one_sends()
    {
        var atTheServer = 0;
        _smtp.OnMessage = async _ =>
        {
            Interlocked.Increment(ref atTheServer);

            // While this one waits, the others look for mails.
            await Task.Delay(300);
            return SmtpResponse.Ok;
        };
        await _bench.QueueAsync(MailBench.ResetMail());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _bench.DeliverAsync()));

        Assert.That(atTheServer, Is.EqualTo(1));
        Assert.That((await _bench.RowAsync()).Attempts, Is.EqualTo(1));
    }

    [Test]
    public async Task Many_workers_share_many_mails()
    {
        await _bench.QueueAsync([.. Enumerable.Range(0, 40).Select(i => MailBench.ResetMail($"reset:{i}"))]);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => _bench.DeliverAsync()));

        Assert.That(_smtp.Messages.Select(message => message.MessageId).Distinct().Count(), Is.EqualTo(40));
        Assert.That(_smtp.Messages, Has.Count.EqualTo(40));
    }

    [Test]
    public async Task An_event_told_twice_has_one_mail_and_its_second_transaction_succeeds()
    {
        await _bench.QueueAsync(MailBench.ResetMail());
        await _bench.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<FaceIdDb>();
            db.Users.Add(Ada());
            services.GetRequiredService<IMailOutbox>().Queue(MailBench.ResetMail());

            Assert.That(await db.TrySaveUniqueAsync(default));
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _bench.QueueAsync(MailBench.ResetMail("another"))));

        await _bench.DeliverAsync();

        Assert.That(_smtp.Messages, Has.Count.EqualTo(2));
        await _bench.InScopeAsync(async services => Assert.That(await services.GetRequiredService<FaceIdDb>().Users.CountAsync(), Is.EqualTo(1)));
    }

    [Test]
    public async Task An_event_told_again_does_not_wait_for_its_mail_that_is_just_being_sent()
    {
        var sending = new TaskCompletionSource();
        var answer = new TaskCompletionSource<SmtpResponse>();
        _smtp.OnMessage = _ =>
        {
            sending.SetResult();
            return answer.Task;
        };
        await _bench.QueueAsync(MailBench.ResetMail());
        var delivery = _bench.DeliverAsync();
        try
        {
            await sending.Task;

            await _bench.QueueAsync(MailBench.ResetMail()).WaitAsync(TimeSpan.FromSeconds(10));

            Assert.That(delivery.IsCompleted, Is.False);
        }
        finally
        {
            answer.SetResult(SmtpResponse.Ok);
            await delivery;
        }
    }

    [Test]
    public async Task What_is_not_saved_is_not_sent()
    {
        await _bench.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<IFaceIdDb>();
            await using var transaction = await db.BeginTransactionAsync(default);
            services.GetRequiredService<IMailOutbox>().Queue(MailBench.ResetMail());
            await db.SaveChangesAsync(default);
        });
        await _bench.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<FaceIdDb>();
            db.Users.AddRange(Ada(), Ada());
            services.GetRequiredService<IMailOutbox>().Queue(MailBench.ResetMail());

            Assert.That(await db.TrySaveUniqueAsync(default), Is.False);
        });

        await _bench.DeliverAsync();

        Assert.That(await _bench.RowsAsync(), Is.Empty);
        Assert.That(_smtp.Messages, Is.Empty);
    }

    [Test]
    public async Task A_save_that_failed_keeps_its_mail_for_the_next()
    {
        await _bench.InScopeAsync(async services =>
        {
            var db = services.GetRequiredService<FaceIdDb>();
            db.Users.Add(Ada());
            await db.SaveChangesAsync(default);
            var again = Ada();
            db.Users.Add(again);
            services.GetRequiredService<IMailOutbox>().Queue(MailBench.ResetMail());
            Assert.That(async () => await db.SaveChangesAsync(default), Throws.InstanceOf<DbUpdateException>());

            db.Entry(again).State = EntityState.Detached;
            Assert.That(await db.TrySaveUniqueAsync(default));
        });

        Assert.That(await _bench.RowsAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_recipient_whom_the_server_does_not_know_is_given_up_at_once_and_holds_nobody_else_up()
    {
        _smtp.OnRecipient = to => to == "ada@example.com" ? new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "5.1.1 ada@example.com is unknown") : null;
        await _bench.QueueAsync(MailBench.ResetMail(), MailBench.ResetMail("other") with { Recipient = "bob@example.com" });

        await _bench.DeliverAsync();

        var rows = await _bench.RowsAsync();
        Assert.Multiple(() =>
        {
            Assert.That(rows[0].FailedAt, Is.Not.Null);
            Assert.That(rows[0].LastError, Is.EqualTo("SMTP 550, RecipientNotAccepted"), "Nothing of what the server said, which names people.");
            Assert.That(rows[0].ProtectedContent, Is.Null);
            Assert.That(rows[1].SentAt, Is.Not.Null);
        });
    }

    [TestCase(SmtpReplyCode.Unavailable, "4.2.0 come back later")]
    [TestCase(SmtpReplyCode.MailboxUnavailable, "5.7.1 relaying denied")]
    public async Task A_recipient_refused_for_now_or_by_a_mistake_in_the_settings_is_tried_again(SmtpReplyCode code, string text)
    {
        _smtp.OnRecipient = to => to == "ada@example.com" ? new SmtpResponse(code, text) : null;
        await _bench.QueueAsync(MailBench.ResetMail(), MailBench.ResetMail("other") with { Recipient = "bob@example.com" });
        await _bench.DeliverAsync();
        Assert.That(_smtp.Recipients, Is.EqualTo(new[] { "bob@example.com" }));

        _smtp.OnRecipient = _ => null;
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.DeliverAsync();

        Assert.That(_smtp.Recipients, Is.EqualTo(new[] { "bob@example.com", "ada@example.com" }));
    }

    [Test]
    public async Task A_message_that_is_sent_again_because_the_answer_was_lost_can_be_recognised()
    {
        var seen = new List<string>();
        _smtp.OnMessage = async message =>
        {
            seen.Add(message.MessageId!);
            if (seen.Count == 1)
            {
                // Taken, but the answer does not get through.
                return new SmtpResponse(SmtpReplyCode.Aborted);
            }

            await Task.Yield();
            return SmtpResponse.Ok;
        };
        await _bench.QueueAsync(MailBench.ResetMail());

        await _bench.DeliverAsync();
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.DeliverAsync();

        Assert.That(seen, Has.Count.EqualTo(2));
        Assert.That(seen[1], Is.EqualTo(seen[0]));
    }

    [Test]
    public async Task An_address_that_is_none_is_given_up_and_sends_nothing()
    {
        await _bench.QueueAsync(MailBench.ResetMail() with { Recipient = "a,b@example.com" });

        await _bench.DeliverAsync();

        Assert.That(await _bench.RowAsync(), Has.Property("FailedAt").Not.Null);
        Assert.That(_smtp.Messages, Is.Empty);
    }

    [Test]
    public async Task Nothing_can_be_smuggled_into_the_conversation()
    {
        await _bench.QueueAsync(MailBench.ResetMail() with { RecipientName = "Ada\r\n.\r\nMAIL FROM:<x@example.com>\r\nBcc: victim@example.com" });

        await _bench.DeliverAsync();

        var message = _smtp.Messages.Single();
        Assert.Multiple(() =>
        {
            Assert.That(_smtp.Recipients, Is.EqualTo(new[] { "ada@example.com" }));
            Assert.That(message.Headers.Select(header => header.Field), Has.None.EqualTo("Bcc"));
            Assert.That(message.To.Mailboxes.Single().Address, Is.EqualTo("ada@example.com"));
        });
    }

    [Test]
    public async Task The_row_shows_nothing_of_the_mail()
    {
        await _bench.QueueAsync(MailBench.ResetMail());

        await _bench.InScopeAsync(async services =>
        {
            var text = await services.GetRequiredService<FaceIdDb>().Database
                .SqlQuery<string>($"SELECT outgoing_mails::text || encode(protected_content, 'escape') AS \"Value\" FROM outgoing_mails").SingleAsync();
            Assert.That(text, Does.Contain("reset_password").And.Not.Contain("t0ken").And.Not.Contain("ada@example").And.Not.Contain("Lovelace"));
        });
    }

    [Test]
    public async Task A_server_whose_certificate_nobody_vouches_for_gets_nothing()
    {
        using var certificate = SmtpListener.SelfSigned();
        await using var impostor = SmtpListener.Open(certificate, askPassword: true);
        await using var bench = await MailBench.StartAsync(
            "mails_tls", ("FACEID_SMTP_URL", $"smtp://{SmtpListener.User}:{Uri.EscapeDataString(SmtpListener.Password)}@localhost:{impostor.Port}"));
        await bench.QueueAsync(MailBench.ResetMail());

        await bench.DeliverAsync();

        Assert.That((await bench.RowAsync()).LastError, Does.StartWith("TLS: "));
        Assert.That(impostor.Messages, Is.Empty);
    }

    [Test]
    public async Task A_server_without_encryption_gets_nothing_when_it_is_required()
    {
        await using var bench = await MailBench.StartAsync("mails_tls", ("FACEID_SMTP_URL", $"smtp://127.0.0.1:{_smtp.Port}?starttls=required"));
        await bench.QueueAsync(MailBench.ResetMail());

        await bench.DeliverAsync();

        Assert.That((await bench.RowAsync()).LastError, Does.Contain("STARTTLS"));
        Assert.That(_smtp.Messages, Is.Empty);
    }

    [Test]
    public async Task Without_a_server_mails_are_files_that_only_their_owner_reads()
    {
        await using var bench = await MailBench.StartAsync("mails_folder");
        await bench.QueueAsync(MailBench.ResetMail(), MailBench.ResetMail("other") with { Recipient = "bob@example.com" });

        await bench.DeliverAsync();

        var folder = Path.Combine(bench.DataFolder, FolderTransport.FolderName);
        var files = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ToList();
        var first = await MimeMessage.LoadAsync(files[0]);
        var rows = await bench.RowsAsync();
        Assert.Multiple(() =>
        {
            Assert.That(files.Select(Path.GetFileName), Is.EqualTo(rows.Select(row => $"20261124T120000Z-{row.Id}.eml")), "No drafts among them.");
            Assert.That(first.To.Mailboxes.Single().Address, Is.EqualTo("ada@example.com"));
            Assert.That(first.TextBody, Does.Contain("t0ken"));
            Assert.That(first.HtmlBody, Does.Contain("t0ken"));
            Assert.That(File.GetUnixFileMode(folder), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
            Assert.That(files.Select(File.GetUnixFileMode), Has.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(rows.Select(row => row.ProtectedContent), Has.All.Null);
        });
    }

    [Test]
    public async Task A_folder_that_cannot_be_written_to_loses_nothing()
    {
        await using var bench = await MailBench.StartAsync("mails_folder");
        var folder = Path.Combine(bench.DataFolder, FolderTransport.FolderName);
        await File.WriteAllTextAsync(folder, "in the way");
        await bench.QueueAsync(MailBench.ResetMail());
        await bench.DeliverAsync();
        Assert.That((await bench.RowAsync()).LastError, Does.StartWith("outbox folder: "));

        File.Delete(folder);
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        await bench.DeliverAsync();

        Assert.That(Directory.GetFiles(folder), Has.Length.EqualTo(1));
    }

    private static User Ada() =>
        User.Create(Email.Parse("ada@example.com").Value, PersonName.Parse("Ada").Value, "", Role.User, isVerified: true, DateTimeOffset.UnixEpoch);
}
