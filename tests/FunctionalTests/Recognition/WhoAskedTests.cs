using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Recognition;

/// <summary>The log says which account or key asked for a recognition.</summary>
public sealed class WhoAskedTests : ServerTests
{
    [Test]
    public async Task An_operators_and_a_keys_recognitions_can_be_found_by_who_asked()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();
        using var guard = await PersonAsync("guard@example.com", "operator");
        var (gate, gateId) = await KeyAsync(admin, "faces.verify");
        await guard.EnrolAsync(john, Photos.JohnSalley);
        await gate.VerifyAsync(john, Photos.JohnSalleyAgain);
        await admin.PostPhotosAsync("/api/v1/faces/compare", ("image1", Photos.JohnSalley), ("image2", Photos.JohnSalley));

        var rows = await RowsAsync(guard, "");
        Assert.Multiple(async () =>
        {
            Assert.That(rows, Is.EqualTo(new[] { ("verify", $"{admin.UserId}", ""), ("verify", "", $"{gateId}"), ("enroll", $"{guard.UserId}", "") }));
            Assert.That(await RowsAsync(guard, $"?actorId={guard.UserId}"), Is.EqualTo(new[] { rows[2] }));
            Assert.That(await RowsAsync(guard, $"?apiKeyId={gateId}"), Is.EqualTo(new[] { rows[1] }));
        });
        gate.Dispose();
    }

    [Test]
    public async Task An_export_has_what_others_did_without_who_they_are_and_what_one_did_without_to_whom()
    {
        using var admin = await AdminAsync();
        using var guard = await PersonAsync("guard@example.com", "operator");
        var john = await admin.CreatePersonAsync();
        await admin.VerifyAsync(guard.UserId, Photos.JohnSimm);
        await guard.VerifyAsync(john, Photos.JohnSimm);
        await guard.PostPhotosAsync("/api/v1/me/verify", ("image", Photos.JohnSimm));

        var log = (await guard.GetAsync("/api/v1/me/export")).ShouldBe(HttpStatusCode.OK)["recognitionLog"].EnumerateArray()
            .Select(row => (row.GetProperty("userId").ToString(), row.GetProperty("actorId").ToString(), row.GetProperty("ipAddress").ToString()))
            .ToList();

        var me = $"{guard.UserId}";
        Assert.That(log, Is.EqualTo(new[] { (me, "", ""), ("", me, "127.0.0.1"), (me, me, "127.0.0.1") }));
    }

    [Test]
    public async Task Erasing_who_asked_blanks_them_and_their_keys_and_leaves_whom_it_was_about()
    {
        using var admin = await AdminAsync();
        using var guard = await PersonAsync("guard@example.com", "admin");
        var (gate, _) = await KeyAsync(guard, "faces.verify");
        var john = await admin.CreatePersonAsync();
        await guard.VerifyAsync(john, Photos.JohnSimm);
        await gate.VerifyAsync(john, Photos.JohnSimm);
        gate.Dispose();

        var receipt = (await admin.DeleteAsync($"/api/v1/users/{guard.UserId}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(receipt["counts.logRowsUnlinked"].GetInt32(), Is.EqualTo(2));
        Assert.That(
            await ScalarAsync<long>(
                "SELECT count(*) FROM recognition_logs WHERE user_id = $1 AND actor_id IS NULL AND api_key_id IS NULL AND ip_address IS NULL AND user_agent IS NULL", john),
            Is.EqualTo(2));
    }

    private static async Task<(string, string, string)[]> RowsAsync(Api reader, string query) =>
    [
        .. (await reader.LogsAsync(query)).ShouldBe(HttpStatusCode.OK)["items"].EnumerateArray()
            .Select(row => (row.GetProperty("action").GetString()!, row.GetProperty("actorId").ToString(), row.GetProperty("apiKeyId").ToString())),
    ];

    private static async Task<(Api Key, int Id)> KeyAsync(Api maker, params string[] scopes)
    {
        var made = (await maker.PostAsync("/api/v1/api-keys", new { name = "gate", scopes })).ShouldBe(HttpStatusCode.Created);
        var key = Anonymous();
        key.Http.DefaultRequestHeaders.Add("X-Api-Key", made["key"].GetString());
        return (key, made["id"].GetInt32());
    }
}
