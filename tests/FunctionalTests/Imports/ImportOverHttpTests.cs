using System.Net;
using System.Text;
using FaceId.Domain.Faces;
using FaceId.FunctionalTests.Support;
using FaceId.Tests;
using Npgsql;

namespace FaceId.FunctionalTests.Imports;

public sealed class ImportOverHttpTests : ServerTests
{
    private const string PeopleAndFaces = "SELECT (SELECT count(*) FROM users) - 1 || ' ' || (SELECT count(*) FROM faces)";

    private static readonly float[] Ada = Descriptors.Nobody(1);

    [Test]
    public async Task Imported_faces_are_verified_and_identified_by_dlibs_calibration()
    {
        using var admin = await AdminAsync();
        var john = PeopleLines.Line("john@example.com", "John Salley", await PeopleLines.EncodingAsync(admin, Photos.JohnSalley));

        Assert.That((await admin.ImportAsync(john)).Ended(), Is.EqualTo("done: 1 people, 1 faces, 0 known, 0 refused"));

        var id = await ScalarAsync<int>("SELECT id FROM users WHERE email = 'john@example.com'");
        await Eventually.IsAsync(1, async () => (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK)["matches"].GetArrayLength());
        var identified = (await admin.IdentifyAsync(Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);
        var verified = (await admin.VerifyAsync(id, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(async () =>
        {
            Assert.That(identified["matches.0.userId"].GetInt32(), Is.EqualTo(id), identified.Body);
            Assert.That(identified["matches.0.model"].GetString(), Is.EqualTo(FaceModels.Dlib), identified.Body);
            Assert.That(verified["verified"].GetBoolean(), Is.True, verified.Body);
            Assert.That(verified["model"].GetString(), Is.EqualTo(FaceModels.Dlib));
            Assert.That((await admin.VerifyAsync(id, Photos.JohnSimm))["verified"].GetBoolean(), Is.False);
            Assert.That((await admin.IdentifyAsync(Photos.JohnSimm))["matches"].GetArrayLength(), Is.Zero);
            Assert.That(await ScalarAsync<string>("SELECT hashed_password || role || is_verified || is_active FROM users WHERE email = 'john@example.com'"), Is.EqualTo("!userfalsetrue"));
        });
    }

    [Test]
    public async Task The_same_lines_again_change_nothing_and_new_faces_are_added()
    {
        using var admin = await AdminAsync();
        var people = string.Join('\n', PeopleLines.Line("ada@example.com", Ada), PeopleLines.Line("Bob@Example.com", Descriptors.Nobody(2), Descriptors.Nobody(3), Descriptors.Nobody(2)));

        Assert.That((await admin.ImportAsync(people)).Ended(), Is.EqualTo("done: 2 people, 3 faces, 1 known, 0 refused"));
        var rows = await RowsAsync();
        Assert.That((await admin.ImportAsync(people)).Ended(), Is.EqualTo("done: 0 people, 0 faces, 4 known, 0 refused"));
        Assert.That(await RowsAsync(), Is.EqualTo(rows));

        var printed = string.Join(' ', Ada.Select(number => number.ToString("F6", System.Globalization.CultureInfo.InvariantCulture)));
        var csv = $"email,encoding\nADA@example.com,{printed}\nada@example.com,{PeopleLines.Base64(Descriptors.Nobody(4))}";
        Assert.That((await admin.ImportAsync(csv, type: "text/csv; charset=utf-8")).Ended(), Is.EqualTo("done: 0 people, 1 faces, 1 known, 0 refused"), "Six digits are the same face.");
    }

    [Test]
    public async Task What_is_refused_is_told_by_line_and_the_rest_taken()
    {
        using var admin = await AdminAsync();
        var many = Enumerable.Range(10, FaceEncoding.MaxPerUser).Select(Descriptors.Nobody).ToArray();

        var answer = await admin.ImportAsync(string.Join('\n',
            PeopleLines.Line("ada@example.com", "Ada", Ada),
            "{",
            PeopleLines.Line("ada@example.com", "Eve", Descriptors.Nobody(2)),
            PeopleLines.Line("bob@example.com", "Bob", [.. many, Ada]),
            PeopleLines.Line("bob@example.com", "Bob", many),
            PeopleLines.Line("bob@example.com", "Bob", Ada),
            PeopleLines.Line("kim@example.com", "Kim", [.. Ada.Select(x => x / 2)]),
            PeopleLines.Line("lee@example.com", "Lee")));

        Assert.Multiple(async () =>
        {
            Assert.That(answer.Refused(), Is.EqualTo(new[] { "2 not_json", "3 duplicate_email", "4 too_many_faces", "6 too_many_faces", "7 not_dlib" }));
            Assert.That(answer.Ended(), Is.EqualTo($"done: 3 people, {FaceEncoding.MaxPerUser + 1} faces, 0 known, 5 refused"));
            Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo($"3 {FaceEncoding.MaxPerUser + 1}"));
            Assert.That(await ScalarAsync<string>("SELECT detail FROM security_events WHERE kind = 'users_imported'"), Is.EqualTo($"people=3 faces={FaceEncoding.MaxPerUser + 1} refused=5 consent=none"));
        });
    }

    [Test]
    public async Task A_dry_run_says_the_same_and_writes_nothing()
    {
        using var admin = await AdminAsync();
        var people = string.Join('\n', PeopleLines.Line("ada@example.com", Ada), "{", PeopleLines.Line("ada@example.com", Ada));

        var dry = await admin.ImportAsync(people, "?dryRun=true");

        Assert.Multiple(async () =>
        {
            Assert.That(dry.Lines()[^1].GetProperty("dryRun").GetBoolean(), Is.True);
            Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo("0 0"));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'users_imported'"), Is.Zero);
            Assert.That(dry.Ended(), Is.EqualTo((await admin.ImportAsync(people)).Ended()).And.EqualTo("done: 1 people, 1 faces, 1 known, 1 refused"));
        });
    }

    [Test]
    public async Task A_strict_import_stops_at_the_first_refusal_and_takes_nothing_of_its_batch()
    {
        using var admin = await AdminAsync();

        var answer = await admin.ImportAsync($"{PeopleLines.Line("ada@example.com", Ada)}\n{{\n{PeopleLines.Line("bob@example.com")}", "?strict=true");

        Assert.Multiple(async () =>
        {
            Assert.That(answer.Lines()[^1].GetProperty("event").GetString(), Is.EqualTo("stopped"));
            Assert.That(answer.Lines()[^1].GetProperty("line").GetInt32(), Is.EqualTo(2));
            Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo("0 0"));
        });
    }

    [Test]
    public async Task Consent_is_written_down_as_whoever_imports_says_it_is()
    {
        const string consents = "SELECT coalesce(string_agg(email || ' ' || way || ' ' || recorded_by || ' ' || ip_address, ', ' ORDER BY email), '') FROM consents c JOIN users u ON u.id = c.user_id";
        using var admin = await AdminAsync();
        var people = $"{PeopleLines.Line("ada@example.com", Ada)}\n{PeopleLines.Line("bob@example.com")}";

        await admin.ImportAsync(people);
        Assert.That(await ScalarAsync<string>(consents), Is.Empty);
        await admin.ImportAsync(people, "?consent=attested");
        await admin.ImportAsync(people, "?consent=attested");
        Assert.That(await ScalarAsync<string>(consents), Is.EqualTo($"ada@example.com attestation {admin.UserId} 127.0.0.1"), "Who has no face needs none.");
        await admin.ImportAsync(people, "?consent=recorded");
        Assert.That(await ScalarAsync<string>(consents), Does.Contain("recorded"));
        (await admin.ImportAsync(people, "?consent=perhaps")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Test]
    public async Task Who_withdrew_comes_back_by_a_new_consent_only()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        await ada.PostAsync("/api/v1/me/consent", new { accepted = true });
        (await ada.DeleteAsync("/api/v1/me/consent")).ShouldBe(HttpStatusCode.NoContent);
        var line = PeopleLines.Line("ada@example.com", "Ada Lovelace", Ada);

        Assert.That((await admin.ImportAsync(line)).Refused(), Is.EqualTo(new[] { "1 consent_withdrawn" }));
        Assert.That((await admin.ImportAsync(line, "?consent=attested")).Refused(), Is.EqualTo(new[] { "1 consent_withdrawn" }));
        Assert.That((await admin.ImportAsync(line, "?consent=recorded")).Ended(), Is.EqualTo("done: 0 people, 1 faces, 0 known, 0 refused"));
    }

    [Test]
    public async Task Where_every_consent_must_be_on_record_an_import_must_say_that_it_is()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Accounts:RequireConsent", "all"));
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        var line = PeopleLines.Line("ada@example.com", Ada);

        Assert.That((await admin.ImportAsync(line, "?consent=attested")).Refused(), Is.EqualTo(new[] { "1 consent_required" }));
        Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo("0 0"));
        Assert.That((await admin.ImportAsync(line, "?consent=recorded")).Ended(), Is.EqualTo("done: 1 people, 1 faces, 0 known, 0 refused"));
    }

    [Test]
    public async Task Only_administrators_import_and_a_key_of_theirs_gives_no_face_to_staff()
    {
        using var admin = await AdminAsync();
        var line = PeopleLines.Line(TestServer.AdminEmail, await ScalarAsync<string>("SELECT name FROM users"), Ada);
        using var nobody = Anonymous();
        (await nobody.ImportAsync(line)).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        foreach (var role in (string[])["user", "operator"])
        {
            using var person = await PersonAsync($"{role}@example.com", role);
            (await person.ImportAsync(line)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
            (await person.ImportAsync(line, type: "image/jpeg")).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        }

        var key = (await admin.PostAsync("/api/v1/api-keys", new { name = "Import", scopes = new[] { "users.import" } })).ShouldBe(HttpStatusCode.Created);
        using var program = Anonymous();
        program.Http.DefaultRequestHeaders.Add("X-Api-Key", key["key"].GetString());
        Assert.That((await program.ImportAsync($"{line}\n{PeopleLines.Line("ada@example.com", Ada)}")).Refused(), Is.EqualTo(new[] { "1 forbidden" }));
        Assert.That((await admin.ImportAsync(line)).Ended(), Is.EqualTo("done: 0 people, 1 faces, 0 known, 0 refused"));
    }

    [TestCase("application/json", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")]
    [TestCase("image/jpeg", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type")]
    [TestCase("text/csv", HttpStatusCode.BadRequest, "validation")]
    public async Task A_body_of_another_kind_is_refused(string type, HttpStatusCode status, string code)
    {
        using var admin = await AdminAsync();

        (await admin.ImportAsync("{\"name\":\"Ada\"}", type: type)).ShouldBeProblem(status, code);
        (await admin.ImportAsync("", type: "application/x-ndjson")).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Test]
    public async Task A_body_over_the_limit_is_refused_at_once_or_where_it_gets_too_long()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:ImportMebibytes", "5"));
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        var people = PeopleLines.Csv(8000);

        (await admin.ImportAsync(people, type: "text/csv")).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge, "body_too_large");
        Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo("0 0"));

        var flowing = new StreamContent(new Unending(Encoding.UTF8.GetBytes(people)));
        flowing.Headers.ContentType = new("text/csv");
        var answer = await Answer.OfAsync(admin.Http.PostAsync(new Uri("/api/v1/users/import", UriKind.Relative), flowing));
        Assert.Multiple(async () =>
        {
            Assert.That(answer.Ended(), Is.EqualTo("failed: body_too_large"));
            Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo("5000 5000"));
            Assert.That(await ScalarAsync<string>("SELECT detail FROM security_events WHERE kind = 'users_imported'"), Does.StartWith("people=5000 faces=5000"));
        });
        Assert.That((await admin.ImportAsync(PeopleLines.Csv(10), type: "text/csv")).Ended(), Does.StartWith("done"));
    }

    [Test]
    public async Task One_import_is_at_work_at_a_time_and_one_that_breaks_off_makes_room_and_leaves_what_it_took()
    {
        using var admin = await AdminAsync();
        using var broken = new CancellationTokenSource();
        using var body = new Stalling(Encoding.UTF8.GetBytes(PeopleLines.Csv(5800)));
        using var content = new StreamContent(body);
        content.Headers.ContentType = new("text/csv");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/api/v1/users/import", UriKind.Relative)) { Content = content };
        var sending = admin.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, broken.Token);
        await Eventually.IsAsync(5000L, () => ScalarAsync<long>("SELECT count(*) FROM faces"));

        (await admin.ImportAsync(PeopleLines.Line("ada@example.com", Ada))).ShouldBeProblem(HttpStatusCode.Conflict, "import_running");
        await broken.CancelAsync();
        body.Dispose();
        try
        {
            (await sending).Dispose();
        }
        catch (OperationCanceledException)
        {
            // Before the answer began.
        }

        await Eventually.IsAsync(HttpStatusCode.OK, async () => (await admin.ImportAsync(PeopleLines.Line("ada@example.com", Ada))).Status);
        Assert.That(await ScalarAsync<string>(PeopleAndFaces), Is.EqualTo("5001 5001"));
    }

    [Test]
    public async Task Who_registers_while_an_import_is_at_work_is_met_as_an_account_that_is_there()
    {
        using var admin = await AdminAsync();
        await using var other = new NpgsqlConnection(TestDatabase.ConnectionString);
        await other.OpenAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO users (email, name, hashed_password) VALUES ('ada@example.com', 'Ada', '')", other, transaction);
        await insert.ExecuteNonQueryAsync();

        var importing = admin.ImportAsync(PeopleLines.Line("ada@example.com", Ada));
        await Eventually.IsAsync(1L, () => ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY users%'"));
        await transaction.CommitAsync();

        Assert.That((await importing).Ended(), Is.EqualTo("done: 0 people, 1 faces, 0 known, 0 refused"));
    }

    private static Task<string> RowsAsync() => ScalarAsync<string>(
        "SELECT (SELECT string_agg(u::text, '' ORDER BY id) FROM users u WHERE role = 'user') || (SELECT string_agg(f::text, '' ORDER BY id) FROM faces f)");

    /// <summary>Does not tell its length.</summary>
    private sealed class Unending(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    /// <summary>Ends by being disposed of.</summary>
    private sealed class Stalling(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly TaskCompletionSource _end = new();

        public override bool CanSeek => false;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position == Length)
            {
                await _end.Task.WaitAsync(cancellationToken);
            }

            return await base.ReadAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            _end.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
