using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class RefusedAccessTests : ServerTests
{
    [Test]
    public async Task Who_asks_for_what_they_may_not_is_noted_and_cannot_fill_the_table()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        for (var i = 0; i < 20; i++)
        {
            (await ada.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.GetAsync("/api/v1/logs")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        }

        var events = await EventsAsync(admin);
        Assert.Multiple(() =>
        {
            Assert.That(events.Select(row => row["detail"]), Is.SupersetOf(new[] { "users.read ListUsers", "logs.read ListLogs" }));
            Assert.That(events, Has.Length.LessThanOrEqualTo(4), "One a minute for each permission, and two minutes at most have gone by.");
            Assert.That(events.Select(row => row["actorId"]), Is.All.EqualTo($"{ada.UserId}"));
            Assert.That(events.Select(row => row["userId"]), Is.All.EqualTo($"{ada.UserId}"));
            Assert.That(events.Select(row => row["ipAddress"]), Is.All.EqualTo("127.0.0.1"));
        });
    }

    [Test]
    public async Task A_key_that_reaches_for_more_than_its_scopes_is_noted()
    {
        using var admin = await AdminAsync();
        var made = (await admin.PostAsync("/api/v1/api-keys", new { name = "gate", scopes = (string[])["users.read"] })).ShouldBe(HttpStatusCode.Created);
        using var gate = Anonymous();
        gate.Http.DefaultRequestHeaders.Add("X-Api-Key", made["key"].GetString());

        (await gate.GetAsync("/api/v1/logs")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await gate.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");

        var events = await EventsAsync(admin);
        Assert.Multiple(() =>
        {
            Assert.That(events.Select(row => row["apiKeyId"]), Is.All.EqualTo($"{made["id"].GetInt32()}"));
            Assert.That(events.Select(row => row["actorId"]), Is.All.Empty);
            Assert.That(events.Select(row => row["detail"]), Does.Contain("logs.read ListLogs"));
        });
    }

    [Test]
    public async Task What_is_allowed_and_what_only_lacks_a_proof_is_not_noted()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);
        (await Anonymous().GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");

        Assert.That(await EventsAsync(admin), Is.Empty);
    }

    private static async Task<Dictionary<string, string>[]> EventsAsync(Api reader) =>
    [
        .. (await reader.GetAsync("/api/v1/security-events?kind=accessRefused")).ShouldBe(HttpStatusCode.OK)["items"].EnumerateArray()
            .Select(row => row.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.ToString())),
    ];
}
