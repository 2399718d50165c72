using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>Passkeys as people use them: in a real browser, with an authenticator that it simulates.</summary>
public sealed class PasskeyTests : ServerTests
{
    private TestServer _server = null!;
    private Browser _browser = null!;
    private Uri _origin = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        (_server, _origin) = await TestServer.StartForBrowsersAsync();
        _browser = await Browser.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Test]
    public async Task The_first_passkey_comes_with_recovery_codes_and_makes_the_password_not_enough()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();

        var added = await AddAsync(ada, page, "My phone");

        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        var list = (await ada.GetAsync("/api/v1/me/passkeys")).ShouldBe(HttpStatusCode.OK);
        Assert.Multiple(() =>
        {
            Assert.That(added["name"].GetString(), Is.EqualTo("My phone"));
            Assert.That(added["recoveryCodes"].GetArrayLength(), Is.EqualTo(10));
            Assert.That(login["methods"].EnumerateArray().Select(method => method.GetString()), Is.EquivalentTo(new[] { "passkey", "recovery" }));
            Assert.That(login.Body, Does.Not.Contain("accessToken"));
            Assert.That(list["items.0.id"].GetInt32(), Is.EqualTo(added["id"].GetInt32()));
            Assert.That(list["items.0.lastUsedAt"].ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
        Assert.That(await EventsAsync("passkey_added", ada.UserId), Is.EqualTo(1));

        // The passkey itself is the fresh proof for another one, which brings no more codes.
        Assert.That((await AddAsync(ada, await OpenAsync(), "My laptop")).Body, Does.Not.Contain("recoveryCodes"));
    }

    [Test]
    public async Task Options_ask_for_a_verified_person_by_sound_algorithms_and_tell_the_authenticator_nothing_it_need_not_know()
    {
        using var ada = await SignedInAsync();

        var options = (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK)["options"];
        var signIn = (await ada.PostAsync("/api/v1/auth/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK)["options"];

        Assert.Multiple(() =>
        {
            Assert.That(options.GetProperty("rp").GetProperty("id").GetString(), Is.EqualTo("localhost"));
            Assert.That(options.GetProperty("attestation").GetString(), Is.EqualTo("none"));
            Assert.That(options.GetProperty("authenticatorSelection").GetProperty("residentKey").GetString(), Is.EqualTo("required"));
            Assert.That(options.GetProperty("authenticatorSelection").GetProperty("userVerification").GetString(), Is.EqualTo("required"));
            Assert.That(
                options.GetProperty("pubKeyCredParams").EnumerateArray().Select(choice => choice.GetProperty("alg").GetInt32()),
                Is.EqualTo(new[] { -7, -8, -35, -36, -37 }));
            Assert.That(options.GetProperty("user").GetProperty("id").GetString(), Has.Length.EqualTo(43));
            Assert.That(signIn.GetProperty("userVerification").GetString(), Is.EqualTo("required"));
            Assert.That(signIn.GetProperty("rpId").GetString(), Is.EqualTo("localhost"));
        });
    }

    [Test]
    public async Task A_passkey_signs_in_without_a_password()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);

        using var anybody = _server.Anonymous();
        var signedIn = (await SignInAsync(anybody, page)).ShouldBe(HttpStatusCode.OK);

        await anybody.ContinueAsync(signedIn["accessToken"].GetString()!);
        Assert.That(anybody.UserId, Is.EqualTo(ada.UserId));

        // It counts as the second factor too.
        (await anybody.PostAsync("/api/v1/me/mfa/recovery-codes", new { })).ShouldBe(HttpStatusCode.OK);
        Assert.That(
            (await ada.GetAsync("/api/v1/me/passkeys"))["items.0.lastUsedAt"].ValueKind, Is.EqualTo(JsonValueKind.String));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'signed_in' AND detail = 'passkey'"), Is.EqualTo(1));
    }

    [Test]
    public async Task What_a_browser_says_of_a_passkey_beyond_what_is_asked_is_no_mistake()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        var registration = (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var made = await page.CreatePasskeyAsync(registration["options"]);
        (await ada.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "My phone", credential = WithMore(made) })).ShouldBe(HttpStatusCode.Created);

        using var anybody = _server.Anonymous();
        var challenge = await BeginAsync(anybody);
        (await anybody.PostAsync("/api/v1/auth/passkeys", new { token = challenge["token"], credential = WithMore(await page.UsePasskeyAsync(challenge["options"])) }))
            .ShouldBe(HttpStatusCode.OK);

        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        var second = new { mfaToken = login["mfaToken"], method = "passkey", credential = WithMore(await page.UsePasskeyAsync(login["passkeyOptions"])) };
        (await anybody.PostAsync("/api/v1/auth/mfa", second)).ShouldBe(HttpStatusCode.OK);

        var proof = (await ada.PostAsync("/api/v1/auth/step-up/passkey-options", new { })).ShouldBe(HttpStatusCode.OK);
        var proven = new { method = "passkey", token = proof["token"], credential = WithMore(await page.UsePasskeyAsync(proof["options"])) };
        (await ada.PostAsync("/api/v1/auth/step-up", proven)).ShouldBe(HttpStatusCode.OK);

        static JsonNode WithMore(JsonNode credential)
        {
            credential["ofTomorrow"] = new JsonObject { ["deeply"] = new JsonArray(1, 2) };
            credential["response"]!["ofTomorrow"] = true;
            credential["clientExtensionResults"]!["ofTomorrow"] = "yes";
            return credential;
        }
    }

    [Test]
    public async Task A_browser_that_signs_in_by_passkey_gets_a_cookie()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);

        using var anybody = _server.Anonymous();
        var challenge = await BeginAsync(anybody);
        var signedIn = (await anybody.PostAsync(
            "/api/v1/auth/passkeys",
            new { token = challenge["token"], credential = await page.UsePasskeyAsync(challenge["options"]), cookie = true })).ShouldBe(HttpStatusCode.OK);

        Assert.That(signedIn.Message.Headers.Contains("Set-Cookie"));
        Assert.That(signedIn.Body, Does.Not.Contain("accessToken"));
    }

    [Test]
    public async Task A_passkey_is_the_second_factor_after_the_password()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        var body = new
        {
            mfaToken = login["mfaToken"].GetString(),
            method = "passkey",
            credential = await page.UsePasskeyAsync(login["passkeyOptions"]),
        };

        using var anybody = _server.Anonymous();
        var signedIn = (await anybody.PostAsync("/api/v1/auth/mfa", body)).ShouldBe(HttpStatusCode.OK);
        await anybody.ContinueAsync(signedIn["accessToken"].GetString()!);

        Assert.That(anybody.UserId, Is.EqualTo(ada.UserId));
        (await anybody.PostAsync("/api/v1/auth/mfa", body)).ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Test]
    public async Task A_passkey_proves_anew_who_is_signed_in()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        await ExecuteAsync("UPDATE sessions SET proven_at = now() - interval '1 hour', second_factor_at = now() - interval '1 hour' WHERE user_id = $1", ada.UserId);
        await Eventually.IsAsync(HttpStatusCode.Forbidden, async () => (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).Status);

        var challenge = (await ada.PostAsync("/api/v1/auth/step-up/passkey-options", new { })).ShouldBe(HttpStatusCode.OK);
        var proof = new { method = "passkey", token = challenge["token"], credential = await page.UsePasskeyAsync(challenge["options"]) };
        var proven = (await ada.PostAsync("/api/v1/auth/step-up", proof)).ShouldBe(HttpStatusCode.OK);

        Assert.That(proven["secondFactor"].GetBoolean());
        (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        (await ada.PostAsync("/api/v1/auth/step-up", proof)).ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
    }

    [Test]
    public async Task An_answer_to_another_challenge_is_refused_and_uses_its_challenge_up()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        using var anybody = _server.Anonymous();
        var (first, second) = (await BeginAsync(anybody), await BeginAsync(anybody));
        var credential = await page.UsePasskeyAsync(first["options"]);

        (await anybody.PostAsync("/api/v1/auth/passkeys", new { token = second["token"], credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        (await anybody.PostAsync("/api/v1/auth/passkeys", new { token = second["token"], credential }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'sign_in_failed' AND detail = 'passkey'"), Is.EqualTo(2));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM sessions WHERE user_id = $1", ada.UserId), Is.EqualTo(1));
    }

    [Test]
    public async Task Of_two_who_send_one_answer_at_the_same_time_one_gets_in()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        using var anybody = _server.Anonymous();
        var challenge = await BeginAsync(anybody);
        var body = new { token = challenge["token"].GetString(), credential = await page.UsePasskeyAsync(challenge["options"]) };

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => anybody.PostAsync("/api/v1/auth/passkeys", body)));

        var statuses = answers.Select(answer => answer.Status).ToList();
        Assert.That(statuses, Has.Exactly(1).EqualTo(HttpStatusCode.OK).And.Exactly(7).EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Of_two_who_send_one_second_factor_at_the_same_time_one_gets_in()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        var login = (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
        var body = new
        {
            mfaToken = login["mfaToken"].GetString(),
            method = "passkey",
            credential = await page.UsePasskeyAsync(login["passkeyOptions"]),
        };

        using var anybody = _server.Anonymous();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => anybody.PostAsync("/api/v1/auth/mfa", body)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
    }

    [Test]
    public async Task The_passkey_of_another_person_is_no_second_factor()
    {
        using var ada = await SignedInAsync();
        var hers = await OpenAsync();
        await AddAsync(ada, hers);
        using var john = await SignedInAsync("john@example.com");
        await AddAsync(john, await OpenAsync());
        var login = (await john.TryLoginAsync("john@example.com")).ShouldBe(HttpStatusCode.OK);

        // Her browser is told that any passkey will do.
        var options = JsonNode.Parse(login["passkeyOptions"].GetRawText())!.AsObject();
        options["allowCredentials"] = new JsonArray();
        var credential = await hers.UsePasskeyAsync(options.ToJsonString());

        (await ada.PostAsync("/api/v1/auth/mfa", new { mfaToken = login["mfaToken"].GetString(), method = "passkey", credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        Assert.That(await EventsAsync("second_factor_failed", john.UserId), Is.EqualTo(1));
    }

    [Test]
    public async Task A_challenge_is_good_for_its_own_account_and_purpose_only()
    {
        using var ada = await SignedInAsync();
        using var john = await SignedInAsync("john@example.com");
        var page = await OpenAsync();
        var registration = (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var credential = await page.CreatePasskeyAsync(registration["options"]);

        (await john.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Hers", credential }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        (await john.PostAsync("/api/v1/auth/passkeys", new { token = registration["token"], credential }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys"), Is.Zero);

        (await ada.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Hers", credential })).ShouldBe(HttpStatusCode.Created);
        (await ada.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Again", credential }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_page_of_another_origin_is_refused()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        var (elsewhere, _) = await TestServer.StartForBrowsersAsync();
        await using var stop = elsewhere;
        using var there = elsewhere.Anonymous();

        // The page is still the first server's: the same host, another port.
        (await SignInAsync(there, page)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");

        there.Use(ada.Token);
        var registration = (await there.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var credential = await (await OpenAsync()).CreatePasskeyAsync(registration["options"]);
        (await there.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Elsewhere", credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys"), Is.EqualTo(1));
    }

    [TestCase("userHandle", "AAAA", Description = "Another owner.")]
    [TestCase("userHandle", null, Description = "No owner.")]
    [TestCase("signature", "MEUCIQ", Description = "Another signature.")]
    [TestCase("clientDataJSON", "e30", Description = "Another challenge.")]
    public async Task An_answer_that_was_changed_is_refused(string part, string? value)
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        using var anybody = _server.Anonymous();
        var challenge = await BeginAsync(anybody);
        var credential = await page.UsePasskeyAsync(challenge["options"]);
        credential["response"]![part] = value;

        (await anybody.PostAsync("/api/v1/auth/passkeys", new { token = challenge["token"], credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys WHERE last_used_at IS NOT NULL"), Is.Zero);
    }

    [Test]
    public async Task An_authenticator_that_did_not_verify_its_owner_is_refused()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        await page.LoseOwnerAsync();
        using var anybody = _server.Anonymous();
        var challenge = await BeginAsync(anybody);

        // The browser is told that it need not.
        var options = JsonNode.Parse(challenge["options"].GetRawText())!.AsObject();
        options["userVerification"] = "discouraged";
        var credential = await page.UsePasskeyAsync(options.ToJsonString());

        (await anybody.PostAsync("/api/v1/auth/passkeys", new { token = challenge["token"], credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
    }

    [Test]
    public async Task A_signature_count_that_goes_back_is_refused()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        using var anybody = _server.Anonymous();
        (await SignInAsync(anybody, page)).ShouldBe(HttpStatusCode.OK);
        Assert.That(await ScalarAsync<long>("SELECT sign_count FROM passkeys"), Is.GreaterThan(0));
        await ExecuteAsync("UPDATE passkeys SET sign_count = 1000");

        (await SignInAsync(anybody, page)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");

        Assert.That(await ScalarAsync<long>("SELECT sign_count FROM passkeys"), Is.EqualTo(1000));
        Assert.That(await EventsAsync("sign_in_failed", ada.UserId), Is.EqualTo(1));
    }

    [Test]
    public async Task A_deactivated_account_is_refused_as_an_unknown_passkey_is()
    {
        using var admin = await AdminAsync();
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        await AddAsync(ada, page);
        using var anybody = _server.Anonymous();
        (await admin.PatchAsync($"/api/v1/users/{ada.UserId}", new { isActive = false })).ShouldBe(HttpStatusCode.OK);

        var deactivated = (await SignInAsync(anybody, page)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        await ExecuteAsync("DELETE FROM passkeys");
        var unknown = (await SignInAsync(anybody, page)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");

        Assert.That(unknown["detail"].GetString(), Is.EqualTo(deactivated["detail"].GetString()));
    }

    [Test]
    public async Task A_deleted_passkey_is_refused_and_with_the_last_one_the_password_is_enough_again()
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        var first = await AddAsync(ada, page);
        var second = await AddAsync(ada, await OpenAsync(), "Another");

        (await ada.DeleteAsync($"/api/v1/me/passkeys/{first["id"].GetInt32()}")).ShouldBe(HttpStatusCode.NoContent);

        using var anybody = _server.Anonymous();
        (await SignInAsync(anybody, page)).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        Assert.That((await ada.TryLoginAsync("ada@example.com")).Body, Does.Contain("mfaRequired"));

        (await ada.DeleteAsync($"/api/v1/me/passkeys/{second["id"].GetInt32()}")).ShouldBe(HttpStatusCode.NoContent);

        Assert.That((await ada.TryLoginAsync("ada@example.com")).Body, Does.Contain("accessToken"));
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recovery_codes"), Is.Zero);
        Assert.That(await EventsAsync("passkey_removed", ada.UserId), Is.EqualTo(2));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Adding_and_deleting_a_passkey_ends_the_other_sessions_unless_told_not_to(bool endOtherSessions)
    {
        using var ada = await SignedInAsync();
        using var second = await _server.Anonymous().LoginAsync("ada@example.com");
        var page = await OpenAsync();
        var registration = (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var credential = await page.CreatePasskeyAsync(registration["options"]);
        var added = (await ada.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "My phone", credential, endOtherSessions }))
            .ShouldBe(HttpStatusCode.Created);
        await AssertEndedAsync(second);

        using var third = await _server.Anonymous().ContinueAsync((await SignInAsync(_server.Anonymous(), page)).ShouldBe(HttpStatusCode.OK));
        (await ada.DeleteAsync($"/api/v1/me/passkeys/{added["id"].GetInt32()}?endOtherSessions={endOtherSessions}")).ShouldBe(HttpStatusCode.NoContent);
        await AssertEndedAsync(third);
        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        async Task AssertEndedAsync(Api other) =>
            (await other.GetAsync("/api/v1/me")).ShouldBe(endOtherSessions ? HttpStatusCode.Unauthorized : HttpStatusCode.OK);
    }

    [TestCase(-257, Description = "RS256: RSA with PKCS #1 v1.5.")]
    public async Task A_passkey_of_an_algorithm_that_was_not_offered_is_refused(int algorithm)
    {
        using var ada = await SignedInAsync();
        var page = await OpenAsync();
        var registration = (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);

        // The browser is told another one.
        var options = JsonNode.Parse(registration["options"].GetRawText())!.AsObject();
        options["pubKeyCredParams"] = new JsonArray(new JsonObject { ["type"] = "public-key", ["alg"] = algorithm });
        var credential = await page.CreatePasskeyAsync(options.ToJsonString());

        (await ada.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Mine", credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys"), Is.Zero);
    }

    [TestCase("disable")]
    [TestCase("last passkey")]
    [TestCase("reset")]
    public async Task When_the_second_factor_goes_a_passkey_that_was_about_to_be_added_is_not(string way)
    {
        using var ada = await SignedInAsync();
        var first = await AddAsync(ada, await OpenAsync());
        var page = await OpenAsync();
        var registration = (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var credential = await page.CreatePasskeyAsync(registration["options"]);

        switch (way)
        {
            case "disable":
                (await ada.PostAsync("/api/v1/me/mfa/disable", new { })).ShouldBe(HttpStatusCode.NoContent);
                break;
            case "last passkey":
                (await ada.DeleteAsync($"/api/v1/me/passkeys/{first["id"].GetInt32()}")).ShouldBe(HttpStatusCode.NoContent);
                break;
            default:
                using (var admin = await AdminAsync())
                {
                    (await admin.DeleteAsync($"/api/v1/users/{ada.UserId}/mfa")).ShouldBe(HttpStatusCode.NoContent);
                }

                await Eventually.IsAsync(HttpStatusCode.Unauthorized, async () => (await ada.GetAsync("/api/v1/me")).Status);
                await ada.LoginAsync("ada@example.com");
                break;
        }

        (await ada.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Late", credential }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "invalid_token");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys"), Is.Zero);
    }

    [Test]
    public async Task Nobody_deletes_the_passkey_of_another_person()
    {
        using var ada = await SignedInAsync();
        var hers = await AddAsync(ada, await OpenAsync());
        using var john = await SignedInAsync("john@example.com");

        (await john.DeleteAsync($"/api/v1/me/passkeys/{hers["id"].GetInt32()}")).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        Assert.That((await john.GetAsync("/api/v1/me/passkeys"))["items"].GetArrayLength(), Is.Zero);
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_twenty_first_passkey_is_refused()
    {
        using var ada = await SignedInAsync();
        await AddAsync(ada, await OpenAsync());
        await ExecuteAsync(
            """
            INSERT INTO passkeys (user_id, name, credential_id, public_key, sign_count, aaguid, is_backed_up, created_at)
            SELECT user_id, 'Copy', int4send(n), public_key, 0, aaguid, false, now() FROM passkeys, generate_series(1, 19) n
            """);

        (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBeProblem(HttpStatusCode.Conflict, "too_many_passkeys");
    }

    [Test]
    public async Task Who_has_no_passkey_is_asked_for_none()
    {
        using var ada = await SignedInAsync();

        (await ada.PostAsync("/api/v1/auth/step-up/passkey-options", new { })).ShouldBeProblem(HttpStatusCode.Conflict, "no_passkey");
    }

    [TestCase("""{}""")]
    [TestCase("""[]""")]
    [TestCase("""17""")]
    [TestCase("""{"id": 7, "type": "public-key", "response": {}}""")]
    [TestCase("""{"id": "AAAA", "type": "public-key", "response": {}}""")]
    [TestCase("""{"id": "not base64url!", "type": "public-key", "response": {"clientDataJSON": "AAAA", "attestationObject": "AAAA"}}""")]
    [TestCase("""{"id": "AAAA", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}}""")]
    [TestCase("""{"id": "AAAA", "type": "public-key", "response": {"clientDataJSON": "bnVsbA", "attestationObject": "oA"}}""")]
    public async Task A_malformed_credential_is_refused_and_changes_nothing(string text)
    {
        using var ada = await SignedInAsync();
        var credential = JsonElement.Parse(text);
        var registration = (await ada.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var signIn = await BeginAsync(ada);

        (await ada.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name = "Bad", credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        (await ada.PostAsync("/api/v1/auth/passkeys", new { token = signIn["token"], credential }))
            .ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_passkey");
        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM passkeys"), Is.Zero);
    }

    [Test]
    public async Task A_request_that_lacks_a_part_says_which()
    {
        using var ada = await SignedInAsync();

        var passwordless = (await ada.PostAsync("/api/v1/auth/passkeys", new { })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        var secondFactor = (await ada.PostAsync("/api/v1/auth/mfa", new { mfaToken = "x", method = "passkey" }))
            .ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        var added = (await ada.PostAsync("/api/v1/me/passkeys", new { name = new string('x', 101) })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        var proof = (await ada.PostAsync("/api/v1/auth/step-up", new { method = "passkey" })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.Multiple(() =>
        {
            Assert.That(Fields(passwordless), Is.EquivalentTo(new[] { "token", "credential" }));
            Assert.That(Fields(secondFactor), Is.EquivalentTo(new[] { "credential" }));
            Assert.That(Fields(added), Is.EquivalentTo(new[] { "token", "name", "credential" }));
            Assert.That(Fields(proof), Is.EquivalentTo(new[] { "token", "credential" }));
        });
    }

    private static IEnumerable<string> Fields(Answer refusal) => refusal["errors"].EnumerateObject().Select(field => field.Name);

    private Task<BrowserPage> OpenAsync() => _browser.OpenAsync(new Uri(_origin, "/health/live"));

    private async Task<Api> SignedInAsync(string email = "ada@example.com")
    {
        using var _ = await PersonAsync(email);
        await ExecuteAsync("DELETE FROM sessions USING users WHERE users.id = user_id AND email = $1", email);
        return await _server.Anonymous().LoginAsync(email);
    }

    private static async Task<Answer> AddAsync(Api person, BrowserPage page, string name = "My phone")
    {
        var registration = (await person.PostAsync("/api/v1/me/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);
        var credential = await page.CreatePasskeyAsync(registration["options"]);
        return (await person.PostAsync("/api/v1/me/passkeys", new { token = registration["token"], name, credential })).ShouldBe(HttpStatusCode.Created);
    }

    private static async Task<Answer> BeginAsync(Api anybody) =>
        (await anybody.PostAsync("/api/v1/auth/passkeys/options", new { })).ShouldBe(HttpStatusCode.OK);

    private static async Task<Answer> SignInAsync(Api anybody, BrowserPage page)
    {
        var challenge = await BeginAsync(anybody);
        return await anybody.PostAsync(
            "/api/v1/auth/passkeys", new { token = challenge["token"], credential = await page.UsePasskeyAsync(challenge["options"]) });
    }

    private static Task<long> EventsAsync(string kind, int userId) =>
        ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = $1 AND user_id = $2", kind, userId);
}
