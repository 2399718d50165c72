using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class LoginTests : ServerTests
{
    [Test]
    public async Task A_registered_person_signs_in_and_sees_their_own_account()
    {
        using var ada = Anonymous();
        (await ada.RegisterAsync("Ada@Example.com")).ShouldBe(HttpStatusCode.Accepted);
        await ada.VerifyEmailAsync("ada@example.com");

        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        ada.Use(login["accessToken"].GetString()!);
        var me = (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(login["tokenType"].GetString(), Is.EqualTo("Bearer"));
            Assert.That(login["expiresIn"].GetInt32(), Is.EqualTo(900));
            Assert.That(me["email"].GetString(), Is.EqualTo("ada@example.com"));
            Assert.That(me["role"].GetString(), Is.EqualTo("user"));
            Assert.That(me.Body, Does.Not.Contain("assword"));
        });
    }

    [Test]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        using var ada = await PersonAsync();

        var wrong = (await ada.TryLoginAsync("ada@example.com", "not the password")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        var unknown = (await ada.TryLoginAsync("nobody@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        Assert.That(WithoutTrace(unknown), Is.EqualTo(WithoutTrace(wrong)));
    }

    [Test]
    public async Task A_deactivated_account_cannot_sign_in_and_its_token_ends_at_once()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();

        (await admin.PatchAsync($"/api/v1/users/{ada.UserId}", new { isActive = false })).ShouldBe(HttpStatusCode.OK);

        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await ada.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Test]
    public async Task A_change_of_role_ends_sessions_and_counts_from_the_next_sign_in()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        (await ada.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");

        (await admin.PatchAsync($"/api/v1/users/{ada.UserId}", new { role = "operator" })).ShouldBe(HttpStatusCode.OK);

        (await ada.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await ada.LoginAsync("ada@example.com");
        (await ada.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_account_with_a_second_factor_is_not_let_in_by_its_password_alone()
    {
        using var ada = await PersonAsync();
        await ExecuteAsync("UPDATE users SET mfa_enabled = true WHERE email = 'ada@example.com'");

        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(login["mfaRequired"].GetBoolean());
            Assert.That(login["mfaToken"].GetString(), Is.Not.Empty);
            Assert.That(login.Body, Does.Not.Contain("accessToken").And.Not.Contain("refreshToken"));
        });
    }

    [TestCase("")]
    [TestCase("Bearer")]
    [TestCase("Bearer not.a.token")]
    [TestCase("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiIxIiwiaXNzIjoiZmFjZWlkIiwiYXVkIjoiZmFjZWlkIiwiZXhwIjo0MTAyNDQ0ODAwfQ.", Description = "Signed by nobody.")]
    public async Task No_token_of_somebody_elses_making_is_accepted(string header)
    {
        using var nobody = Anonymous();
        nobody.Http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", header);

        (await nobody.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Test]
    public async Task A_row_that_another_program_wrote_with_capitals_signs_in()
    {
        using var ada = await PersonAsync();
        await ExecuteAsync("UPDATE users SET email = 'ADA@Example.com' WHERE email = 'ada@example.com'");

        (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        (await ada.RegisterAsync("ada@example.com")).ShouldBe(HttpStatusCode.Accepted);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE lower(email) = 'ada@example.com'"), Is.EqualTo(1));
    }

    private static string WithoutTrace(Answer answer) =>
        System.Text.RegularExpressions.Regex.Replace(answer.Body, "\"traceId\":\"[^\"]*\"", "");
}
