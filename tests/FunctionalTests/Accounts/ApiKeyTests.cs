using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class ApiKeyTests : ServerTests
{
    [Test]
    public async Task A_key_is_shown_once_and_does_what_its_scopes_say_and_nothing_else()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
        var created = await CreateAsync(admin, "faces.verify");
        using var gate = Program(created);

        Assert.That((await gate.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["verified"].GetBoolean());
        Assert.Multiple(async () =>
        {
            (await gate.EnrolAsync(john, Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await gate.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await gate.GetAsync("/api/v1/logs")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await gate.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await gate.PostAsync("/api/v1/api-keys", new { name = "Mine", scopes = new[] { "faces.verify" } })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        });

        var list = (await admin.GetAsync("/api/v1/api-keys")).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That(list["items.0.prefix"].GetString(), Is.EqualTo(created["key"].GetString()![..13]));
            Assert.That(list.Body, Does.Not.Contain(created["key"].GetString()));
        });
        Assert.That(await ScalarAsync<byte[]>("SELECT key_hash FROM api_keys"), Has.Length.EqualTo(32));
    }

    [TestCase("users.read", "/api/v1/users")]
    [TestCase("logs.read", "/api/v1/logs")]
    [TestCase("security-events.read", "/api/v1/security-events")]
    public async Task A_scope_opens_its_doors(string scope, string path)
    {
        using var admin = await AdminAsync();
        using var program = Program(await CreateAsync(admin, scope));

        (await program.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_key_to_enrol_needs_no_other_scope()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        using var program = Program(await CreateAsync(admin, "faces.manage"));

        (await program.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
    }

    [Test]
    public async Task A_revoked_an_expired_and_a_mistyped_key_are_refused()
    {
        using var admin = await AdminAsync();
        var revoked = await CreateAsync(admin, "users.read");
        var expired = await CreateAsync(admin, "users.read");
        using var first = Program(revoked);
        using var second = Program(expired);
        (await first.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);
        (await second.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);

        (await admin.DeleteAsync($"/api/v1/api-keys/{revoked["id"].GetInt32()}")).ShouldBe(HttpStatusCode.NoContent);
        await ExecuteAsync("UPDATE api_keys SET expires_at = now()");

        (await first.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        await Eventually.IsAsync(HttpStatusCode.Unauthorized, async () => (await second.GetAsync("/api/v1/users")).Status);
        using var third = Anonymous();
        third.Http.DefaultRequestHeaders.Add("X-Api-Key", revoked["key"].GetString()![..^1] + "A");
        (await third.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await admin.DeleteAsync($"/api/v1/api-keys/{revoked["id"].GetInt32()}")).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Test]
    public async Task A_key_loses_what_its_maker_loses_and_ends_with_them()
    {
        using var admin = await AdminAsync();
        using var boss = await PersonAsync("boss@example.com", "admin");
        using var program = Program(await CreateAsync(boss, "users.read", "security-events.read"));
        (await program.GetAsync("/api/v1/security-events")).ShouldBe(HttpStatusCode.OK);

        await admin.PatchAsync($"/api/v1/users/{boss.UserId}", new { role = "operator" });
        (await program.GetAsync("/api/v1/security-events")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await program.GetAsync("/api/v1/users")).ShouldBe(HttpStatusCode.OK);

        await admin.PatchAsync($"/api/v1/users/{boss.UserId}", new { isActive = false });
        (await program.GetAsync("/api/v1/users")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Test]
    public async Task Nobody_acts_above_their_own_role()
    {
        using var admin = await AdminAsync();
        using var boss = await PersonAsync("boss@example.com", "operator");
        using var program = Program(await CreateAsync(admin, "users.manage", "users.read", "faces.manage"));
        var path = $"/api/v1/users/{admin.UserId}";

        Assert.Multiple(async () =>
        {
            (await program.PatchAsync(path, new { isActive = false })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await program.PatchAsync(path, new { email = "eve@example.com" })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await program.DeleteAsync(path)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await program.PostAsync($"{path}/reset-password", new { })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await program.DeleteAsync($"{path}/sessions")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await program.PostAsync("/api/v1/users", new { email = "eve@example.com", name = "Eve", role = "admin" })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await program.EnrolAsync(admin.UserId, Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await boss.EnrolAsync(admin.UserId, Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await program.PostAsync("/api/v1/users", new { email = "john@example.com", name = "John" })).ShouldBe(HttpStatusCode.Created);
        });
    }

    [TestCase("[]")]
    [TestCase("[\"api-keys.manage\"]")]
    [TestCase("[\"settings.manage\"]")]
    [TestCase("[\"everything\"]")]
    [TestCase("null")]
    public async Task A_scope_that_no_key_can_have_is_refused(string scopes)
    {
        using var admin = await AdminAsync();

        var body = System.Text.Encoding.UTF8.GetBytes($$"""{"name": "Gate", "scopes": {{scopes}}}""");
        (await admin.PostBytesAsync("/api/v1/api-keys", body, "application/json")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM api_keys"), Is.Zero);
    }

    private static async Task<Answer> CreateAsync(Api maker, params string[] scopes) =>
        (await maker.PostAsync("/api/v1/api-keys", new { name = "Gate 7", scopes })).ShouldBe(HttpStatusCode.Created);

    private static Api Program(Answer created)
    {
        var program = Anonymous();
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", created["key"].GetString());
        return program;
    }
}
