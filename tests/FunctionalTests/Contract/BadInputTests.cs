using System.Net;
using System.Net.Http.Headers;
using System.Text;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Contract;

/// <summary>Requests that no honest client sends: each is told what is wrong, and changes nothing.</summary>
public sealed class BadInputTests : ServerTests
{
    private const string Register = "/api/v1/auth/register";
    private const string Rest = """ "name": "Ada", "password": "correct horse battery" """;

    [TestCase("""{"email": "ada@example.com", {REST}""", "not valid JSON", Description = "Not closed")]
    [TestCase("""{"email": "ada@example.com", {REST},}""", "not valid JSON", Description = "A comma too many")]
    [TestCase("""{"email": "ada@example.com", /* hello */ {REST}}""", "not valid JSON", Description = "A comment")]
    [TestCase("""{'email': 'ada@example.com', {REST}}""", "not valid JSON", Description = "Single quotes")]
    [TestCase("""{"email": "ada@example.com", {REST}} {}""", "not valid JSON", Description = "Two bodies")]
    [TestCase("""[{"email": "ada@example.com", {REST}}]""", "not the JSON object", Description = "A list")]
    [TestCase("\"ada@example.com\"", "not the JSON object", Description = "A text")]
    [TestCase("null", "Send a body", Description = "Nothing")]
    [TestCase("", "Send a body", Description = "No body")]
    public async Task What_is_not_the_JSON_that_is_asked_for_is_refused(string body, string why)
    {
        var answer = await RefusedAsync(Encoding.UTF8.GetBytes(Complete(body)));

        Assert.That(answer["detail"].GetString(), Does.Contain(why));
    }

    [TestCase("""{"email": "ada@example.com", {REST}, "role": "admin"}""", "role", "no field", Description = "A field that is not there")]
    [TestCase("""{"email": "ada@example.com", {REST}, "isVerified": true}""", "isVerified", "no field", Description = "Nor this one")]
    [TestCase("""{"email": "ada@example.com", {REST}, "email": "eve@example.com"}""", "email", "once", Description = "Twice")]
    [TestCase("""{"email": "ada@example.com", {REST}, "EMAIL": "eve@example.com"}""", "email", "once", Description = "Twice in other letters")]
    [TestCase("""{"email": 5, {REST}}""", "email", "wrong kind", Description = "A number")]
    [TestCase("""{"email": {"$ne": null}, {REST}}""", "email", "wrong kind", Description = "An object")]
    [TestCase("""{"email": ["ada@example.com"], {REST}}""", "email", "wrong kind", Description = "A list")]
    [TestCase("""{"email": "\ud800@example.com", {REST}}""", "email", "wrong kind", Description = "Half a character")]
    [TestCase("""{"email": "a\u0000da@example.com", {REST}}""", "email", "e-mail address", Description = "NUL")]
    [TestCase("""{"email": "\u0430da@example.com", {REST}}""", "email", "letters a to z", Description = "A Cyrillic letter that looks Latin")]
    [TestCase("""{"email": "ada@ex\u0430mple.com", {REST}}""", "email", "scripts", Description = "The same in the domain")]
    [TestCase("""{"email": "\u202eada@example.com", {REST}}""", "email", "e-mail address", Description = "Text turned around")]
    [TestCase("""{"email": "ada@example.com\r\nBcc: eve@example.com", {REST}}""", "email", "e-mail address", Description = "Two lines")]
    public async Task A_field_that_is_wrong_is_named(string body, string field, string why)
    {
        var answer = await RefusedAsync(Encoding.UTF8.GetBytes(Complete(body)));

        Assert.That(answer["errors"].EnumerateObject().Single().Name, Is.EqualTo(field).IgnoreCase);
        Assert.That(answer[$"errors.{answer["errors"].EnumerateObject().Single().Name}.0"].GetString(), Does.Contain(why));
    }

    [Test]
    public async Task Nobody_gives_themselves_what_their_request_does_not_offer(
        [Values("role", "isVerified", "verified", "mfaEnabled", "id", "isActive", "hashedPassword")] string field)
    {
        using var ada = await PersonAsync();
        var before = await EverythingAsync();

        var changed = await ada.PatchAsync("/api/v1/me", Body(("name", "Countess"), (field, Wanted(field))));
        var registered = await ada.PostAsync(Register, Body(("email", "eve@example.com"), ("name", "Eve"), ("password", Api.Password), (field, Wanted(field))));

        await NamesAsync(changed, field, before);
        await NamesAsync(registered, field, before);
    }

    [Test]
    public async Task Not_even_an_administrator_sets_what_follows_from_other_things(
        [Values("isVerified", "mfaEnabled", "mfaSecret", "id", "createdAt", "hashedPassword")] string field)
    {
        using var ada = await PersonAsync();
        using var admin = await AdminAsync();
        var before = await EverythingAsync();

        await NamesAsync(await admin.PatchAsync($"/api/v1/users/{ada.UserId}", Body(("name", "Countess"), (field, Wanted(field)))), field, before);
    }

    [Test]
    public async Task A_field_of_a_change_given_twice_is_refused()
    {
        using var ada = await PersonAsync();
        using var admin = await AdminAsync();
        var before = await EverythingAsync();
        var body = """{"name": "Countess", "Name": "Duchess"}"""u8.ToArray();

        await NamesAsync(await PatchBytesAsync(ada, "/api/v1/me", body), "name", before);
        await NamesAsync(await PatchBytesAsync(admin, $"/api/v1/users/{ada.UserId}", body), "name", before);
    }

    [TestCase("""{"method": "password", "password": "correct horse battery", "role": "admin"}""", "role")]
    [TestCase("""{"method": "password", "password": "correct horse battery", "method": "totp"}""", "method")]
    [TestCase("""{"method": 1}""", "method")]
    public async Task A_proof_is_read_as_exactly(string body, string field)
    {
        using var ada = await PersonAsync();

        var answer = (await ada.PostBytesAsync("/api/v1/auth/step-up", Encoding.UTF8.GetBytes(body), "application/json"))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That(answer["errors"].EnumerateObject().Single().Name, Is.EqualTo(field));
    }

    [Test]
    public async Task No_answer_about_a_person_carries_a_secret()
    {
        using var ada = await PersonAsync();
        using var admin = await AdminAsync();

        Assert.Multiple(async () =>
        {
            foreach (var answer in (Answer[])
            [
                await ada.GetAsync("/api/v1/me"),
                await ada.PatchAsync("/api/v1/me", new { name = "Countess" }),
                await admin.GetAsync("/api/v1/users"),
                await admin.GetAsync($"/api/v1/users/{ada.UserId}"),
                await admin.PatchAsync($"/api/v1/users/{ada.UserId}", new { name = "Duchess" }),
            ])
            {
                Assert.That(answer.ShouldBe(HttpStatusCode.OK).Body, Does.Not.Contain("$2").And.Not.Contain("assword").And.Not.Contain("ecret").And.Not.Contain("ash"));
            }
        });
    }

    [Test]
    public async Task A_name_that_hides_something_is_refused()
    {
        var answer = await RefusedAsync("""{"email": "ada@example.com", "name": "Ada\u202e", "password": "correct horse battery"}"""u8.ToArray());

        Assert.That(answer["errors.name.0"].GetString(), Does.Contain("can be seen"));
    }

    [Test]
    public async Task Bytes_that_are_no_UTF_8_are_refused()
    {
        await RefusedAsync([.. "{\"email\": \""u8, 0xC3, 0x28, .. "@example.com\"}"u8]);
        await RefusedAsync([.. "{\"em"u8, 0xFF, .. "ail\": \"ada@example.com\"}"u8]);
        await RefusedAsync(Encoding.Unicode.GetBytes("""{"email": "ada@example.com"}"""));
    }

    [Test]
    public async Task Deep_nesting_is_refused_without_following_it() =>
        await RefusedAsync(Encoding.ASCII.GetBytes($$"""{"email": {{new string('[', 50_000)}}{{new string(']', 50_000)}}}"""));

    [Test]
    public async Task The_name_of_a_field_is_not_repeated_without_end()
    {
        var answer = await RefusedAsync(Encoding.ASCII.GetBytes($$"""{"{{new string('x', 100_000)}}": 1}"""));

        Assert.That(answer.Body, Has.Length.LessThan(1000));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_name_of_ten_megabytes_is_refused_before_it_is_read(bool announced)
    {
        using var anybody = Anonymous();
        var body = Encoding.ASCII.GetBytes($$"""{"email": "ada@example.com", "name": "{{new string('x', 10_000_000)}}", "password": "correct horse battery"}""");
        anybody.Http.DefaultRequestHeaders.TransferEncodingChunked = !announced;

        (await anybody.PostBytesAsync(Register, body, "application/json")).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        await NothingChangedAsync();
    }

    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("multipart/form-data; boundary=x")]
    [TestCase("application/xml")]
    public async Task A_body_of_another_kind_is_refused(string type)
    {
        using var anybody = Anonymous();

        var answer = await anybody.PostBytesAsync(Register, Encoding.UTF8.GetBytes(Complete("""{"email": "ada@example.com", {REST}}""")), type);

        answer.ShouldBeProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        await NothingChangedAsync();
    }

    [TestCase("""{"email": "john@example.com", "name": "John", "role": 2}""", "role")]
    [TestCase("""{"email": "john@example.com", "name": "John", "role": "2"}""", "role")]
    [TestCase("""{"email": "john@example.com", "name": "John", "role": "owner"}""", "role")]
    [TestCase("""{"email": "john@example.com", "name": "John", "verified": "true"}""", "verified")]
    [TestCase("""{"email": "john@example.com", "name": "John", "verified": 1}""", "verified")]
    public async Task A_value_in_the_clothes_of_another_kind_is_refused(string body, string field)
    {
        using var admin = await AdminAsync();

        var answer = await admin.PostBytesAsync("/api/v1/users", Encoding.UTF8.GetBytes(body), "application/json");

        answer.ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        Assert.That(answer["errors"].EnumerateObject().Single().Name, Is.EqualTo(field));
        await NothingChangedAsync();
    }

    [TestCase("/api/v1/users?limit=1&limit=500", "limit", "once")]
    [TestCase("/api/v1/users?search=a&SEARCH=b", "search", "once")]
    [TestCase("/api/v1/users?search=%00", "search", "NUL")]
    [TestCase("/api/v1/users?search=%FF", "", "UTF-8")]
    [TestCase("/api/v1/users?search=%ED%A0%80", "", "UTF-8")]
    [TestCase("/api/v1/users?limit=many", "limit", "cannot be read")]
    [TestCase("/api/v1/users?limit=99999999999", "limit", "cannot be read")]
    [TestCase("/api/v1/users?limit=", "limit", "cannot be read")]
    [TestCase("/api/v1/users?role=1", "role", "cannot be read")]
    [TestCase("/api/v1/users?active=maybe", "active", "cannot be read")]
    [TestCase("/api/v1/logs?from=yesterday", "from", "cannot be read")]
    public async Task A_parameter_that_cannot_be_read_in_one_way_only_is_named(string address, string parameter, string why)
    {
        using var admin = await AdminAsync();

        var answer = (await admin.GetAsync(address)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That(answer["errors"].EnumerateObject().Single().Name, Is.EqualTo(parameter).IgnoreCase);
        Assert.That(answer["detail"].GetString(), Does.Contain(why));
    }

    [Test]
    public async Task A_NUL_in_an_address_reaches_nobody()
    {
        using var connection = await RawConnection.OpenAsync(TestRun.Server.Address);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        await connection.SendAsync("GET /api/v1/users/1%00 HTTP/1.1\r\nHost: faceid\r\nConnection: close\r\n\r\n");

        Assert.That(await connection.ReadToEndAsync(patience.Token), Does.StartWith("HTTP/1.1 400"));
    }

    [Test]
    public async Task A_request_that_two_programs_could_cut_in_two_ways_is_refused()
    {
        using var connection = await RawConnection.OpenAsync(TestRun.Server.Address);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        await connection.SendAsync(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: faceid\r\nContent-Type: application/json\r\nContent-Length: 3\r\nContent-Length: 4\r\nConnection: close\r\n\r\n{}  ");

        Assert.That(await connection.ReadToEndAsync(patience.Token), Does.StartWith("HTTP/1.1 400"));
    }

    private static Dictionary<string, object> Body(params (string Name, object Value)[] fields) => fields.ToDictionary(field => field.Name, field => field.Value);

    private static object Wanted(string field) => field switch
    {
        "role" => "admin",
        "id" => 1,
        "hashedPassword" or "mfaSecret" or "createdAt" => "x",
        _ => true,
    };

    private static Task<string> EverythingAsync() => ScalarAsync<string>("SELECT string_agg(users::text, '|' ORDER BY id) FROM users");

    private static async Task NamesAsync(Answer answer, string field, string before)
    {
        answer.ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        Assert.That(answer["errors"].EnumerateObject().Single().Name, Is.EqualTo(field).IgnoreCase);
        Assert.That(await EverythingAsync(), Is.EqualTo(before), "Nothing changed.");
    }

    private static Task<Answer> PatchBytesAsync(Api caller, string path, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return Answer.OfAsync(caller.Http.PatchAsync(new Uri(path, UriKind.Relative), content));
    }

    private static string Complete(string body) => body.Replace("{REST}", Rest, StringComparison.Ordinal);

    private static async Task<Answer> RefusedAsync(byte[] body)
    {
        using var anybody = Anonymous();
        var answer = (await anybody.PostBytesAsync(Register, body, "application/json")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        await NothingChangedAsync();
        return answer;
    }

    private static async Task NothingChangedAsync() => Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users"), Is.EqualTo(1));
}
