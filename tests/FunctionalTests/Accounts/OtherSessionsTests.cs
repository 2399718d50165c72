using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>Who changes how they sign in ends their other sessions, unless they say that those are theirs (ASVS 5.0, 7.4.3, 7.5.2).</summary>
public sealed class OtherSessionsTests : ServerTests
{
    [TestCase("enable")]
    [TestCase("disable")]
    [TestCase("email")]
    public async Task A_change_of_a_factor_or_of_the_address_ends_the_other_sessions(string change)
    {
        using var phone = await PersonAsync();
        using var laptop = await SecondSessionAsync(phone, change);

        await ChangeAsync(phone, change, body => body);

        (await laptop.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await phone.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("enable")]
    [TestCase("disable")]
    [TestCase("email")]
    public async Task Who_knows_their_other_sessions_may_keep_them(string change)
    {
        using var phone = await PersonAsync();
        using var laptop = await SecondSessionAsync(phone, change);

        await ChangeAsync(phone, change, body => { body["endOtherSessions"] = false; return body; });

        (await laptop.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await phone.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("sign-in")]
    [TestCase("step-up")]
    public async Task A_recovery_code_always_ends_the_other_sessions(string use)
    {
        using var phone = await PersonAsync();
        var app = await phone.SetUpMfaAsync();
        using var laptop = await Anonymous().ContinueAsync(
            (await phone.CompleteSignInAsync(await phone.TryLoginAsync("ada@example.com"), "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK));

        if (use == "sign-in")
        {
            (await Anonymous().CompleteSignInAsync(await phone.TryLoginAsync("ada@example.com"), "recovery", app.RecoveryCodes[0])).ShouldBe(HttpStatusCode.OK);
            (await phone.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        }
        else
        {
            (await phone.PostAsync("/api/v1/auth/step-up", new { method = "recovery", code = app.RecoveryCodes[0] })).ShouldBe(HttpStatusCode.OK);
            (await phone.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        }

        (await laptop.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Test]
    public async Task Ending_other_sessions_and_adding_a_factor_need_a_fresh_proof()
    {
        using var phone = await PersonAsync();
        using var laptop = await Anonymous().LoginAsync("ada@example.com");
        await ExecuteAsync("UPDATE sessions SET proven_at = now() - interval '601 seconds' WHERE user_id = $1", phone.UserId);
        var other = await ScalarAsync<Guid>("SELECT id FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1", phone.UserId);
        await Eventually.IsAsync(HttpStatusCode.Forbidden, async () => (await phone.DeleteAsync("/api/v1/me/sessions")).Status);

        (await phone.DeleteAsync("/api/v1/me/sessions")).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
        (await phone.DeleteAsync($"/api/v1/me/sessions/{other}")).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
        (await phone.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
        (await phone.PostAsync("/api/v1/me/mfa/enable", new { code = "123456" })).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
        (await phone.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
        (await laptop.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        (await phone.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password })).ShouldBe(HttpStatusCode.OK);
        (await phone.DeleteAsync($"/api/v1/me/sessions/{other}")).ShouldBe(HttpStatusCode.NoContent);
        (await laptop.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Test]
    public async Task An_administrator_who_changes_an_address_ends_the_sessions_of_its_owner()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();

        (await admin.PatchAsync($"/api/v1/users/{ada.UserId}", new { email = "king@example.com" })).ShouldBe(HttpStatusCode.OK);

        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private static async Task<Api> SecondSessionAsync(Api phone, string change)
    {
        if (change != "disable")
        {
            return await Anonymous().LoginAsync("ada@example.com");
        }

        var app = await phone.SetUpMfaAsync();
        return await Anonymous().ContinueAsync(
            (await phone.CompleteSignInAsync(await phone.TryLoginAsync("ada@example.com"), "totp", app.NextCode())).ShouldBe(HttpStatusCode.OK));
    }

    private static async Task ChangeAsync(Api phone, string change, Func<Dictionary<string, object>, Dictionary<string, object>> with)
    {
        switch (change)
        {
            case "enable":
                var setup = (await phone.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBe(HttpStatusCode.OK);
                var code = new AuthenticatorApp(setup["secret"].GetString()!).NextCode();
                (await phone.PostAsync("/api/v1/me/mfa/enable", with(new() { ["code"] = code }))).ShouldBe(HttpStatusCode.OK);
                break;
            case "disable":
                (await phone.PostAsync("/api/v1/me/mfa/disable", with([]))).ShouldBe(HttpStatusCode.NoContent);
                break;
            default:
                (await phone.PatchAsync("/api/v1/me", with(new() { ["email"] = "king@example.com" }))).ShouldBe(HttpStatusCode.OK);
                await phone.VerifyEmailAsync("king@example.com");
                break;
        }
    }
}
