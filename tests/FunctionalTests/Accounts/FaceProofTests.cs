using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Accounts;

/// <summary>What a face proves (docs/adr/0024).</summary>
public sealed class FaceProofTests : ServerTests
{
    private Api _john = null!;
    private AuthenticatorApp _app = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _john = await PersonAsync("john@example.com");
        (await _john.PostAsync("/api/v1/me/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        _app = await _john.SetUpMfaAsync();
    }

    [TearDown]
    public void TearDown() => _john.Dispose();

    [Test]
    public async Task A_face_that_an_operator_enrolled_proves_nothing()
    {
        using var admin = await AdminAsync();
        (await admin.EnrolAsync(_john.UserId, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);

        (await ProveAsync(Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.Conflict, "not_enrolled");
    }

    [Test]
    public async Task A_face_that_was_enrolled_long_after_the_last_proof_proves_nothing()
    {
        await ExecuteAsync("UPDATE sessions SET second_factor_at = now() - interval '11 minutes' WHERE user_id = $1", _john.UserId);
        await Eventually.IsAsync(
            HttpStatusCode.Forbidden, async () => (await _john.PostAsync("/api/v1/me/mfa/recovery-codes", new { })).Status);
        await EnrolAsync();

        (await ProveAsync(Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.Conflict, "not_enrolled");
    }

    [Test]
    public async Task A_face_that_its_owner_enrolled_after_a_proof_counts_beside_a_password_and_never_as_the_second_factor()
    {
        await EnrolAsync();

        var beside = (await ProveAsync(Photos.JohnSalley)).ShouldBe(HttpStatusCode.OK);
        var besideACode = (await ProveAsync(Photos.JohnSalley, code: _app.NextCode())).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(beside["secondFactor"].GetBoolean(), Is.False);
            Assert.That(besideACode["secondFactor"].GetBoolean(), Is.False);
            Assert.That(beside.Body, Does.Not.Contain("distance").IgnoreCase);
        });
    }

    [TestCase("/api/v1/me/password", """{"currentPassword": "correct horse battery", "newPassword": "a new horse battery"}""")]
    [TestCase("/api/v1/me/mfa/disable", "{}")]
    [TestCase("/api/v1/me/passkeys/options", "{}")]
    public async Task A_face_opens_no_change_of_password_or_factors(string path, string body)
    {
        await EnrolAsync();
        await ExecuteAsync("UPDATE sessions SET second_factor_at = now() - interval '11 minutes' WHERE user_id = $1", _john.UserId);
        (await ProveAsync(Photos.JohnSalley, code: _app.NextCode())).ShouldBe(HttpStatusCode.OK);

        (await _john.PostBytesAsync(path, System.Text.Encoding.UTF8.GetBytes(body), "application/json"))
            .ShouldBeProblem(HttpStatusCode.Forbidden, "proof_required");
    }

    [Test]
    public async Task Five_wrong_faces_close_that_way_for_an_hour_and_no_other()
    {
        await EnrolAsync();
        (await ProveAsync(Photos.Empty)).ShouldBe(HttpStatusCode.UnprocessableEntity);
        for (var i = 0; i < 5; i++)
        {
            var refused = (await ProveAsync(Photos.JohnSimm)).ShouldBeProblem(HttpStatusCode.Unauthorized, "face_not_recognised");
            Assert.That(refused.Body, Does.Not.Contain("distance").IgnoreCase.And.Not.Contain("0."));
        }

        var closed = (await ProveAsync(Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.TooManyRequests, "too_many_attempts");

        Assert.That(closed.Message.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromHours(1)).Within(TimeSpan.FromMinutes(2)));
        (await _john.PostAsync("/api/v1/auth/step-up", new { method = "password", password = Api.Password })).ShouldBe(HttpStatusCode.OK);
        (await _john.PostAsync("/api/v1/auth/step-up", new { method = "totp", code = _app.NextCode() })).ShouldBe(HttpStatusCode.OK);
        await ExecuteAsync("UPDATE attempt_counters SET last_failed_at = last_failed_at - interval '61 minutes', blocked_until = blocked_until - interval '61 minutes'");
        (await ProveAsync(Photos.JohnSalley)).ShouldBe(HttpStatusCode.OK);
    }

    private async Task EnrolAsync() =>
        (await _john.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley))).ShouldBe(HttpStatusCode.Created);

    private Task<Answer> ProveAsync(byte[] photo, string? code = null)
    {
        var form = new MultipartFormDataContent { { new StringContent("face"), "method" } };
        form.Add(new StringContent(code ?? Api.Password), code is null ? "password" : "code");
        form.Add(new ByteArrayContent(photo), "image", "photo.jpg");
        return Answer.OfAsync(_john.Http.PostAsync(new Uri("/api/v1/auth/step-up", UriKind.Relative), form));
    }
}
