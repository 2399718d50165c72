using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>Access tokens that are ours but for one thing.</summary>
public sealed class ForgedTokenTests : ServerTests
{
    [Test]
    public async Task A_token_with_anything_changed_is_refused()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com");
        var good = ada.Token;

        Assert.Multiple(async () =>
        {
            await AssertRefusedAsync(good[..^1] + (good[^1] == 'A' ? 'B' : 'A'), "another signature");
            await AssertRefusedAsync(Rewritten(good, header => header["alg"] = "none", null, sign: null), "alg none");
            await AssertRefusedAsync(Rewritten(good, header => header["alg"] = "None", null, sign: ""), "alg None");
            await AssertRefusedAsync(Rewritten(good, null, claims => claims["sub"] = "1", sign: "key"), "another key");
            await AssertRefusedAsync(Rewritten(good, header => header["kid"] = "0000000000000000", null, sign: "key"), "an unknown key");
            await AssertRefusedAsync(Rewritten(good, header => header["kid"] = "../../dev/null", null, sign: ""), "a key that is a path");
            await AssertRefusedAsync(Rewritten(good, header => header.Remove("kid"), null, sign: "key"), "no key id");
            await AssertRefusedAsync(Rewritten(good, null, claims => claims["exp"] = 4_102_444_800, sign: null), "a longer life");
            await AssertRefusedAsync(good + new string('x', 100_000), "a very long one");
            await AssertRefusedAsync(ada.RefreshToken, "a refresh token");
        });
        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        async Task AssertRefusedAsync(string token, string what)
        {
            using var forger = Anonymous();
            forger.Http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
            Assert.That((await forger.GetAsync("/api/v1/me")).Status, Is.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.RequestHeaderFieldsTooLarge), what);
        }
    }

    [Test]
    public async Task A_session_that_was_moved_to_another_person_is_refused()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com");
        await ExecuteAsync("UPDATE sessions SET user_id = $2, expires_at = expires_at WHERE user_id = $1", ada.UserId, eve.UserId);

        await Eventually.IsAsync(HttpStatusCode.Unauthorized, async () => (await ada.GetAsync("/api/v1/me")).Status);
    }

    [Test]
    public async Task A_credential_that_is_no_good_is_refused_even_beside_one_that_is()
    {
        using var ada = await PersonAsync();
        ada.Http.DefaultRequestHeaders.Add("X-Api-Key", "faceid_made-up");
        (await ada.GetAsync("/api/v1/me")).ShouldBe(HttpStatusCode.OK);

        ada.Use("made.up.token");

        (await ada.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    /// <param name="sign">Null keeps the signature, empty drops it, anything else signs with it.</param>
    private static string Rewritten(string token, Action<JsonObject>? header, Action<JsonObject>? claims, string? sign)
    {
        var parts = token.Split('.');
        parts[0] = Rewrite(parts[0], header);
        parts[1] = Rewrite(parts[1], claims);
        var signature = sign switch
        {
            null => parts[2],
            "" => "",
            _ => Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(sign.PadRight(32)), Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"))),
        };
        return $"{parts[0]}.{parts[1]}.{signature}";
    }

    private static string Rewrite(string part, Action<JsonObject>? change)
    {
        var json = JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();
        change?.Invoke(json);
        return Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
    }
}
