using System.Net;
using FaceId.Application.Users;
using FaceId.FunctionalTests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Accounts;

public sealed class ManagingPeopleTests : ServerTests
{
    [Test]
    public async Task An_administrator_makes_changes_and_erases_an_account()
    {
        using var admin = await AdminAsync();
        var created = (await admin.PostAsync("/api/v1/users", new { email = "ada@example.com", name = "Ada", password = Api.Password, role = "operator", verified = true }))
            .ShouldBe(HttpStatusCode.Created);
        var path = $"/api/v1/users/{created["id"].GetInt32()}";
        Assert.That(created.Message.Headers.Location?.OriginalString, Is.EqualTo(path));

        var changed = (await admin.PatchAsync(path, new { name = "Ada Lovelace", role = "user" })).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That(changed["name"].GetString(), Is.EqualTo("Ada Lovelace"));
            Assert.That(changed["role"].GetString(), Is.EqualTo("user"));
            Assert.That(changed["email"].GetString(), Is.EqualTo("ada@example.com"), "What is left out stays.");
            Assert.That(changed["isVerified"].GetBoolean());
        });

        (await admin.DeleteAsync(path)).ShouldBe(HttpStatusCode.OK);
        (await admin.GetAsync(path)).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await admin.DeleteAsync(path)).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
    }

    [TestCase("administrator", "FACEID_ADMIN_PASSWORD: ")]
    [TestCase("qwertyuiop1234", "FACEID_ADMIN_PASSWORD: ")]
    public async Task The_first_administrator_needs_a_good_password_too(string password, string message)
    {
        await ExecuteAsync("DELETE FROM users");
        await using var scope = TestRun.Server.Services.CreateAsyncScope();
        var firstAdmin = scope.ServiceProvider.GetRequiredService<FirstAdmin>();

        Assert.That(
            () => firstAdmin.EnsureAsync("root@example.com", password, CancellationToken.None),
            Throws.InvalidOperationException.With.Message.StartsWith(message));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users"), Is.Zero);
    }

    [Test]
    public async Task An_account_without_a_password_cannot_be_signed_in_to()
    {
        using var admin = await AdminAsync();
        await admin.CreatePersonAsync("john@example.com");
        using var john = Anonymous();

        (await john.TryLoginAsync("john@example.com", "")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await john.TryLoginAsync("john@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Test]
    public async Task The_list_is_read_page_by_page_without_gaps_or_repeats()
    {
        using var admin = await AdminAsync();
        for (var i = 0; i < 7; i++)
        {
            await admin.CreatePersonAsync($"person{i}@example.com");
        }

        var seen = new List<int>();
        string? cursor = null;
        do
        {
            var page = (await admin.GetAsync("/api/v1/users?limit=3" + (cursor is null ? "" : $"&cursor={cursor}"))).ShouldBe(HttpStatusCode.OK);
            seen.AddRange(page["items"].EnumerateArray().Select(item => item.GetProperty("id").GetInt32()));
            cursor = page["nextCursor"].GetString();
        }
        while (cursor is not null);

        Assert.Multiple(() =>
        {
            Assert.That(seen, Has.Count.EqualTo(8), "Seven and the administrator.");
            Assert.That(seen, Is.Unique.And.Ordered);
        });
    }

    [TestCase("limit=0")]
    [TestCase("limit=501")]
    [TestCase("limit=many")]
    [TestCase("cursor=made-up")]
    [TestCase("role=emperor")]
    public async Task A_wrong_query_is_refused(string query)
    {
        using var admin = await AdminAsync();

        (await admin.GetAsync($"/api/v1/users?{query}")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Test]
    public async Task People_are_found_by_part_of_name_or_address_and_wildcards_mean_themselves()
    {
        using var admin = await AdminAsync();
        await admin.PostAsync("/api/v1/users", new { email = "ada@example.com", name = "Ada Lovelace" });
        await admin.PostAsync("/api/v1/users", new { email = "alan@example.com", name = "Alan 100% Turing" });

        Assert.Multiple(async () =>
        {
            Assert.That(await Names("LOVE"), Is.EqualTo(new[] { "Ada Lovelace" }));
            Assert.That(await Names("alan@"), Is.EqualTo(new[] { "Alan 100% Turing" }));
            Assert.That(await Names("%25"), Is.EqualTo(new[] { "Alan 100% Turing" }));
        });

        async Task<IEnumerable<string?>> Names(string search) => (await admin.GetAsync($"/api/v1/users?search={search}"))
            .ShouldBe(HttpStatusCode.OK)["items"].EnumerateArray().Select(item => item.GetProperty("name").GetString());
    }

    [Test]
    public async Task The_last_administrator_can_be_neither_demoted_nor_deactivated_nor_erased()
    {
        using var admin = await AdminAsync();
        var path = $"/api/v1/users/{admin.UserId}";

        (await admin.PatchAsync(path, new { role = "user" })).ShouldBeProblem(HttpStatusCode.Conflict, "last_admin");
        (await admin.PatchAsync(path, new { isActive = false })).ShouldBeProblem(HttpStatusCode.Conflict, "last_admin");
        (await admin.DeleteAsync(path)).ShouldBeProblem(HttpStatusCode.Conflict, "last_admin");
        (await admin.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Two_administrators_who_demote_each_other_at_once_do_not_both_succeed()
    {
        using var admin = await AdminAsync();
        using var eve = await PersonAsync("eve@example.com", "admin");

        var answers = await Task.WhenAll(
            admin.PatchAsync($"/api/v1/users/{eve.UserId}", new { role = "user" }),
            eve.PatchAsync($"/api/v1/users/{admin.UserId}", new { role = "user" }));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1), string.Join('\n', answers.Select(answer => answer.Body)));
    }

    [Test]
    public async Task An_ordinary_user_reaches_only_their_own_data()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        using var ada = await PersonAsync();

        Assert.Multiple(async () =>
        {
            (await ada.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.PostAsync("/api/v1/users", new { email = "x@example.com", name = "X" })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.GetAsync($"/api/v1/users/{john}")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.GetAsync("/api/v1/users/999999")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.PatchAsync($"/api/v1/users/{john}", new { name = "X" })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.PatchAsync($"/api/v1/users/{ada.UserId}", new { role = "admin" })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.DeleteAsync($"/api/v1/users/{john}")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.GetAsync($"/api/v1/users/{john}/faces")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.EnrolAsync(john, Photos.Portrait)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.VerifyAsync(john, Photos.Portrait)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.DeleteAsync($"/api/v1/users/{john}/faces/1")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.LogsAsync()).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.DetectAsync(Photos.Portrait, "?encodings=true")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await ada.GetAsync($"/api/v1/users/{ada.UserId}")).ShouldBe(HttpStatusCode.OK);
        });
    }
}
