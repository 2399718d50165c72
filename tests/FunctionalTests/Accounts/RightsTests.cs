using System.Net;
using FaceId.Application.Common.Security;
using FaceId.Domain.Users;
using FaceId.FunctionalTests.Support;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>Who may go through which door: the whole table, tried with every role and every scope.</summary>
public sealed class RightsTests : ServerTests
{
    // Nobody has this id, so that whoever gets through is told so and nothing changes.
    private const string Nobody = "999999";

    private static readonly (string Method, string Path, Permission Needs)[] Doors =
    [
        ("POST", "/faces/detect", Permission.AnalysePhotos),
        ("POST", "/faces/compare", Permission.AnalysePhotos),
        ("POST", "/liveness/sessions", Permission.AnalysePhotos),
        ("POST", "/liveness/sessions/{livenessId:guid}/frames", Permission.AnalysePhotos),
        ("POST", "/faces/identify", Permission.IdentifyFaces),
        ("GET", "/users", Permission.ReadUsers),
        ("POST", "/users", Permission.ManageUsers),
        ("POST", "/users/import", Permission.ImportUsers),
        ("GET", "/users/{id:int}", Permission.ReadUsers),
        ("PATCH", "/users/{id:int}", Permission.ManageUsers),
        ("DELETE", "/users/{id:int}", Permission.ManageUsers),
        ("POST", "/users/{id:int}/reset-password", Permission.ManageUsers),
        ("DELETE", "/users/{id:int}/mfa", Permission.ManageUsers),
        ("DELETE", "/sessions", Permission.ManageUsers),
        ("GET", "/users/{id:int}/sessions", Permission.ManageUsers),
        ("DELETE", "/users/{id:int}/sessions", Permission.ManageUsers),
        ("DELETE", "/users/{id:int}/sessions/{sessionId:guid}", Permission.ManageUsers),
        ("GET", "/users/{id:int}/faces", Permission.ReadUsers),
        ("POST", "/users/{id:int}/faces", Permission.ManageFaces),
        ("DELETE", "/users/{id:int}/faces/{faceId:int}", Permission.ManageFaces),
        ("POST", "/users/{id:int}/verify", Permission.VerifyFaces),
        ("POST", "/users/{id:int}/consent", Permission.ManageFaces),
        ("DELETE", "/users/{id:int}/consent", Permission.ManageFaces),
        ("GET", "/logs", Permission.ReadLog),
        ("GET", "/security-events", Permission.ReadSecurityEvents),
        ("POST", "/api-keys", Permission.ManageApiKeys),
        ("GET", "/api-keys", Permission.ManageApiKeys),
        ("DELETE", "/api-keys/{id:int}", Permission.ManageApiKeys),
        ("POST", "/retention", Permission.ManageUsers),
        ("GET", "/settings", Permission.ManageSettings),
        ("GET", "/settings/thresholds", Permission.ManageSettings),
        ("PUT", "/settings", Permission.ManageSettings),
    ];

    // A program has no second factor to prove anew.
    private static readonly string[] ForPeopleOnly = ["/users/{id:int}/mfa", "/sessions"];

    [Test]
    public void The_table_names_every_door_but_the_open_ones_and_ones_own()
    {
        var doors = TestRun.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/v1/", StringComparison.Ordinal))
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                .Select(method => (Method: method, Path: endpoint.RoutePattern.RawText!["/api/v1".Length..].TrimEnd('/'))))
            .Where(door => !door.Path.StartsWith("/me", StringComparison.Ordinal) && !door.Path.StartsWith("/auth/", StringComparison.Ordinal));

        Assert.That(doors, Is.EquivalentTo(Doors.Select(door => (door.Method, door.Path))));
    }

    [TestCase(Role.User)]
    [TestCase(Role.Operator)]
    [TestCase(Role.Admin)]
    public async Task A_role_opens_its_doors_and_no_others(Role role)
    {
        using var person = await PersonAsync(role: role.ToString().ToLowerInvariant());

        await AssertAsync(person, door => role.Has(door.Needs));
    }

    [TestCaseSource(nameof(Scopes))]
    public async Task A_scope_opens_its_doors_and_no_others(Permission scope)
    {
        using var admin = await AdminAsync();
        var key = (await admin.PostAsync("/api/v1/api-keys", new { name = "Gate", scopes = new[] { Permissions.Scope(scope) } })).ShouldBe(HttpStatusCode.Created);
        using var program = Anonymous();
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", key["key"].GetString());

        await AssertAsync(program, door => door.Needs == scope && !ForPeopleOnly.Contains(door.Path));
        (await program.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    // With bodies that are read without complaint, so that nothing else is refused first.
    private static readonly (string Method, string Path, string? Body)[] Sensitive =
    [
        ("PATCH", "/me", """{"email": "ada.king@example.com"}"""),
        ("POST", "/me/password", """{"currentPassword": "correct horse battery", "newPassword": "a new horse battery"}"""),
        ("POST", "/me/mfa/setup", null),
        ("POST", "/me/mfa/enable", """{"code": "123456"}"""),
        ("POST", "/me/mfa/disable", "{}"),
        ("POST", "/me/mfa/recovery-codes", null),
        ("POST", "/me/passkeys/options", null),
        ("DELETE", "/me/passkeys/1", null),
        ("DELETE", "/me/sessions", null),
        ("GET", "/me/export", null),
        ("DELETE", "/me", null),
        ("POST", "/api-keys", """{"name": "Gate", "scopes": ["users.read"]}"""),
        ("PATCH", "/users/1", """{"name": "Eve"}"""),
        ("DELETE", "/users/1", null),
        ("DELETE", "/users/1/mfa", null),
        ("POST", "/users/1/reset-password", null),
        ("DELETE", "/users/1/sessions", null),
        ("DELETE", "/sessions", null),
        ("POST", "/retention", null),
        ("PUT", "/settings", "{}"),
    ];

    [Test]
    public async Task Every_sensitive_door_asks_for_a_proof_not_older_than_ten_minutes()
    {
        var time = new ShiftedTime();
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, time);
        using var _ = await PersonAsync(role: "admin");
        using var ada = await server.Anonymous().LoginAsync("ada@example.com");
        time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(5));
        (await ada.GetAsync("/api/v1/me/export")).ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromSeconds(10));

        foreach (var (method, path, body) in Sensitive)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/v1{path}");
            request.Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            var answer = await Answer.OfAsync(ada.Http.SendAsync(request));
            Assert.That((answer.Status, answer.Body.Contains("proof_required", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.Forbidden, true)), $"{method} {path}: {answer.Body}");
        }

        (await ada.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password })).ShouldBe(HttpStatusCode.OK);
        (await ada.GetAsync("/api/v1/me/export")).ShouldBe(HttpStatusCode.OK);
    }

    private static IEnumerable<Permission> Scopes => Enum.GetValues<Permission>().Where(Permissions.CanBeScope);

    private static async Task AssertAsync(Api caller, Func<(string Method, string Path, Permission Needs), bool> opens)
    {
        foreach (var door in Doors)
        {
            var answer = await KnockAsync(caller, door.Method, door.Path);

            if (opens(door))
            {
                Assert.That(answer.Status, Is.Not.EqualTo(HttpStatusCode.Forbidden).And.Not.EqualTo(HttpStatusCode.Unauthorized).And.LessThan(HttpStatusCode.InternalServerError), $"{door}: {answer.Body}");
            }
            else
            {
                answer.ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            }
        }
    }

    private static Task<Answer> KnockAsync(Api caller, string method, string pattern)
    {
        var path = "/api/v1" + pattern.Replace("{id:int}", Nobody, StringComparison.Ordinal)
            .Replace("{faceId:int}", Nobody, StringComparison.Ordinal).Replace("{sessionId:guid}", Guid.Empty.ToString(), StringComparison.Ordinal)
            .Replace("{livenessId:guid}", Guid.Empty.ToString(), StringComparison.Ordinal);
        return (method, pattern) switch
        {
            ("GET", _) => caller.GetAsync(path),
            ("DELETE", _) => caller.DeleteAsync(path),
            ("PATCH", _) => caller.PatchAsync(path, new { }),
            ("PUT", _) => caller.PutAsync(path, new { }),
            (_, "/faces/compare") => caller.PostPhotosAsync(path, ("image1", Photos.JohnSalley), ("image2", Photos.JohnSalley)),
            _ when pattern.EndsWith("/frames", StringComparison.Ordinal) => caller.PostPhotosAsync(path, ("nonce", [65]), ("times", [48]), ("frame1", Photos.JohnSalley)),
            _ when pattern.EndsWith("/faces", StringComparison.Ordinal) || pattern.EndsWith("/verify", StringComparison.Ordinal)
                || pattern.EndsWith("/identify", StringComparison.Ordinal) || pattern.EndsWith("/detect", StringComparison.Ordinal) => caller.PostPhotosAsync(path, ("image", Photos.JohnSalley)),
            _ => caller.PostAsync(path, new { }),
        };
    }
}
