using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>What lies in the database, changed by somebody else or out of date.</summary>
public sealed class StoredSecretTests : ServerTests
{
    [Test]
    public async Task A_signing_key_that_was_altered_signs_and_verifies_nothing()
    {
        using var ada = await PersonAsync();
        const string flipLastByte = "UPDATE signing_keys SET sealed_key = set_byte(sealed_key, octet_length(sealed_key) - 1, get_byte(sealed_key, octet_length(sealed_key) - 1) # 1)";

        await ExecuteAsync(flipLastByte);
        try
        {
            await Eventually.IsAsync(HttpStatusCode.InternalServerError, async () => (await ada.GetAsync("/api/v1/me")).Status);
            Assert.That((await ada.TryLoginAsync("ada@example.com")).Status, Is.EqualTo(HttpStatusCode.InternalServerError));
        }
        finally
        {
            await ExecuteAsync(flipLastByte);
        }

        await Eventually.IsAsync(HttpStatusCode.OK, async () => (await ada.GetAsync("/api/v1/me")).Status);
    }

    [Test]
    public async Task A_TOTP_secret_copied_to_another_account_lets_nobody_in()
    {
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com");
        await ada.SetUpMfaAsync();
        var evesApp = await eve.SetUpMfaAsync();
        await ExecuteAsync("UPDATE users SET mfa_secret = (SELECT mfa_secret FROM users WHERE id = $1) WHERE id = $2", eve.UserId, ada.UserId);

        var login = (await Anonymous().TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);

        (await Anonymous().CompleteSignInAsync(login, "totp", evesApp.NextCode())).ShouldBeProblem(HttpStatusCode.InternalServerError, "internal_error");
    }

    [Test]
    public async Task A_password_hash_of_a_lower_cost_is_of_the_cost_in_force_after_a_sign_in()
    {
        using var ada = await PersonAsync();
        var cheaper = BCrypt.Net.BCrypt.HashPassword(Api.Password, workFactor: 6);
        await ExecuteAsync("UPDATE users SET hashed_password = $1 WHERE id = $2", cheaper, ada.UserId);

        (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);

        // The tests' server has 10.
        Assert.That(await ScalarAsync<string>("SELECT hashed_password FROM users WHERE id = $1", ada.UserId), Does.Match(@"^\$2[abxy]\$10\$"));
        (await ada.TryLoginAsync("ada@example.com")).ShouldBe(HttpStatusCode.OK);
    }
}
