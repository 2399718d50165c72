using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class SecondFactorTests : ServerTests
{
    [Test]
    public async Task An_authenticator_app_counts_once_a_code_has_confirmed_it()
    {
        using var ada = await PersonAsync();
        var setup = (await ada.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That(setup["otpauthUri"].GetString(), Does.StartWith("otpauth://totp/FaceId:").And.Contain(setup["secret"].GetString()));
            Assert.That(setup["qrSvg"].GetString(), Does.StartWith("<svg"));
        });
        Assert.That((await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK).Body, Does.Contain("accessToken"), "Not confirmed yet.");
        (await ada.PostAsync("/api/v1/me/mfa/enable", new { code = "000000" })).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");

        var app = new AuthenticatorApp(setup["secret"].GetString()!);
        var enabled = (await ada.PostAsync("/api/v1/me/mfa/enable", new { code = app.NextCode() })).ShouldBe(HttpStatusCode.OK);

        Assert.That(enabled["recoveryCodes"].EnumerateArray().Select(code => code.GetString()).Distinct().Count(), Is.EqualTo(10));
        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        Assert.That(login["methods"].EnumerateArray().Select(method => method.GetString()), Is.EqualTo(new[] { "totp", "recovery" }));
        using var again = await Anonymous().ContinueAsync((await ada.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK));
        Assert.That((await again.GetAsync("/api/v1/me"))["mfaEnabled"].GetBoolean());
    }

    [Test]
    public async Task The_secret_and_the_recovery_codes_are_not_in_the_database()
    {
        using var ada = await PersonAsync();
        var setup = (await ada.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBe(HttpStatusCode.OK);
        var app = new AuthenticatorApp(setup["secret"].GetString()!);
        await ada.PostAsync("/api/v1/me/mfa/enable", new { code = app.NextCode() });

        Assert.That(await ScalarAsync<string>("SELECT mfa_secret FROM users WHERE id = $1", ada.UserId), Does.StartWith("sealed:").And.Not.Contain(setup["secret"].GetString()));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recovery_codes WHERE length(code_hash) = 32"), Is.EqualTo(10));
    }

    [Test]
    public async Task A_plain_secret_that_another_program_wrote_works()
    {
        const string secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
        using var ada = await PersonAsync();
        await ExecuteAsync("UPDATE users SET mfa_enabled = true, mfa_secret = $2 WHERE id = $1", ada.UserId, secret);

        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);

        (await ada.CompleteSignInAsync(login, "totp", new AuthenticatorApp(secret).CodeAt(0))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_code_is_good_once_and_of_many_who_send_it_at_the_same_time_one_gets_in()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        var logins = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.TryLoginAsync("ada@example.com")));
        var code = app.NextCode();

        var answers = await Task.WhenAll(logins.Select(login => ada.CompleteSignInAsync(login, "totp", code)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
        (await ada.CompleteSignInAsync((await ada.TryLoginAsync("ada@example.com")), "totp", code)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [TestCase(-3)]
    [TestCase(3)]
    public async Task A_code_of_another_time_is_refused(int steps)
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        var login = await ada.TryLoginAsync("ada@example.com");

        (await ada.CompleteSignInAsync(login, "totp", app.CodeAt(steps))).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [Test]
    public async Task A_recovery_code_signs_in_once_however_it_is_typed_and_of_many_at_the_same_time_one_gets_in()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        var typed = app.RecoveryCodes[0].ToLowerInvariant().Replace('-', ' ');
        var logins = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.TryLoginAsync("ada@example.com")));

        var answers = await Task.WhenAll(logins.Select(login => ada.CompleteSignInAsync(login, "recovery", typed)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recovery_codes"), Is.EqualTo(9));
        (await ada.CompleteSignInAsync(await ada.TryLoginAsync("ada@example.com"), "recovery", app.RecoveryCodes[1])).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task New_recovery_codes_replace_the_old_ones()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();

        (await ada.PostAsync("/api/v1/me/mfa/recovery-codes", new { })).ShouldBe(HttpStatusCode.OK);

        (await ada.CompleteSignInAsync(await ada.TryLoginAsync("ada@example.com"), "recovery", app.RecoveryCodes[0]))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [Test]
    public async Task A_sign_in_is_completed_once()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        var login = await ada.TryLoginAsync("ada@example.com");
        (await ada.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK);

        (await ada.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Test]
    public async Task Guessing_codes_is_slowed_down()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        var login = await ada.TryLoginAsync("ada@example.com");
        for (var i = 0; i < 5; i++)
        {
            (await ada.CompleteSignInAsync(login, "totp", "000000")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");
        }

        var answer = await ada.CompleteSignInAsync(login, "totp", app.NextCode());

        answer.ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.That(answer.Message.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public async Task Switching_it_off_needs_a_fresh_proof_with_it()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        await ExecuteAsync("UPDATE sessions SET second_factor_at = now() - interval '11 minutes' WHERE user_id = $1", ada.UserId);
        await AssertProofNeededAsync();

        (await ada.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password })).ShouldBe(HttpStatusCode.OK);
        await AssertProofNeededAsync();
        (await ada.PostAsync("/api/v1/auth/step-up", new { method = "totp", code = app.NextCode() })).ShouldBe(HttpStatusCode.OK);

        (await ada.PostAsync("/api/v1/me/mfa/disable", new { })).ShouldBe(HttpStatusCode.NoContent);
        Assert.That((await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK).Body, Does.Contain("accessToken"));

        async Task AssertProofNeededAsync() => await Eventually.IsAsync(
            (HttpStatusCode.Forbidden, true),
            async () => await ada.PostAsync("/api/v1/me/mfa/disable", new { }) is var answer ? (answer.Status, answer.Body.Contains("proof_required", StringComparison.Ordinal)) : default);
    }

    [Test]
    public async Task An_administrators_reset_forces_a_new_set_up_before_anything_else()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        await ada.SetUpMfaAsync();

        (await admin.DeleteAsync($"/api/v1/users/{ada.UserId}/mfa")).ShouldBe(HttpStatusCode.NoContent);

        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await ada.LoginAsync("ada@example.com");
        (await ada.GetAsync("/api/v1/me/faces")).ShouldBeProblem(HttpStatusCode.Forbidden, "mfa_setup_required");
        (await ada.PatchAsync("/api/v1/me", new { email = "eve@example.com" })).ShouldBeProblem(HttpStatusCode.Forbidden, "mfa_setup_required");
        await ada.SetUpMfaAsync();
        (await ada.GetAsync("/api/v1/me/faces")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Where_a_mailed_token_is_asked_for_the_password_alone_sets_up_no_second_factor_after_a_reset()
    {
        await using var strict = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Accounts:MailedTokenAfterMfaReset", "true"));
        using var admin = await strict.Anonymous().ContinueAsync(TestRun.AdminToken);
        using var _ = await PersonAsync();
        using var __ = await PersonAsync("eve@example.com");
        using var ada = await strict.Anonymous().LoginAsync("ada@example.com");
        using var eve = await strict.Anonymous().LoginAsync("eve@example.com");
        foreach (var person in (Api[])[ada, eve])
        {
            await person.SetUpMfaAsync();
            (await admin.DeleteAsync($"/api/v1/users/{person.UserId}/mfa")).ShouldBe(HttpStatusCode.NoContent);
        }

        var token = await Mailbox.CodeAsync("ada@example.com", "Your second factor was removed");
        var anothers = await Mailbox.CodeAsync("eve@example.com", "Your second factor was removed");
        await ada.LoginAsync("ada@example.com");
        var app = new AuthenticatorApp((await ada.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBe(HttpStatusCode.OK)["secret"].GetString()!);
        var code = app.NextCode();

        (await ada.PostAsync("/api/v1/me/mfa/enable", new { code })).ShouldBeProblem(HttpStatusCode.Forbidden, "mailed_token_required");
        (await ada.PostAsync("/api/v1/me/mfa/enable", new { code, mailedToken = anothers })).ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await ada.PostAsync("/api/v1/me/mfa/enable", new { code = "000000", mailedToken = token })).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await ada.PostAsync("/api/v1/auth/verify-email", new { token })).ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");

        // The administrator sends another; the first is good no longer.
        (await admin.DeleteAsync($"/api/v1/users/{ada.UserId}/mfa")).ShouldBe(HttpStatusCode.NoContent);
        var second = await Mailbox.CodeAsync("ada@example.com", "Your second factor was removed", except: token);
        await ada.LoginAsync("ada@example.com");
        app = new AuthenticatorApp((await ada.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBe(HttpStatusCode.OK)["secret"].GetString()!);
        code = app.NextCode();
        (await ada.PostAsync("/api/v1/me/mfa/enable", new { code, mailedToken = token })).ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await ada.PostAsync("/api/v1/me/mfa/enable", new { code, mailedToken = second })).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM one_time_tokens WHERE user_id = $1", ada.UserId), Is.Zero, "Used up.");
    }

    [TestCase("0", -1, false)]
    [TestCase("0", 0, true)]
    [TestCase("1", -1, true)]
    public async Task The_window_for_codes_is_a_setting(string window, int step, bool accepted)
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:TotpWindow", window));
        using var _ = await PersonAsync();
        using var ada = await server.Anonymous().LoginAsync("ada@example.com");
        var app = new AuthenticatorApp((await ada.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBe(HttpStatusCode.OK)["secret"].GetString()!);
        await AuthenticatorApp.EarlyInAStepAsync();

        (await ada.PostAsync("/api/v1/me/mfa/enable", new { code = app.CodeAt(step) })).ShouldBe(accepted ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
    }

    [TestCase("2")]
    [TestCase("wide")]
    public void A_window_that_is_too_wide_stops_the_start(string window) =>
        Assert.That(
            () => TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:TotpWindow", window)),
            Throws.InstanceOf<FaceId.Infrastructure.Configuration.StartupException>().With.Message.Contains("0 or 1"));

    [TestCase("staff", "operator", true)]
    [TestCase("staff", "admin", true)]
    [TestCase("staff", "user", false)]
    [TestCase("all", "user", true)]
    [TestCase("off", "admin", false)]
    public async Task Whoever_must_have_a_second_factor_can_do_nothing_but_set_one_up(string rule, string role, bool must)
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:RequireMfa", rule));
        using var _ = await PersonAsync(role: role);
        using var ada = await server.Anonymous().LoginAsync("ada@example.com");

        var answer = await ada.GetAsync("/api/v1/me/faces");
        if (!must)
        {
            answer.ShouldBe(HttpStatusCode.OK);
            return;
        }

        answer.ShouldBeProblem(HttpStatusCode.Forbidden, "mfa_setup_required");
        await ada.SetUpMfaAsync();
        (await ada.GetAsync("/api/v1/me/faces")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public void A_rule_for_second_factors_that_there_is_not_stops_the_start() =>
        Assert.That(
            () => TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:RequireMfa", "sometimes")),
            Throws.InstanceOf<FaceId.Infrastructure.Configuration.StartupException>().With.Message.Contains("off, staff or all"));

    [Test]
    public async Task A_face_proves_nothing_alone_but_beside_a_password_it_does()
    {
        using var john = await PersonAsync("john@example.com");
        (await john.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        (await john.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ShouldBe(HttpStatusCode.Created);

        (await ProveAsync(Photos.JohnSalleyAgain, Api.Password)).ShouldBeProblem(HttpStatusCode.Conflict, "mfa_not_enabled");
        await john.SetUpMfaAsync();
        (await ProveAsync(Photos.JohnSalleyAgain, password: null)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await ProveAsync(Photos.JohnSimm, Api.Password)).ShouldBeProblem(HttpStatusCode.Unauthorized, "face_not_recognised");
        (await ProveAsync(Photos.JohnSalleyAgain, "not the password")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        var proven = (await ProveAsync(Photos.JohnSalleyAgain, Api.Password)).ShouldBe(HttpStatusCode.OK);
        Assert.That(proven["secondFactor"].GetBoolean(), Is.False);

        Task<Answer> ProveAsync(byte[] photo, string? password)
        {
            var form = new MultipartFormDataContent { { new StringContent("face"), "method" } };
            if (password is not null)
            {
                form.Add(new StringContent(password), "password");
            }

            form.Add(new ByteArrayContent(photo), "image", "photo.jpg");
            return Answer.OfAsync(john.Http.PostAsync(new Uri("/api/v1/auth/step-up", UriKind.Relative), form));
        }
    }
}
