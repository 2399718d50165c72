using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using FaceId.Application.Faces;
using FaceId.FunctionalTests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceId.FunctionalTests.Imports;

/// <summary>POST /users/import.</summary>
public sealed class ImportTests : ServerTests
{
    private const string Path = "/api/v1/users/import";
    private const string Jsonl = "application/x-ndjson";

    [Test]
    public async Task A_face_is_taken_in_every_form_and_keeps_its_numbers()
    {
        using var admin = await AdminAsync();
        var numbers = Enumerable.Range(0, 7).Select(Vectors.Of).ToArray();
        var digits = numbers[6].Select(number => number.ToString("R", CultureInfo.InvariantCulture)).ToArray();
        string[] lines =
        [
            Line("a@example.com", Vectors.Base64(numbers[0])),
            Line("b@example.com", Convert.ToBase64String(Vectors.DoubleBytes(numbers[1]))),
            Line("c@example.com", Convert.ToHexString(Vectors.Bytes(numbers[2]))),
            Line("d@example.com", Convert.ToHexStringLower(Vectors.DoubleBytes(numbers[3]))),
            Line("e@example.com", numbers[4]),
            JsonSerializer.Serialize(new { email = "f@example.com", name = "F", encodings = new object[] { numbers[5], Vectors.Base64(Vectors.Of(50)) } }),
            Line("g@example.com", $"[{string.Join("  ", digits)}]"),
        ];

        var end = await ImportAsync(admin, lines);

        Assert.Multiple(async () =>
        {
            Assert.That((end.Event, end.People, end.Faces, end.Refused), Is.EqualTo(("done", 7L, 8L, 0L)));
            for (var i = 0; i < numbers.Length; i++)
            {
                Assert.That((await FacesAsync($"{(char)('a' + i)}@example.com"))[0], Is.EqualTo(numbers[i]));
            }

            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces WHERE octet_length(encoding) = 512 + 33 AND self_enrolled = false"), Is.EqualTo(8), "sealed");
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM face_changes"), Is.EqualTo(8), "searches hear of them");
        });
    }

    [Test]
    public async Task Csv_is_taken_with_one_column_or_128_for_the_numbers()
    {
        using var admin = await AdminAsync();
        var numbers = Vectors.Of(1);
        var backwards = Enumerable.Range(0, 128).Reverse().ToArray();
        var wide = $"Email;name;{string.Join(';', backwards.Select(i => $"e{i}"))}\r\nwide@example.com;\"Lovelace; \"\"Ada\"\"\";{string.Join(';', backwards.Select(i => numbers[i].ToString("R", CultureInfo.InvariantCulture)))}\r\n";
        var narrow = $"\uFEFFemail,name,external_id,encoding\nnarrow@example.com,Two\u00e4,,{Vectors.Base64(numbers)}\nnarrow@example.com,Two\u00e4,,{Vectors.Base64(Vectors.Of(2))}\n,,4711,\n";

        Assert.That((await ImportAsync(admin, wide, "text/csv")).Faces, Is.EqualTo(1));
        var end = await ImportAsync(admin, narrow, "text/csv; charset=utf-8");

        Assert.Multiple(async () =>
        {
            Assert.That((end.People, end.Faces, end.Refused), Is.EqualTo((2L, 2L, 0L)));
            Assert.That((await FacesAsync("wide@example.com"))[0], Is.EqualTo(numbers), "by the numbers in the names of the columns");
            Assert.That(await ScalarAsync<string>("SELECT name FROM users WHERE email = 'wide@example.com'"), Is.EqualTo("Lovelace; \"Ada\""));
            Assert.That(await FacesAsync("narrow@example.com"), Has.Count.EqualTo(2));
            Assert.That(await ScalarAsync<string>("SELECT name FROM users WHERE email LIKE '4711-%@imported.invalid'"), Is.EqualTo("4711"));
        });
    }

    [Test]
    public async Task The_same_twice_changes_nothing_even_when_the_numbers_were_printed()
    {
        using var admin = await AdminAsync();
        var printed = Vectors.Of(2).Select(number => Math.Round((double)number, 6)).ToArray();
        string[] lines = [Line("a@example.com", Vectors.Of(1)), Line("b@example.com", Vectors.Of(2)), Line("b@example.com", Vectors.Of(3)), Line("none@example.com")];
        await ImportAsync(admin, lines);
        var before = await StateAsync();

        var end = await ImportAsync(admin, [.. lines, Line("B@Example.com", printed), lines[0]]);

        Assert.Multiple(async () =>
        {
            Assert.That((end.People, end.Faces, end.KnownFaces, end.Refused), Is.EqualTo((0L, 0L, 5L, 0L)));
            Assert.That(await StateAsync(), Is.EqualTo(before));
        });
    }

    [Test]
    public async Task What_cannot_be_taken_is_told_by_line_and_reason_and_stops_nothing()
    {
        using var admin = await AdminAsync();
        var scaled = Vectors.Of(1).Select(number => number / 1.4f).ToArray();
        var turned = Vectors.Of(1).Reverse().ToArray();
        var broken = Vectors.Bytes(Vectors.Of(1));
        BitConverter.TryWriteBytes(broken, float.NaN);
        (string Line, string? Code)[] lines =
        [
            (Line("good@example.com", Vectors.Of(1)), null),
            ("{\"email\": \"half", "not_json"),
            ("[1, 2]", "not_json"),
            ("{\"email\": \"nan@example.com\", \"encoding\": [NaN]}", "not_json"),
            (Line("zero@example.com", new float[128]), "zero_vector"),
            (Line("nan@example.com", Convert.ToBase64String(broken)), "not_finite"),
            (Line("huge@example.com", Enumerable.Repeat(1e300, 128).ToArray()), "not_finite"),
            (Line("short@example.com", new float[127]), "wrong_length"),
            (Line("facenet@example.com", new float[512]), "wrong_length"),
            (Line("bytes@example.com", Convert.ToBase64String(new byte[100])), "wrong_length"),
            (Line("unit@example.com", scaled), "not_dlib"),
            (Line("order@example.com", turned), "not_dlib"),
            (Line("text@example.com", "these are no numbers"), "unreadable_encoding"),
            (Line("no address", Vectors.Of(2)), "bad_email"),
            ("{}", "bad_email"),
            (JsonSerializer.Serialize(new { email = "name@example.com", name = "\u202Egnp", encoding = Vectors.Of(2) }), "bad_name"),
            (JsonSerializer.Serialize(new { email = "good@example.com", name = "Somebody Else", encoding = Vectors.Of(3) }), "duplicate_email"),
            (JsonSerializer.Serialize(new { email = "many@example.com", encodings = Enumerable.Range(0, 21).Select(Vectors.Of) }), "too_many_faces"),
            (JsonSerializer.Serialize(new { email = "model@example.com", faces = new[] { new { encoding = Vectors.Of(1), model = "arcface" } } }), "unknown_model"),
            (new string(' ', 1_100_000) + "{}", "line_too_long"),
            (Line("last@example.com", Vectors.Of(4)), null),
        ];

        var end = await ImportAsync(admin, [.. lines.Select(line => line.Line)]);

        Assert.Multiple(async () =>
        {
            Assert.That((end.People, end.Faces, end.Refused), Is.EqualTo((2L, 2L, lines.Length - 2L)));
            Assert.That(
                end.Refusals.OrderBy(refusal => refusal.Line).Select(refusal => refusal.Code),
                Is.EqualTo(lines.Where(line => line.Code is not null).Select(line => line.Code)));
            Assert.That(end.Refusals.Select(refusal => refusal.Line).Min(), Is.EqualTo(2));
            Assert.That(end.Refusals.Select(refusal => refusal.Detail), Has.All.EndsWith("."));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE email LIKE '%@example.com'"), Is.EqualTo(3), "with the administrator");
        });
    }

    [Test]
    public async Task A_twenty_first_face_is_refused_also_when_it_comes_later()
    {
        using var admin = await AdminAsync();
        await ImportAsync(admin, JsonSerializer.Serialize(new { email = "a@example.com", encodings = Enumerable.Range(0, 20).Select(Vectors.Of) }));

        var end = await ImportAsync(admin, Line("a@example.com", Vectors.Of(20)), Line("a@example.com", Vectors.Of(7)));

        Assert.That((end.Faces, end.KnownFaces, end.Refusals.Single().Code), Is.EqualTo((0L, 1L, "too_many_faces")));
    }

    [Test]
    public async Task A_strict_import_takes_nothing_of_the_batch_with_the_first_fault_and_says_where_it_stopped()
    {
        using var admin = await AdminAsync();

        var end = await ImportAsync(admin, $"{Line("a@example.com", Vectors.Of(1))}\n{Line("b@example.com", new float[128])}\n", query: "?strict=true");

        Assert.Multiple(async () =>
        {
            Assert.That((end.Event, end.Line), Is.EqualTo(("stopped", 2L)));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE email LIKE '_@example.com'"), Is.Zero);
        });
    }

    [Test]
    public async Task A_dry_run_tells_the_same_and_changes_nothing()
    {
        using var admin = await AdminAsync();
        var before = await StateAsync();

        var end = await ImportAsync(admin, $"{Line("a@example.com", Vectors.Of(1))}\n{Line("b@example.com", new float[128])}\n", query: "?dryRun=true&consent=recorded");

        Assert.Multiple(async () =>
        {
            Assert.That((end.Event, end.People, end.Faces, end.Refused), Is.EqualTo(("done", 1L, 1L, 1L)));
            Assert.That(await StateAsync(), Is.EqualTo(before));
        });
    }

    [Test]
    public async Task Nobody_gets_a_mail_a_role_or_a_way_in()
    {
        using var admin = await AdminAsync();
        using var anybody = Anonymous();

        await ImportAsync(admin, """{"email": "a@example.com", "role": "admin", "password": "correct horse battery", "hashedPassword": "x"}""", """{"name": "Ada Lovelace"}""");

        (await anybody.TryLoginAsync("a@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        (await anybody.TryLoginAsync("a@example.com", "!")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
        var placeholder = await ScalarAsync<string>("SELECT email FROM users WHERE name = 'Ada Lovelace'");
        (await anybody.PostAsync("/api/v1/auth/forgot-password", new { email = placeholder })).ShouldBe(HttpStatusCode.Accepted);
        (await anybody.PostAsync("/api/v1/auth/forgot-password", new { email = "a@example.com" })).ShouldBe(HttpStatusCode.Accepted);
        Assert.Multiple(async () =>
        {
            Assert.That(placeholder, Does.Match("^ada-lovelace-[0-9a-f]{16}@imported.invalid$"));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM users WHERE role <> 'user' OR is_verified"), Is.EqualTo(1), "the administrator");
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM outgoing_mails"), Is.EqualTo(1), "the one that a@example.com asked for");
            Assert.That(await ScalarAsync<string>("SELECT detail FROM security_events WHERE kind = 'users_imported'"), Is.EqualTo("people=2 faces=0 refused=0 consent=none"));
        });
    }

    [Test]
    public async Task A_person_taken_over_is_recognised()
    {
        using var admin = await AdminAsync();
        var detected = (await admin.DetectAsync(Photos.JohnSalley, "?encodings=true")).ShouldBe(HttpStatusCode.OK);
        await ImportAsync(admin, JsonSerializer.Serialize(new { email = "john@example.com", name = "John", encoding = detected["faces.0.encoding"] }));
        var john = await ScalarAsync<int>("SELECT id FROM users WHERE email = 'john@example.com'");

        var same = (await admin.VerifyAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);
        var other = (await admin.VerifyAsync(john, Photos.JohnSimm)).ShouldBe(HttpStatusCode.OK);

        Assert.That((same["verified"].GetBoolean(), other["verified"].GetBoolean()), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task A_consent_is_written_down_only_when_somebody_answers_for_it()
    {
        using var admin = await AdminAsync();
        string[] lines = [Line("a@example.com", Vectors.Of(1)), Line("b@example.com")];

        await ImportAsync(admin, lines);
        var none = await ConsentsAsync();
        await ImportAsync(admin, string.Join('\n', lines), query: "?consent=attested");
        var attested = await ConsentsAsync();
        await ImportAsync(admin, string.Join('\n', lines), query: "?consent=attested");
        var again = await ConsentsAsync();
        await ImportAsync(admin, string.Join('\n', lines), query: "?consent=recorded");

        Assert.Multiple(async () =>
        {
            Assert.That(none, Is.Empty);
            Assert.That(attested, Is.EqualTo("a@example.com attestation"), "not for who has no face");
            Assert.That(again, Is.EqualTo(attested));
            Assert.That(await ConsentsAsync(), Is.EqualTo("a@example.com attestation,a@example.com recorded"));
        });
    }

    [Test]
    public async Task Who_withdrew_their_consent_does_not_come_back_with_the_old_file()
    {
        using var admin = await AdminAsync();
        var line = Line("a@example.com", Vectors.Of(1));
        await ImportAsync(admin, line, query: "?consent=attested");
        var id = await ScalarAsync<int>("SELECT id FROM users WHERE email = 'a@example.com'");
        (await admin.DeleteAsync($"/api/v1/users/{id}/consent")).ShouldBe(HttpStatusCode.NoContent);

        var plain = await ImportAsync(admin, line);
        var vouched = await ImportAsync(admin, line, query: "?consent=attested");
        var none = await ScalarAsync<long>("SELECT count(*) FROM faces");
        var anew = await ImportAsync(admin, line, query: "?consent=recorded");

        Assert.That(
            (plain.Refusals.Single().Code, vouched.Refusals.Single().Code, none, anew.Faces),
            Is.EqualTo(("consent_withdrawn", "consent_withdrawn", 0L, 1L)));
    }

    [Test]
    public async Task Where_everybody_must_have_agreed_faces_come_only_with_a_consent_on_record()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Accounts:RequireConsent", "All"));
        using var admin = await server.Anonymous().ContinueAsync(TestRun.AdminToken);

        var without = await ImportAsync(admin, $"{Line("a@example.com", Vectors.Of(1))}\n{Line("b@example.com")}", query: "?consent=attested");
        var with = await ImportAsync(admin, Line("a@example.com", Vectors.Of(1)), query: "?consent=recorded");

        Assert.That((without.Refusals.Single().Code, without.People, with.Faces), Is.EqualTo(("consent_required", 1L, 1L)));
    }

    [Test]
    public async Task A_key_with_the_scope_imports_but_gives_nobody_of_the_staff_a_face()
    {
        using var admin = await AdminAsync();
        var key = (await admin.PostAsync("/api/v1/api-keys", new { name = "Gate", scopes = new[] { "users.import" } })).ShouldBe(HttpStatusCode.Created);
        using var program = Anonymous();
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", key["key"].GetString());
        string[] lines = [Line(TestServer.AdminEmail, Vectors.Of(1)), Line("a@example.com", Vectors.Of(2))];

        var byKey = await ImportAsync(program, lines);
        var byAdmin = await ImportAsync(admin, lines);

        Assert.That((byKey.Faces, byKey.Refusals.Single().Code, byAdmin.Faces), Is.EqualTo((1L, "forbidden", 1L)));
    }

    [Test]
    public async Task What_is_no_list_of_people_is_refused_as_a_whole()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync(role: "operator");

        (await admin.PostBytesAsync(Path, [0x80, 4, 1, 2], Jsonl)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        Assert.That((await admin.PostBytesAsync(Path, [0x80, 4, 1, 2], Jsonl))["detail"].GetString(), Does.Contain("pickle").And.Contain("python3 -c"));
        (await admin.PostBytesAsync(Path, [], Jsonl)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await admin.PostBytesAsync(Path, "a,b\n1,2\n"u8.ToArray(), "text/csv")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await admin.PostBytesAsync(Path, "{}"u8.ToArray(), "application/json")).ShouldBeProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
        (await admin.PostBytesAsync($"{Path}?consent=maybe", "{}"u8.ToArray(), Jsonl)).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await ada.PostBytesAsync(Path, "{}"u8.ToArray(), Jsonl)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
    }

    [Test]
    public async Task One_import_is_at_work_at_a_time()
    {
        using var admin = await AdminAsync();
        await using var other = new NpgsqlConnection(TestDatabase.ConnectionString);
        await other.OpenAsync();
        await using (var hold = new NpgsqlCommand("SELECT pg_advisory_lock(x'4641434500000034'::bigint)", other))
        {
            await hold.ExecuteNonQueryAsync();
        }

        (await admin.PostBytesAsync(Path, Encoding.UTF8.GetBytes(Line("a@example.com")), Jsonl)).ShouldBeProblem(HttpStatusCode.Conflict, "import_running");
        await other.CloseAsync();
        NpgsqlConnection.ClearPool(other);

        await Eventually.IsAsync(HttpStatusCode.OK, async () => (await admin.PostBytesAsync(Path, Encoding.UTF8.GetBytes(Line("a@example.com")), Jsonl)).Status);
    }

    [Test]
    public async Task A_long_import_tells_how_far_it_is_and_one_that_is_too_long_is_broken_off()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:ImportMebibytes", "6"));
        using var admin = await server.Anonymous().ContinueAsync(TestRun.AdminToken);
        var people = string.Join('\n', Enumerable.Range(0, 6000).Select(i => Line($"p{i}@example.com", Vectors.Base64(Vectors.Of(i)))));

        var answer = (await admin.PostBytesAsync(Path, Encoding.UTF8.GetBytes(people), Jsonl)).ShouldBe(HttpStatusCode.OK);
        var lines = answer.Body.TrimEnd().Split('\n');

        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Does.StartWith("{\"event\":\"progress\",\"entries\":5000,"));
            Assert.That(lines[^1], Does.StartWith("{\"event\":\"done\",\"entries\":6000,\"people\":6000,\"faces\":6000,"));
            Assert.That(answer.Message.Content.Headers.ContentType?.MediaType, Is.EqualTo(Jsonl));
        });
        (await admin.PostBytesAsync(Path, Encoding.UTF8.GetBytes($"{people}\n{people}"), Jsonl)).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
    }

    private static string Line(string email, object? encoding = null) => JsonSerializer.Serialize(new { email, encoding });

    private static Task<string> ConsentsAsync() =>
        ScalarAsync<string>("SELECT coalesce(string_agg(email || ' ' || way, ',' ORDER BY c.id), '') FROM consents c JOIN users u ON u.id = c.user_id");

    /// <summary>Everything that an import could change.</summary>
    private static Task<string> StateAsync() => ScalarAsync<string>(
        """
        SELECT md5(concat((SELECT string_agg(u::text, ',' ORDER BY id) FROM users u), (SELECT string_agg(f::text, ',' ORDER BY id) FROM faces f),
            (SELECT string_agg(c::text, ',' ORDER BY id) FROM consents c), (SELECT string_agg(i::text, ',' ORDER BY source) FROM imports i)))
        """);

    private static async Task<List<float[]>> FacesAsync(string email)
    {
        await using var database = NpgsqlDataSource.Create(TestDatabase.ConnectionString);
        await using var command = database.CreateCommand("SELECT user_id, encoding FROM faces WHERE user_id = (SELECT id FROM users WHERE email = $1) ORDER BY id");
        command.Parameters.Add(new NpgsqlParameter { Value = email });
        await using var reader = await command.ExecuteReaderAsync();
        var faces = new List<float[]>();
        while (await reader.ReadAsync())
        {
            faces.Add(TestRun.Server.Services.GetRequiredService<ITemplateVault>()
                .OpenEncoding(reader.GetFieldValue<byte[]>(1), "dlib-resnet-v1", reader.GetInt32(0)).Values.ToArray());
        }

        return faces;
    }

    private static Task<Ended> ImportAsync(Api caller, params string[] lines) => ImportAsync(caller, string.Join('\n', lines));

    private static async Task<Ended> ImportAsync(Api caller, string body, string type = Jsonl, string query = "")
    {
        var answer = (await caller.PostBytesAsync(Path + query, Encoding.UTF8.GetBytes(body), type)).ShouldBe(HttpStatusCode.OK);
        var lines = answer.Body.TrimEnd().Split('\n').Select(line => JsonSerializer.Deserialize<Ended>(line, JsonSerializerOptions.Web)!).ToList();
        return lines[^1] with { Refusals = lines.FindAll(line => line.Event == "refused") };
    }

    private sealed record Ended(
        string Event, long? Line, string? Code, string? Detail, long Entries, long People, long Faces, long KnownFaces, long Refused)
    {
        public List<Ended> Refusals { get; init; } = [];
    }
}
