using System.Net;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using FaceId.FunctionalTests.Support;
using FaceId.Infrastructure.Jobs;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>A password that somebody else chose is for choosing another, and soon (ASVS 5.0, 6.4.1, 6.4.6).</summary>
public sealed class GivenPasswordTests : ServerTests
{
    private const string Given = "three blue umbrellas";
    private static readonly (string, string) Setting = ("FaceId:Accounts:ReplaceGivenPasswords", "true");

    private TestServer _strict = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _strict = await TestServer.StartAsync(TestDatabase.ConnectionString, Setting);

    [OneTimeTearDown]
    public async Task StopAsync() => await _strict.DisposeAsync();

    [Test]
    public async Task Unless_the_setting_says_so_a_given_password_is_one_like_another()
    {
        using var admin = await AdminAsync();
        (await admin.PostAsync("/api/v1/users", new { email = "ada@example.com", name = "Ada Lovelace", password = Given, verified = true })).ShouldBe(HttpStatusCode.Created);

        using var ada = await Anonymous().LoginAsync("ada@example.com", Given);

        (await ada.GetAsync("/api/v1/me/faces")).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<bool>("SELECT password_expires_at IS NULL FROM users WHERE id = $1", ada.UserId));
    }

    [Test]
    public async Task A_given_password_does_nothing_but_let_its_owner_choose_another()
    {
        var id = await GiveAsync();
        using var ada = _strict.Anonymous();
        ada.Use((await ada.TryLoginAsync("ada@example.com", Given)).ShouldBe(HttpStatusCode.OK)["accessToken"].GetString()!);

        Assert.That((await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK)["id"].GetInt32(), Is.EqualTo(id));
        (await ada.GetAsync("/api/v1/me/faces")).ShouldBeProblem(HttpStatusCode.Forbidden, "password_change_required");
        (await ada.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Forbidden, "password_change_required");
        (await ada.PatchAsync("/api/v1/me", new { name = "Eve" })).ShouldBeProblem(HttpStatusCode.Forbidden, "password_change_required");
        (await ada.PostAsync("/api/v1/me/mfa/setup", new { })).ShouldBeProblem(HttpStatusCode.Forbidden, "password_change_required");
        (await ada.PostAsync("/api/v1/me/password", new { currentPassword = Given, newPassword = Given })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        await ada.ChoosePasswordAsync(Given);

        (await ada.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);
        (await ada.TryLoginAsync("ada@example.com", Given)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Test]
    public async Task A_given_password_is_over_after_seven_days_and_a_chosen_one_never()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time, Setting);
        await GiveAsync();
        using var john = await PersonAsync("john@example.com");
        using var ada = server.Anonymous();
        (await ada.TryLoginAsync("ada@example.com", Given)).ShouldBe(HttpStatusCode.OK);

        time.Advance(TimeSpan.FromDays(7));

        (await ada.TryLoginAsync("ada@example.com", Given)).ShouldBeProblem(HttpStatusCode.Unauthorized, "password_over");
        (await ada.TryLoginAsync("ada@example.com", "not the password")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        time.Advance(TimeSpan.FromDays(730));
        (await ada.TryLoginAsync("john@example.com")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_password_that_the_server_made_up_is_over_after_seven_days()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        using var _ = await PersonAsync();
        var password = GeneratedPassword.New();
        await using (var scope = server.Services.CreateAsyncScope())
        {
            scope.ServiceProvider.GetRequiredService<ScopeCaller>().Caller = SystemCaller.Instance;
            var id = await ScalarAsync<int>("SELECT id FROM users WHERE email = 'ada@example.com'");
            Assert.That((await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new GivePassword(id, password, Generated: true))).IsError, Is.False);
        }

        using var ada = await server.Anonymous().LoginAsync("ada@example.com", password);
        (await ada.GetAsync("/api/v1/me/faces")).ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromDays(7));

        (await ada.TryLoginAsync("ada@example.com", password)).ShouldBeProblem(HttpStatusCode.Unauthorized, "password_over");
    }

    [Test]
    public async Task An_administrator_starts_a_reset_and_never_chooses_the_password()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        var path = $"/api/v1/users/{ada.UserId}";
        await admin.PatchAsync(path, new { password = "a new horse battery" });
        (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);

        (await admin.PostAsync($"{path}/reset-password", new { })).ShouldBe(HttpStatusCode.Accepted);

        var token = await Mailbox.TokenAsync("ada@example.com");
        (await Anonymous().PostAsync("/api/v1/auth/reset-password", new { token, password = "a new horse battery" })).ShouldBe(HttpStatusCode.NoContent);
        (await ada.TryLoginAsync("ada@example.com", "a new horse battery")).ShouldBe(HttpStatusCode.OK);
        Assert.That(
            await ScalarAsync<int>("SELECT actor_id FROM security_events WHERE kind = 'password_reset_requested' AND user_id = $1", ada.UserId), Is.EqualTo(admin.UserId));
    }

    [Test]
    public async Task A_reset_is_refused_for_nobody_for_the_deactivated_and_when_mailed_too_often()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        (await admin.PostAsync("/api/v1/users/999999/reset-password", new { })).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await ada.PostAsync($"/api/v1/users/{admin.UserId}/reset-password", new { })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        for (var i = 0; i < 5; i++)
        {
            (await admin.PostAsync($"/api/v1/users/{ada.UserId}/reset-password", new { })).ShouldBe(HttpStatusCode.Accepted);
        }

        (await admin.PostAsync($"/api/v1/users/{ada.UserId}/reset-password", new { })).ShouldBeProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        await admin.PatchAsync($"/api/v1/users/{ada.UserId}", new { isActive = false });
        (await admin.PostAsync($"/api/v1/users/{ada.UserId}/reset-password", new { })).ShouldBeProblem(HttpStatusCode.Conflict, "user_inactive");
    }

    [Test]
    public async Task A_change_takes_the_password_there_is_and_guessing_at_it_is_slowed_down()
    {
        using var ada = await PersonAsync();
        (await ada.PostAsync("/api/v1/me/password", new { newPassword = "a new horse battery" })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        for (var i = 0; i < 5; i++)
        {
            (await ada.PostAsync("/api/v1/me/password", new { currentPassword = $"guess number {i}", newPassword = "a new horse battery" }))
                .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        }

        (await ada.PostAsync("/api/v1/me/password", new { currentPassword = Api.Password, newPassword = "a new horse battery" }))
            .ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");

        (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'proof_failed' AND user_id = $1", ada.UserId), Is.EqualTo(5));
    }

    private async Task<int> GiveAsync()
    {
        using var admin = await _strict.Anonymous().ContinueAsync(TestRun.AdminToken);
        return (await admin.PostAsync("/api/v1/users", new { email = "ada@example.com", name = "Ada Lovelace", password = Given, role = "operator", verified = true }))
            .ShouldBe(HttpStatusCode.Created)["id"].GetInt32();
    }
}
