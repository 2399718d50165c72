using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Privacy;

public sealed class ExportTests : ServerTests
{
    [Test]
    public async Task An_export_holds_everything_on_the_person_and_no_secret()
    {
        using var ada = await PersonAsync();
        await ada.PostAsync("/api/v1/me/consent", new { accepted = true });
        (await ada.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ShouldBe(HttpStatusCode.Created);
        await ada.PostPhotosAsync("/api/v1/me/verify", ("image", Photos.JohnSalleyAgain));
        await ada.PostAsync("/api/v1/me/mfa/setup", new { });
        await ExecuteAsync($"INSERT INTO api_keys (name, prefix, key_hash, scopes, created_by, created_at) VALUES ('gate', 'faceid_x', '\\xabcdef0123', '{{users.read}}', {ada.UserId}, now())");
        await ExecuteAsync($"INSERT INTO faces (user_id, encoding) VALUES ({ada.UserId}, decode(repeat('0000003e', 128), 'hex')), ({ada.UserId}, '\\x0102')");
        await ExecuteAsync(
            $"INSERT INTO recognition_logs (user_id, action, success) SELECT {ada.UserId}, 'verify', true FROM generate_series(1, 1200)");
        using var eve = await PersonAsync("eve@example.com");

        var export = (await ada.GetAsync("/api/v1/me/export")).ShouldBe(HttpStatusCode.OK);

        var faces = export["faces"].EnumerateArray().ToList();
        var secrets = await ScalarAsync<string[]>($"SELECT ARRAY[hashed_password, mfa_pending_secret] FROM users WHERE id = {ada.UserId}");
        Assert.Multiple(() =>
        {
            Assert.That(export["format"].GetInt32(), Is.EqualTo(1));
            Assert.That(export.Message.Content.Headers.ContentDisposition?.DispositionType, Is.EqualTo("attachment"));
            Assert.That(export["account.email"].GetString(), Is.EqualTo("ada@example.com"));
            Assert.That(faces, Has.Count.EqualTo(3));
            Assert.That(faces.Take(2).Select(face => face.GetProperty("encoding").GetArrayLength()), Is.All.EqualTo(128));
            Assert.That(faces[0].GetProperty("encoding").EnumerateArray().Sum(number => Math.Abs(number.GetDouble())), Is.Positive);
            Assert.That(faces[2].GetProperty("unreadable").GetString(), Is.Not.Empty);
            Assert.That(export["recognitionLog"].GetArrayLength(), Is.EqualTo(1202));
            Assert.That(export["sessions"].GetArrayLength(), Is.EqualTo(1));
            Assert.That(export["consents.0.way"].GetString(), Is.EqualTo("self"));
            Assert.That(export["apiKeys.0.name"].GetString(), Is.EqualTo("gate"));
            Assert.That(export["securityEvents"].EnumerateArray().Select(row => row.GetProperty("kind").GetString()), Does.Contain("dataExported").And.Contain("consentGiven"));
            Assert.That(export.Body, Does.Not.Contain("eve@example.com"));
            Assert.That(export.Body, Does.Not.Contain("hash").IgnoreCase.And.Not.Contain("q83vASM").And.Not.Contain("abcdef0123").IgnoreCase);
            Assert.That(secrets, Has.All.Not.Null);
            Assert.That(secrets.Where(export.Body.Contains), Is.Empty);
        });
    }
}
