using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using FaceId.Application.Common;
using FaceId.Application.Users;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceId.FunctionalTests.Mails;

/// <summary>The running server, whose jobs send the mails by themselves.</summary>
public sealed class MailServerTests
{
    private string _url = "";
    private SmtpListener _smtp = null!;
    private TestServer? _server;

    [SetUp]
    public async Task SetUpAsync()
    {
        _url = await TestDatabase.CreateEmptyAsync("mail_server");
        _smtp = SmtpListener.Open();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _smtp.DisposeAsync();
        await TestDatabase.DropAsync("mail_server");
    }

    [Test]
    public async Task Mails_leave_when_their_transaction_commits_and_not_before()
    {
        _server = await StartAsync();
        await using (var scope = _server.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<IFaceIdDb>();
            await using var transaction = await db.BeginTransactionAsync(default);
            scope.ServiceProvider.GetRequiredService<IMailOutbox>().Queue(MailBench.ResetMail("in a transaction"));
            await db.SaveChangesAsync(default);
            Assert.That(_smtp.Messages, Is.Empty);
            await transaction.CommitAsync(default);
        }

        await ArrivedAsync(1);
        await MailBench.QueueAsync(_server.Services, MailBench.ResetMail("by a save alone"));
        await ArrivedAsync(2);
        await Eventually.IsAsync(0, UnsentAsync);
    }

    [Test]
    public async Task A_burst_of_mails_arrives_with_each_mail_once()
    {
        _server = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => MailBench.QueueAsync(_server.Services, MailBench.ResetMail($"burst:{i}"))));

        await ArrivedAsync(50);
        await Eventually.IsAsync(0, UnsentAsync);
        Assert.That(_smtp.Messages, Has.Count.EqualTo(50));
    }

    [Test]
    public async Task What_an_ended_server_left_behind_leaves_at_the_next_start()
    {
        await _smtp.StopAsync();
        _server = await StartAsync();
        await MailBench.QueueAsync(_server.Services, MailBench.ResetMail());
        await Eventually.IsAsync(1, AttemptsAsync);
        await _server.DisposeAsync();

        // As if the wait was over.
        await ExecuteAsync("UPDATE outgoing_mails SET next_attempt_at = created_at");
        _smtp.Start();
        _server = await StartAsync();

        await ArrivedAsync(1);
    }

    [Test]
    public async Task The_tables_of_the_jobs_show_nothing_of_a_mail_and_know_the_one_that_looks_for_mails_every_minute()
    {
        _smtp.OnRecipient = to => to == "bob@example.com" ? new(SmtpServer.Protocol.SmtpReplyCode.MailboxUnavailable, "bob@example.com is unknown") : null;
        _server = await StartAsync();
        await MailBench.QueueAsync(_server.Services, MailBench.ResetMail(), MailBench.ResetMail("other") with { Recipient = "bob@example.com" });
        await Eventually.IsAsync(0, UnsentAsync);
        await Eventually.IsAsync(true, async () => await CountAsync("SELECT count(*) FROM hangfire.state WHERE name = 'Succeeded'") > 0);

        var tables = await AllOfHangfireAsync();

        Assert.Multiple(() =>
        {
            Assert.That(tables, Does.Contain("MailDelivery").And.Contain("* * * * *"));
            Assert.That(tables, Does.Not.Contain("ada@").And.Not.Contain("bob@").And.Not.Contain("t0ken").And.Not.Contain("Lovelace"));
        });
        Assert.That(await CountAsync("SELECT count(*) FROM hangfire.job WHERE statename = 'Succeeded' AND expireat > now() + interval '11 minutes'"), Is.Zero, "Kept briefly.");
    }

    [Test]
    public async Task Two_servers_on_one_database_send_each_mail_once()
    {
        await using var other = await StartAsync();
        _server = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => MailBench.QueueAsync((i % 2 == 0 ? other : _server).Services, MailBench.ResetMail($"shared:{i}"))));

        await ArrivedAsync(40);
        await Eventually.IsAsync(0, UnsentAsync);
        Assert.That(_smtp.Messages.Select(message => message.MessageId).Distinct().Count(), Is.EqualTo(40));
    }

    [Test]
    public async Task A_mail_server_that_says_nothing_does_not_keep_this_one_from_stopping()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        _server = await TestServer.StartAsync(
            _url, ("FACEID_SMTP_URL", $"smtp://{silent.LocalEndpoint}?starttls=off"), ("FACEID_MAIL_FROM", "FaceId <faceid@mail.example>"));
        await MailBench.QueueAsync(_server.Services, MailBench.ResetMail());
        await Eventually.IsAsync(true, () => Task.FromResult(silent.Pending()));

        await _server.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.That(await AttemptsAsync(), Is.Zero);
        Assert.That(await UnsentAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_database_without_the_tables_of_the_jobs_is_complete_only_after_a_migration()
    {
        await using var bench = await MailBench.StartAsync("mail_schema");
        await bench.InScopeAsync(async services =>
        {
            var schema = services.GetRequiredService<SchemaMigrator>();
            var db = services.GetRequiredService<FaceIdDb>();
            Assert.That(await schema.IsCompleteAsync(default));

            await db.Database.ExecuteSqlAsync($"DROP SCHEMA hangfire CASCADE");
            Assert.That(await schema.IsCompleteAsync(default), Is.False);

            Assert.That(await schema.MigrateAsync(default), Is.Empty);
            Assert.That(await schema.IsCompleteAsync(default));

            await schema.RollbackAsync(to: "0", default);
            Assert.That(await db.Database.SqlQuery<bool>($"SELECT to_regnamespace('hangfire') IS NULL AS \"Value\"").SingleAsync());
        });
    }

    private Task<TestServer> StartAsync() =>
        TestServer.StartAsync(_url, ("FACEID_SMTP_URL", _smtp.Url), ("FACEID_MAIL_FROM", "FaceId <faceid@mail.example>"));

    private Task ArrivedAsync(int count) => Eventually.IsAsync(count, () => Task.FromResult(_smtp.Messages.Count));

    private async Task<int> UnsentAsync() =>
        (int)await CountAsync("SELECT count(*) FROM outgoing_mails WHERE sent_at IS NULL AND failed_at IS NULL");

    private async Task<int> AttemptsAsync() => (int)await CountAsync("SELECT sum(attempts) FROM outgoing_mails");

    private async Task<string> AllOfHangfireAsync()
    {
        var tables = JsonSerializer.Deserialize<string[]>(
            (string)await ScalarAsync("SELECT json_agg(table_name)::text FROM information_schema.tables WHERE table_schema = 'hangfire'"))!;
        Assert.That(tables, Has.Length.GreaterThan(8));
        var all = "";
        foreach (var table in tables)
        {
            all += await ScalarAsync($"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM hangfire.\"{table}\" t");
        }

        return all;
    }

    private async Task<long> CountAsync(string sql) => (long)await ScalarAsync(sql);

    private async Task<object> ScalarAsync(string sql)
    {
        // Not pooled: the database goes away with the test.
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_url) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync())!;
    }

    private Task ExecuteAsync(string sql) => ScalarAsync($"{sql} RETURNING 1");
}
