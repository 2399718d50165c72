using System.Net;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Configuration;
using FaceId.Infrastructure.Users.Mail;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceId.FunctionalTests.Processes;

/// <summary>The master key is replaced beside a running server.</summary>
public sealed class KeyRotationTests
{
    /// <summary>Enough for a rotation to be caught in the middle.</summary>
    private const int Crowd = 20_000;

    // Nobody listens there, so that mails wait. Photos are kept, so that their keys are there to be sealed anew.
    private static readonly (string, string)[] Settings =
        [("FACEID_SMTP_URL", "smtp://127.0.0.1:1"), ("FACEID_MAIL_FROM", "FaceId <faceid@mail.example>"), ("FaceId__KeepImages", "original")];

    private string _folder = "";

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("faceid-keys-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_rotation_under_load_that_is_killed_halfway_and_run_again_leaves_everything_readable_by_the_new_key_alone()
    {
        var oldKey = "";
        string password, token;
        AuthenticatorApp app;
        int john, crowd;
        using (var server = await FaceIdProcess.Start(_folder, [], Settings).ReadyAsync())
        {
            password = await server.PrintedAsync("Password");
            using var admin = await server.Client().LoginAsync("admin@faceid.local", password);
            john = await admin.CreatePersonAsync();
            crowd = await admin.CreatePersonAsync("crowd@example.com");
            (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
            (await admin.EnrolAsync(crowd, Photos.JohnSimm)).ShouldBe(HttpStatusCode.Created);
            (await admin.RegisterAsync("eve@example.com")).ShouldBe(HttpStatusCode.Accepted);
            (await admin.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
            (await admin.EnrolAsync(admin.UserId, Photos.Portrait)).ShouldBe(HttpStatusCode.Created);
            app = await admin.SetUpMfaAsync();
            token = admin.Token;
            await BesideAsync(
                "INSERT INTO faces (user_id, encoding, model) SELECT user_id, encoding, model FROM faces, generate_series(2, $1) WHERE user_id = $2", Crowd, crowd);
            await Eventually.IsAsync(Crowd + 2, async () =>
                await admin.IdentifyAsync(Photos.JohnSimm) is { Status: HttpStatusCode.OK } found ? found["gallery.faces"].GetInt32() : 0);
            oldKey = (await File.ReadAllTextAsync(KeyFile)).Trim();

            using var stop = new CancellationTokenSource();
            var load = LoadAsync(admin, john, stop.Token);

            using (var first = FaceIdProcess.Start(_folder, ["keys", "rotate"], Settings))
            {
                await Eventually.IsAsync(true, () => Task.FromResult(first.Errors.Contains("face encodings: ", StringComparison.Ordinal)));
                await first.CrashAsync();
                Assert.That(first.Output + first.Errors, Does.Not.Contain(oldKey));
            }

            var halfway = await StatusAsync();
            Assert.That(halfway, Has.Some.Match("^face encodings .* in force").And.Some.Match("^face encodings .* old"), "stopped halfway");
            Assert.That((await admin.VerifyAsync(crowd, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean());

            using (var second = await FaceIdProcess.RunAsync(_folder, ["keys", "rotate"], Settings))
            {
                Assert.That(second.ExitCode, Is.Zero, second.Errors);
                Assert.That(second.Output, Does.StartWith("Going on"));
                Assert.That(second.Output + second.Errors, Does.Not.Contain(oldKey).And.Not.Contain((await File.ReadAllTextAsync(KeyFile)).Trim()));
            }

            await stop.CancelAsync();
            Assert.That(await load, Is.Positive, "the load did something");
            Assert.That(await StatusAsync(), Has.None.Match(" old "));
            Assert.That(server.Output + server.Errors, Does.Not.Contain(oldKey));
            await server.InterruptAsync();
        }

        Assert.That((await File.ReadAllTextAsync(KeyFile)).Trim(), Is.Not.EqualTo(oldKey));
        Assert.That((await File.ReadAllTextAsync(OldKeyFile)).Trim(), Is.EqualTo(oldKey));
        File.Delete(OldKeyFile);

        using (var server = await FaceIdProcess.Start(_folder, [], Settings).ReadyAsync())
        {
            using var before = await server.Client().ContinueAsync(token);
            Assert.That((await before.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean());
            Assert.That((await before.VerifyAsync(crowd, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean(), "all of them open");
            var export = (await before.GetAsync("/api/v1/me/export")).ShouldBe(HttpStatusCode.OK);
            Assert.That(export["faces.0.image"].GetBytesFromBase64(), Is.EqualTo(Photos.Portrait), "a kept photo opens");
            using var anew = server.Client();
            var login = (await anew.TryLoginAsync("admin@faceid.local", password)).ShouldBe(HttpStatusCode.OK);
            (await anew.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK);
            await using var bench = await MailBench.BesideAsync(Path.Combine(_folder, "data"));
            await bench.InScopeAsync(async services =>
            {
                var sealer = services.GetRequiredService<MailSealer>();
                var mails = (await bench.RowsAsync()).Where(mail => mail.ProtectedContent is not null).ToList();
                Assert.That(mails.Select(mail => sealer.Open(mail.ProtectedContent!, mail.DedupeKey).Recipient), Has.Some.EqualTo("eve@example.com"));
            });
            await server.InterruptAsync();
        }
    }

    private string KeyFile => Path.Combine(_folder, "data", MasterKey.FileName);

    private string OldKeyFile => Path.Combine(_folder, "data", MasterKeys.OldFileName);

    /// <summary>Enrols and verifies until it is stopped.</summary>
    private static async Task<int> LoadAsync(Api caller, int person, CancellationToken stop)
    {
        var rounds = 0;
        for (; !stop.IsCancellationRequested; rounds++)
        {
            var face = (await caller.EnrolAsync(person, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
            Assert.That((await caller.VerifyAsync(person, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean());
            if (rounds > 0)
            {
                (await caller.DeleteAsync(FormattableString.Invariant($"/api/v1/users/{person}/faces/{face}"))).ShouldBe(HttpStatusCode.NoContent);
            }
        }

        return rounds;
    }

    private async Task<IReadOnlyList<string>> StatusAsync()
    {
        using var status = await FaceIdProcess.RunAsync(_folder, ["keys", "status"], Settings);
        Assert.That(status.ExitCode, Is.Zero, status.Errors);
        return status.Output.Split('\n');
    }

    private async Task BesideAsync(string sql, params object[] values)
    {
        await using var bench = await MailBench.BesideAsync(Path.Combine(_folder, "data"));
        await bench.InScopeAsync(async services =>
        {
            await using var command = services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
            command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
            await command.ExecuteNonQueryAsync();
        });
    }
}
