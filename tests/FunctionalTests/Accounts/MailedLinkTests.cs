using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class MailedLinkTests : ServerTests
{
    [Test]
    public async Task An_unverified_person_can_only_verify_themselves()
    {
        using var ada = Anonymous();
        await ada.RegisterAsync("ada@example.com");
        await ada.LoginAsync("ada@example.com");
        (await ada.GetAsync("/api/v1/me/faces")).ShouldBeProblem(HttpStatusCode.Forbidden, "email_unverified");

        await ada.VerifyEmailAsync("ada@example.com");

        (await ada.GetAsync("/api/v1/me/faces")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await ada.GetAsync("/api/v1/me"))["isVerified"].GetBoolean());
    }

    [Test]
    public async Task A_token_verifies_once_and_not_after_its_time()
    {
        using var ada = Anonymous();
        await ada.RegisterAsync("ada@example.com");
        var token = await Mailbox.TokenAsync("ada@example.com");
        await ada.RegisterAsync("late@example.com");
        var late = await Mailbox.TokenAsync("late@example.com");
        await ExecuteAsync("UPDATE one_time_tokens SET expires_at = now() WHERE user_id = (SELECT id FROM users WHERE email = 'late@example.com')");

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.PostAsync("/api/v1/auth/verify-email", new { token })));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.NoContent), Is.EqualTo(1));
        foreach (var bad in (string?[])[token, late, "made-up", "", null, new string('x', 10_000)])
        {
            (await ada.PostAsync("/api/v1/auth/verify-email", new { token = bad })).ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        }
    }

    [Test]
    public async Task A_token_for_one_purpose_is_good_for_no_other()
    {
        using var ada = Anonymous();
        await ada.RegisterAsync("ada@example.com");
        var verification = await Mailbox.TokenAsync("ada@example.com");

        (await ada.PostAsync("/api/v1/auth/reset-password", new { token = verification, password = "a new horse battery" }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await ada.PostAsync("/api/v1/auth/mfa", new { mfaToken = verification, method = "totp", code = "123456" }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Test]
    public async Task The_mail_can_be_asked_for_again_but_not_without_end()
    {
        using var ada = Anonymous();
        await ada.RegisterAsync("ada@example.com");

        for (var i = 0; i < 8; i++)
        {
            (await ada.PostAsync("/api/v1/auth/resend-verification", new { email = "ada@example.com" })).ShouldBe(HttpStatusCode.Accepted);
        }

        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM one_time_tokens"), Is.EqualTo(5));
        await ada.VerifyEmailAsync("ada@example.com");
    }

    [Test]
    public async Task Answers_do_not_tell_whether_an_address_has_an_account()
    {
        using var ada = await PersonAsync();
        using var stranger = Anonymous();

        foreach (var door in (string[])["forgot-password", "resend-verification"])
        {
            var known = (await stranger.PostAsync($"/api/v1/auth/{door}", new { email = "ada@example.com" })).ShouldBe(HttpStatusCode.Accepted);
            var unknown = (await stranger.PostAsync($"/api/v1/auth/{door}", new { email = "nobody@example.com" })).ShouldBe(HttpStatusCode.Accepted);
            Assert.That(known.Body, Is.EqualTo(unknown.Body));
        }
    }

    [Test]
    public async Task A_forgotten_password_is_replaced_by_mail_once_and_all_sessions_end_and_the_second_factor_stays()
    {
        using var ada = await PersonAsync();
        var app = await ada.SetUpMfaAsync();
        await ada.PostAsync("/api/v1/auth/forgot-password", new { email = "ADA@example.com" });
        var token = await Mailbox.TokenAsync("ada@example.com");
        (await ada.PostAsync("/api/v1/auth/reset-password", new { token, password = "short" })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        var answers = await Task.WhenAll(
            ada.PostAsync("/api/v1/auth/reset-password", new { token, password = "a new horse battery" }),
            ada.PostAsync("/api/v1/auth/reset-password", new { token, password = "a new horse battery" }));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.NoContent), Is.EqualTo(1));
        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await ada.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        var login = (await ada.TryLoginAsync("ada@example.com", "a new horse battery")).ShouldBe(HttpStatusCode.OK);
        Assert.That(login["mfaRequired"].GetBoolean());
        (await ada.CompleteSignInAsync(login, "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_new_address_counts_once_it_is_proved_and_needs_a_fresh_proof_to_ask_for()
    {
        using var ada = await PersonAsync();
        await ExecuteAsync("UPDATE sessions SET proven_at = now() - interval '11 minutes' WHERE user_id = $1", ada.UserId);
        await Eventually.IsAsync(HttpStatusCode.Forbidden, async () => (await ada.PatchAsync("/api/v1/me", new { email = "king@example.com" })).Status);
        (await ada.PatchAsync("/api/v1/me", new { name = "Ada King" })).ShouldBe(HttpStatusCode.OK);
        (await ada.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password })).ShouldBe(HttpStatusCode.OK);

        var asked = (await ada.PatchAsync("/api/v1/me", new { email = "king@example.com" })).ShouldBe(HttpStatusCode.OK);
        Assert.That(asked["email"].GetString(), Is.EqualTo("ada@example.com"));
        await ada.VerifyEmailAsync("king@example.com");

        Assert.That((await ada.GetAsync("/api/v1/me"))["email"].GetString(), Is.EqualTo("king@example.com"));
        (await ada.TryLoginAsync("king@example.com")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_account_made_by_an_operator_gets_the_mail_unless_they_vouch_for_the_address()
    {
        using var admin = await AdminAsync();
        await admin.PostAsync("/api/v1/users", new { email = "john@example.com", name = "John", password = Api.Password });
        using var john = await Anonymous().LoginAsync("john@example.com");
        await john.ChoosePasswordAsync(Api.Password, "a new horse battery");
        (await john.GetAsync("/api/v1/me/faces")).ShouldBeProblem(HttpStatusCode.Forbidden, "email_unverified");

        await john.VerifyEmailAsync("john@example.com");

        (await john.GetAsync("/api/v1/me/faces")).ShouldBe(HttpStatusCode.OK);
    }
}
