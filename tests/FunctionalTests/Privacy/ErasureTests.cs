using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Privacy;

public sealed class ErasureTests : ServerTests
{
    // Every column that can name an account, in every table there is or will be.
    private const string CountEverywhere = """
        SELECT coalesce(string_agg(c.table_name || '.' || c.column_name, ',' ORDER BY c.table_name), '')
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
          AND c.column_name IN ('user_id', 'actor_id', 'created_by', 'recorded_by', 'updated_by')
          AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I WHERE %I = %s', c.table_name, c.column_name, {0}), true, true, '')))[1]::text <> '0'
        """;

    [Test]
    public async Task Erasing_oneself_leaves_no_row_that_names_the_person_and_a_receipt_that_holds()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync(role: "operator");
        using var anybody = Anonymous();
        var john = await admin.CreatePersonAsync();
        await ada.PostAsync("/api/v1/me/consent", new { accepted = true });
        (await ada.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ShouldBe(HttpStatusCode.Created);
        (await ada.PostAsync($"/api/v1/users/{john}/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        await ada.PostAsync("/api/v1/me/mfa/setup", new { });
        await anybody.PostAsync("/api/v1/auth/forgot-password", new { email = "ada@example.com" });
        await ExecuteAsync($"INSERT INTO api_keys (name, prefix, key_hash, scopes, created_by, created_at) VALUES ('gate', 'faceid_x', '\\x01', '{{users.read}}', {ada.UserId}, now())");
        await ExecuteAsync($"INSERT INTO passkeys (user_id, name, credential_id, public_key, sign_count, aaguid, is_backed_up, created_at) VALUES ({ada.UserId}, 'phone', '\\x01', '\\x01', 0, gen_random_uuid(), false, now())");
        await ExecuteAsync($"INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ({ada.UserId}, '\\x01', now())");
        await ExecuteAsync($"INSERT INTO settings (name, value, version, updated_at, updated_by) VALUES ('any', '{{}}', 1, now(), {ada.UserId})");
        Assert.That(await NamedInAsync(ada.UserId), Does.Contain("settings.updated_by").And.Contain("consents.recorded_by").And.Contain("faces.user_id").And.Contain("security_events.actor_id"), "The test looks where it should.");

        var receipt = (await ada.DeleteAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(async () =>
        {
            Assert.That(await NamedInAsync(ada.UserId), Is.Empty);
            Assert.That(receipt["userId"].GetInt32(), Is.EqualTo(ada.UserId));
            Assert.That(receipt["counts.faces"].GetInt32(), Is.EqualTo(1));
            Assert.That(receipt["counts.sessions"].GetInt32(), Is.EqualTo(1));
            Assert.That(receipt["counts.logRowsUnlinked"].GetInt32(), Is.EqualTo(1));
            Assert.That(receipt["counts.securityEventsUnlinked"].GetInt32(), Is.Positive);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recognition_logs WHERE user_id IS NULL AND success AND ip_address IS NULL AND user_agent IS NULL"), Is.EqualTo(1));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE ip_address IS NOT NULL AND kind IN ('consent_given', 'signed_in')"), Is.Zero);
            Assert.That(await ScalarAsync<string>("SELECT detail FROM security_events WHERE kind = 'user_erased'"), Is.EqualTo(receipt["id"].GetString()));
        });
        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await anybody.TryLoginAsync("ada@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");

        var check = (await CheckAsync(JsonNode.Parse(receipt.Body)!)).ShouldBe(HttpStatusCode.OK);
        Assert.That(check["valid"].GetBoolean());
        Assert.That(check["remaining"].EnumerateObject().Select(table => table.Value.GetInt32()), Is.All.Zero);
    }

    [Test]
    public async Task A_receipt_tells_when_a_backup_brought_something_back()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        var receipt = (await admin.DeleteAsync($"/api/v1/users/{john}")).ShouldBe(HttpStatusCode.OK);
        await ExecuteAsync($"INSERT INTO users (id, email, name, hashed_password) VALUES ({john}, 'john@example.com', 'John', 'x')");

        Assert.That((await CheckAsync(JsonNode.Parse(receipt.Body)!))["remaining.users"].GetInt32(), Is.EqualTo(1));
    }

    [TestCase("userId", "1")]
    [TestCase("erasedAt", "\"2020-01-01T00:00:00Z\"")]
    [TestCase("id", "\"019a0c5e-7d3b-7c1a-9f57-3f1f5b2f6a10\"")]
    [TestCase("subject", "\"00\"")]
    [TestCase("signature", "\"00\"")]
    [TestCase("counts", "{\"faces\": 9, \"sessions\": 0, \"logRowsUnlinked\": 0, \"securityEventsUnlinked\": 0, \"imagesDeleted\": 0, \"imagesElsewhere\": 0}")]
    public async Task A_receipt_in_which_anything_was_changed_is_forged(string field, string value)
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        var receipt = JsonNode.Parse((await admin.DeleteAsync($"/api/v1/users/{john}")).ShouldBe(HttpStatusCode.OK).Body)!;
        receipt[field] = JsonNode.Parse(value);

        var check = (await CheckAsync(receipt)).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(check["valid"].GetBoolean(), Is.False);
            Assert.That(check["remaining"].ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        });
    }

    [Test]
    public async Task Half_a_receipt_is_refused()
    {
        using var anybody = Anonymous();

        (await anybody.PostAsync("/api/v1/erasures/check", new { userId = 7 })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
    }

    [Test]
    public async Task Photos_in_the_data_folder_go_and_others_stay()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        var photos = Directory.CreateDirectory(Path.Combine(TestDatabase.DataFolder, "photos")).FullName;
        var elsewhere = Directory.CreateTempSubdirectory("faceid-elsewhere-").FullName;
        string[] ours = [Path.Combine(photos, "a.jpg"), Path.Combine(photos, "b.png")];
        string[] others = [Path.Combine(elsewhere, "c.jpg"), Path.Combine(photos, "notes.txt")];
        foreach (var file in (string[])[.. ours, .. others])
        {
            await File.WriteAllTextAsync(file, "");
        }

        Directory.CreateSymbolicLink(Path.Combine(photos, "way-out"), elsewhere);
        string[] named = [ours[0], "photos/b.png", .. others, Path.Combine(photos, "way-out/c.jpg"), $"photos/../../{Path.GetFileName(elsewhere)}/c.jpg"];
        foreach (var path in named)
        {
            await ExecuteAsync("INSERT INTO faces (user_id, encoding, image_path) VALUES ($1, '\\x00', $2)", john, path);
        }

        var receipt = (await admin.DeleteAsync($"/api/v1/users/{john}")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(receipt["counts.imagesDeleted"].GetInt32(), Is.EqualTo(2));
            Assert.That(receipt["counts.imagesElsewhere"].GetInt32(), Is.EqualTo(4));
            Assert.That(ours.Where(File.Exists), Is.Empty);
            Assert.That(others.Where(File.Exists), Is.EqualTo(others));
        });
        Directory.Delete(elsewhere, recursive: true);
    }

    [Test]
    public async Task An_erasure_needs_a_fresh_proof_and_never_takes_the_last_administrator()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();

        (await admin.DeleteAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Conflict, "last_admin");
        await ExecuteAsync("UPDATE sessions SET proven_at = now() - interval '11 minutes'");
        await Eventually.IsAsync(HttpStatusCode.Forbidden, async () => (await ada.GetAsync("/api/v1/me/export")).Status);
        (await ada.DeleteAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
        (await admin.DeleteAsync($"/api/v1/users/{ada.UserId}")).ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
    }

    [Test]
    public async Task An_attempt_under_way_while_its_person_is_erased_leaves_no_trace_of_where_they_were()
    {
        using var ada = await PersonAsync();
        await ada.PostAsync("/api/v1/me/consent", new { accepted = true });
        var enrolments = Enumerable.Range(0, 4).Select(_ => ada.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ToList();
        await Task.WhenAny(enrolments);

        (await ada.DeleteAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        await Task.WhenAll(enrolments);
        Assert.Multiple(async () =>
        {
            Assert.That(await NamedInAsync(ada.UserId), Is.Empty);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.Zero);
        });
    }

    private static Task<string> NamedInAsync(int userId) =>
        ScalarAsync<string>(CountEverywhere.Replace("{0}", userId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));

    private static async Task<Answer> CheckAsync(JsonNode receipt)
    {
        using var anybody = Anonymous();
        return await anybody.PostAsync("/api/v1/erasures/check", receipt);
    }
}
