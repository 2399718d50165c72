using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class GuessingTests : ServerTests
{
    private const string Wrong = "not the password at all";

    [Test]
    public async Task Guesses_wait_longer_and_longer_whether_or_not_the_account_exists()
    {
        using var ada = await PersonAsync();
        using var stranger = Anonymous();
        await FailAsync(stranger, "ada@example.com", 5);
        await FailAsync(stranger, "nobody@example.com", 5);

        var known = (await stranger.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        var unknown = (await stranger.TryLoginAsync("nobody@example.com")).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.That(Math.Abs(known["retryAfter"].GetInt32() - unknown["retryAfter"].GetInt32()), Is.LessThan(30));

        await ForwardAsync();
        await FailAsync(stranger, "ada@example.com", 1);
        Assert.That((await stranger.TryLoginAsync("ada@example.com"))["retryAfter"].GetInt32(), Is.GreaterThan(50), "It doubled.");

        await ForwardAsync();
        (await stranger.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        await FailAsync(stranger, "ada@example.com", 4);
        (await stranger.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Many_guesses_at_once_are_no_more_than_one_after_the_other()
    {
        using var ada = await PersonAsync();
        using var stranger = Anonymous();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => stranger.TryLoginAsync("ada@example.com", Wrong)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized), Is.EqualTo(5));
    }

    [Test]
    public async Task A_stranger_cannot_lock_the_owner_out_of_a_device_that_is_known()
    {
        using var ada = await PersonAsync();
        var deviceToken = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK)["deviceToken"].GetString();
        using var eve = await PersonAsync("eve@example.com");
        var evesToken = (await eve.TryLoginAsync("eve@example.com")).ShouldBe(HttpStatusCode.OK)["deviceToken"].GetString();
        await FailAsync(Anonymous(), "ada@example.com", 5);

        (await ada.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        (await LoginOnAsync(evesToken)).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        (await LoginOnAsync(deviceToken)).ShouldBe(HttpStatusCode.OK);

        Task<Answer> LoginOnAsync(string? token) =>
            ada.PostAsync("/api/v1/auth/login", new { email = "ada@example.com", password = Api.Password, deviceToken = token });
    }

    [Test]
    public async Task After_a_hundred_failures_in_a_row_only_the_mail_opens_the_door()
    {
        using var ada = await PersonAsync();
        await FailAsync(Anonymous(), "ada@example.com", 1);
        await FailAsync(Anonymous(), "nobody@example.com", 1);
        await ExecuteAsync("UPDATE attempt_counters SET failures = 99 WHERE failures = 1");
        await ForwardAsync();
        (await ada.TryLoginAsync("ada@example.com", Wrong)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        var shut = (await ada.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        Assert.That(shut["detail"].GetString(), Does.Contain("forgot-password"));

        (await ada.PostAsync("/api/v1/auth/forgot-password", new { email = "ada@example.com" })).ShouldBe(HttpStatusCode.Accepted);
        var token = await Mailbox.TokenAsync("ada@example.com");
        (await ada.PostAsync("/api/v1/auth/reset-password", new { token, password = "a new horse battery" })).ShouldBe(HttpStatusCode.NoContent);
        (await ada.TryLoginAsync("ada@example.com", "a new horse battery")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_reset_that_an_administrator_starts_opens_the_door_too()
    {
        using var ada = await PersonAsync();
        await FailAsync(Anonymous(), "ada@example.com", 5);
        (await ada.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
        using var admin = await AdminAsync();

        (await admin.PostAsync($"/api/v1/users/{ada.UserId}/reset-password", new { })).ShouldBe(HttpStatusCode.Accepted);
        var token = await Mailbox.TokenAsync("ada@example.com");
        (await ada.PostAsync("/api/v1/auth/reset-password", new { token, password = "a new horse battery" })).ShouldBe(HttpStatusCode.NoContent);

        (await ada.TryLoginAsync("ada@example.com", "a new horse battery")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Trying_many_accounts_from_one_address_is_slowed_down_too()
    {
        using var stranger = Anonymous();
        for (var i = 0; i < 20; i++)
        {
            (await stranger.TryLoginAsync($"person{i}@example.com", Wrong)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        }

        (await stranger.TryLoginAsync("one.more@example.com", Wrong)).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");
    }

    private static async Task FailAsync(Api api, string email, int times)
    {
        for (var i = 0; i < times; i++)
        {
            (await api.TryLoginAsync(email, Wrong)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        }
    }

    /// <summary>Lets all waits pass.</summary>
    private static Task ForwardAsync() => ExecuteAsync("UPDATE attempt_counters SET blocked_until = now()");
}
