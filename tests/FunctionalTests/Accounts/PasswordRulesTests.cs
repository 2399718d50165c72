using System.Net;
using System.Text;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>The rules for passwords as people meet them, at every door that takes a new one.</summary>
public sealed class PasswordRulesTests : ServerTests
{
    private const string Common = "iloveyou1234";

    [Test]
    public async Task A_password_of_128_characters_of_four_bytes_registers_and_signs_in()
    {
        var password = string.Concat(Enumerable.Range(0, 128).Select(i => char.ConvertFromUtf32(0x1F600 + i % 64)));
        using var ada = Anonymous();
        (await ada.RegisterAsync("ada@example.com", password)).ShouldBe(HttpStatusCode.Accepted);

        (await ada.TryLoginAsync("ada@example.com", password)).ShouldBe(HttpStatusCode.OK);

        // All of it counts, far past the 72 bytes that bcrypt reads.
        var other = password[..^2] + "🙃";
        Assert.That(Encoding.UTF8.GetByteCount(password), Is.EqualTo(512));
        (await ada.TryLoginAsync("ada@example.com", other)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await ada.RegisterAsync("eve@example.com", password + "🙃")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Test]
    public async Task A_password_of_years_ago_still_signs_in()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        using var ada = server.Anonymous();
        (await ada.RegisterAsync("ada@example.com")).ShouldBe(HttpStatusCode.Accepted);

        time.Advance(TimeSpan.FromDays(800));

        (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_common_password_is_refused_at_every_door_that_takes_one()
    {
        using var ada = await PersonAsync();
        (await ada.PostAsync("/api/v1/auth/forgot-password", new { email = "ada@example.com" })).ShouldBe(HttpStatusCode.Accepted);
        var token = await Mailbox.TokenAsync("ada@example.com");
        using var admin = await AdminAsync();

        Assert.Multiple(async () =>
        {
            ShouldBeTooCommon(await Anonymous().RegisterAsync("eve@example.com", Common), "password");
            ShouldBeTooCommon(await ada.PostAsync("/api/v1/me/password", new { currentPassword = Api.Password, newPassword = Common }), "newPassword");
            ShouldBeTooCommon(await ada.PostAsync("/api/v1/auth/reset-password", new { token, password = Common }), "password");
            ShouldBeTooCommon(await admin.PostAsync("/api/v1/users", new { email = "eve@example.com", name = "Eve", password = Common }), "password");
        });

        // Nothing was used up by the refusals.
        (await ada.PostAsync("/api/v1/auth/reset-password", new { token, password = "a new horse battery" })).ShouldBe(HttpStatusCode.NoContent);
    }

    [TestCase("ada.lovelace2026!")]
    [TestCase("Lovelace2026!!")]
    [TestCase("faceid2026!!!")]
    public async Task What_others_know_of_a_person_makes_no_password(string password)
    {
        using var ada = Anonymous();

        (await ada.RegisterAsync("ada.lovelace@example.com", password)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    private static void ShouldBeTooCommon(Answer answer, string field) =>
        Assert.That(answer.ShouldBeProblem(HttpStatusCode.BadRequest, "validation")["errors"].GetProperty(field)[0].GetString(), Does.Contain("attackers try first"));
}
