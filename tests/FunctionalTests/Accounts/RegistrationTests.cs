using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

public sealed class RegistrationTests : ServerTests
{
    [Test]
    public async Task All_broken_rules_are_told_at_once_by_field()
    {
        using var nobody = Anonymous();

        var answer = (await nobody.RegisterAsync("not an address", "short", " ")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That(answer["errors"].EnumerateObject().Select(field => field.Name), Is.EquivalentTo(new[] { "email", "name", "password" }));
    }

    [TestCase("short", "at least 12 characters")]
    [TestCase("Password2024!", "attackers try first")]
    [TestCase("xq7zxq7zxq7zxq7z", "repeats")]
    [TestCase("ada@example!", "e-mail address")]
    [TestCase("Lovelace, Ada", "person's name")]
    [TestCase("correct\nhorse battery", "control character")]
    public async Task A_password_that_is_easily_guessed_is_refused_with_the_reason(string password, string reason)
    {
        using var nobody = Anonymous();

        var answer = (await nobody.RegisterAsync("ada@example.com", password)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.Multiple(async () =>
        {
            Assert.That(answer["errors.password.0"].GetString(), Does.Contain(reason).And.EndsWith("."));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE email = 'ada@example.com'"), Is.Zero);
        });
    }

    [Test]
    public async Task Half_a_character_in_a_password_is_refused()
    {
        using var nobody = Anonymous();
        var body = """{"email": "ada@example.com", "name": "Ada", "password": "correct horse \ud83d battery"}"""u8.ToArray();

        (await nobody.PostBytesAsync("/api/v1/auth/register", body, "application/json")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await nobody.PostBytesAsync("/api/v1/auth/login", body, "application/json")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Test]
    public async Task The_minimum_length_is_a_setting()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Passwords:MinLength", "15"));
        using var nobody = server.Anonymous();

        var refused = (await nobody.RegisterAsync("ada@example.com", "five blue owl")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        Assert.That(refused["errors.password.0"].GetString(), Does.Contain("at least 15"));
        (await nobody.RegisterAsync("ada@example.com", "five blue owls!")).ShouldBe(HttpStatusCode.Accepted);
    }

    [Test]
    public async Task An_address_can_be_registered_once_whatever_its_case()
    {
        using var nobody = Anonymous();
        var first = (await nobody.RegisterAsync("ada@example.com")).ShouldBe(HttpStatusCode.Accepted);

        var second = (await nobody.RegisterAsync("ADA@example.com")).ShouldBe(HttpStatusCode.Accepted);

        Assert.That(second.Body, Is.EqualTo(first.Body), "Nobody learns that the address has an account.");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE email = 'ada@example.com'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Of_many_who_register_one_address_at_the_same_time_one_succeeds()
    {
        using var nobody = Anonymous();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => nobody.RegisterAsync("ada@example.com")));

        Assert.That(answers.Select(answer => answer.Status), Has.All.EqualTo(HttpStatusCode.Accepted));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE email = 'ada@example.com'"), Is.EqualTo(1));
    }

    [TestCase("{\"email\": 1}", "email")]
    [TestCase("{", "JSON")]
    [TestCase("", "request")]
    public async Task A_malformed_body_is_answered_with_what_is_wrong(string body, string named)
    {
        using var nobody = Anonymous();

        var answer = await nobody.PostBytesAsync("/api/v1/auth/register", System.Text.Encoding.UTF8.GetBytes(body), "application/json");

        Assert.That(answer.ShouldBeProblem(HttpStatusCode.BadRequest, "validation")["detail"].GetString(), Does.Contain(named));
    }

    [Test]
    public async Task A_body_of_another_kind_is_refused()
    {
        using var nobody = Anonymous();

        (await nobody.PostBytesAsync("/api/v1/auth/register", [1, 2, 3], "text/plain"))
            .ShouldBeProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Test]
    public async Task A_body_of_a_megabyte_is_refused()
    {
        using var nobody = Anonymous();

        var answer = await nobody.RegisterAsync("ada@example.com", new string('x', 1_000_000));

        answer.ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }
}
