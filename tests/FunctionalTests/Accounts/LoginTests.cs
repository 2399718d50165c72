using System.Net;
using FaceId.Application.Common;
using FaceId.Application.Users;
using FaceId.FunctionalTests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

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

    [Test]
    public async Task Spaces_at_the_ends_are_part_of_a_password_and_typing_accents_apart_is_not()
    {
        using var ada = Anonymous();
        (await ada.RegisterAsync("ada@example.com", "  trois cafés crème  ")).ShouldBe(HttpStatusCode.Accepted);

        (await ada.TryLoginAsync("ada@example.com", "trois cafés crème")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await ada.TryLoginAsync("ada@example.com", "  trois cafe\u0301s cre\u0300me  ")).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", Description = "Another program's.")]
    [TestCase("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U", Description = "As PHP names it.")]
    public async Task A_hash_of_a_lower_cost_is_renewed_at_sign_in_and_only_then(string hash, string password)
    {
        using var ada = Anonymous();
        await ada.RegisterAsync("ada@example.com");
        await ExecuteAsync("UPDATE users SET hashed_password = $1 WHERE email = 'ada@example.com'", hash);

        (await ada.TryLoginAsync("ada@example.com", "wrong")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        Assert.That(await StoredHashAsync(), Is.EqualTo(hash), "A wrong password changes nothing.");

        (await ada.TryLoginAsync("ada@example.com", password)).ShouldBe(HttpStatusCode.OK);
        var renewed = await StoredHashAsync();
        Assert.That(renewed, Does.Match(@"^\$2[ab]\$10\$"));

        (await ada.TryLoginAsync("ada@example.com", password)).ShouldBe(HttpStatusCode.OK);
        Assert.That(await StoredHashAsync(), Is.EqualTo(renewed), "Once is enough.");
    }

    [Test]
    public async Task When_the_cost_is_raised_the_next_sign_in_pays_it()
    {
        using var ada = Anonymous();
        await ada.RegisterAsync("ada@example.com");
        Assert.That(await StoredHashAsync(), Does.Contain("$10$"));
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Passwords:BcryptCost", "11"));
        using var later = server.Anonymous();

        (await later.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);

        Assert.That(await StoredHashAsync(), Does.Contain("$11$"));
        (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_password_that_was_changed_meanwhile_is_not_undone_by_a_renewal()
    {
        using var ada = Anonymous();
        await ada.RegisterAsync("ada@example.com");
        await ExecuteAsync("UPDATE users SET hashed_password = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW' WHERE email = 'ada@example.com'");
        await using var scope = TestRun.Server.Services.CreateAsyncScope();
        var verified = await scope.ServiceProvider.GetRequiredService<IFaceIdDb>().Users.AsNoTracking().SingleAsync(user => user.Email == "ada@example.com");
        await ExecuteAsync("UPDATE users SET hashed_password = 'changed' WHERE email = 'ada@example.com'");

        await scope.ServiceProvider.GetRequiredService<PasswordRenewal>().RenewAsync(verified, "U*U", CancellationToken.None);

        Assert.That(await StoredHashAsync(), Is.EqualTo("changed"));
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

    private static Task<string> StoredHashAsync() => ScalarAsync<string>("SELECT hashed_password FROM users WHERE email = 'ada@example.com'");

    private static string WithoutTrace(Answer answer) =>
        System.Text.RegularExpressions.Regex.Replace(answer.Body, "\"traceId\":\"[^\"]*\"", "");
}
