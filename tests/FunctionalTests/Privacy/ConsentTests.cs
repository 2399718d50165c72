using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Privacy;

public sealed class ConsentTests : ServerTests
{
    private const string Path = "/api/v1/me/consent";

    [Test]
    public async Task Nobody_enrols_their_own_face_before_they_agreed()
    {
        using var ada = await PersonAsync();
        var before = (await ada.GetAsync(Path)).ShouldBe(HttpStatusCode.OK);

        (await EnrolOwnAsync(ada)).ShouldBeProblem(HttpStatusCode.Conflict, "consent_required");
        var given = (await ada.PostAsync(Path, new { accepted = true, version = before["version"].GetString() })).ShouldBe(HttpStatusCode.OK);
        (await EnrolOwnAsync(ada)).ShouldBe(HttpStatusCode.Created);

        Assert.Multiple(async () =>
        {
            Assert.That(before["state"].GetString(), Is.EqualTo("none"));
            Assert.That(before["text"].GetString(), Is.Not.Empty);
            Assert.That(given["state"].GetString(), Is.EqualTo("given"));
            Assert.That(await ScalarAsync<string>("SELECT way || ' ' || ip_address FROM consents"), Is.EqualTo("self 127.0.0.1"));
        });
    }

    [Test]
    public async Task Only_a_yes_to_the_text_in_force_is_a_consent()
    {
        using var ada = await PersonAsync();

        (await ada.PostAsync(Path, new { accepted = false })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await ada.PostAsync(Path, new { })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");
        (await ada.PostAsync(Path, new { accepted = true, version = "0" })).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM consents"), Is.Zero);
    }

    [Test]
    public async Task A_consent_to_an_older_text_does_not_count()
    {
        using var ada = await PersonAsync();
        await ada.PostAsync(Path, new { accepted = true });
        await ExecuteAsync("UPDATE consents SET version = '0'");

        (await EnrolOwnAsync(ada)).ShouldBeProblem(HttpStatusCode.Conflict, "consent_required");
        Assert.That((await ada.GetAsync(Path))["state"].GetString(), Is.EqualTo("outdated"));
    }

    [Test]
    public async Task Withdrawing_erases_the_templates_and_no_attestation_overrules_it()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        await ada.PostAsync(Path, new { accepted = true });
        (await EnrolOwnAsync(ada)).ShouldBe(HttpStatusCode.Created);

        (await ada.DeleteAsync(Path)).ShouldBe(HttpStatusCode.NoContent);

        Assert.Multiple(async () =>
        {
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.Zero);
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM consents WHERE withdrawn_at IS NOT NULL"), Is.EqualTo(1));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM security_events WHERE kind = 'consent_withdrawn'"), Is.EqualTo(1));
            Assert.That((await ada.GetAsync(Path))["state"].GetString(), Is.EqualTo("withdrawn"));
        });
        (await EnrolOwnAsync(ada)).ShouldBeProblem(HttpStatusCode.Conflict, "consent_required");
        (await admin.EnrolAsync(ada.UserId, Photos.JohnSalley)).ShouldBeProblem(HttpStatusCode.Conflict, "consent_required");
        (await admin.PostAsync($"/api/v1/users/{ada.UserId}/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        (await admin.EnrolAsync(ada.UserId, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
    }

    [Test]
    public async Task Who_enrols_somebody_else_vouches_for_them_once_a_version()
    {
        using var admin = await AdminAsync();
        var john = await admin.CreatePersonAsync();

        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
        (await admin.EnrolAsync(john, Photos.JohnSalleyAgain)).ShouldBe(HttpStatusCode.Created);

        Assert.That(await ScalarAsync<string>("SELECT string_agg(way || recorded_by, ',') FROM consents"), Is.EqualTo($"attestation{admin.UserId}"));
    }

    [Test]
    public async Task An_operator_records_and_withdraws_a_consent_and_others_may_not()
    {
        using var admin = await AdminAsync();
        using var ada = await PersonAsync();
        using var eve = await PersonAsync("eve@example.com");
        var path = $"/api/v1/users/{ada.UserId}/consent";

        (await eve.PostAsync(path, new { accepted = true })).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await eve.DeleteAsync(path)).ShouldBeProblem(HttpStatusCode.Forbidden, "forbidden");
        (await admin.PostAsync("/api/v1/users/999999/consent", new { accepted = true })).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await admin.PostAsync(path, new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        (await EnrolOwnAsync(ada)).ShouldBe(HttpStatusCode.Created);
        (await admin.DeleteAsync(path)).ShouldBe(HttpStatusCode.NoContent);

        Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.Zero);
    }

    [TestCase("All", HttpStatusCode.Conflict)]
    [TestCase("Off", HttpStatusCode.Created)]
    public async Task The_rule_is_a_setting(string rule, HttpStatusCode uponEnrolment)
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:Accounts:RequireConsent", rule));
        using var admin = await server.Anonymous().ContinueAsync(TestRun.AdminToken);
        var john = await admin.CreatePersonAsync();

        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(uponEnrolment);
        (await admin.PostAsync($"/api/v1/users/{john}/consent", new { accepted = true })).ShouldBe(HttpStatusCode.OK);
        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);
    }

    [Test]
    public async Task No_template_survives_a_withdrawal_that_races_with_enrolments()
    {
        using var ada = await PersonAsync();
        for (var round = 0; round < 3; round++)
        {
            (await ada.PostAsync(Path, new { accepted = true })).ShouldBe(HttpStatusCode.OK);
            var enrolments = Enumerable.Range(0, 4).Select(_ => EnrolOwnAsync(ada)).ToList();
            await Task.WhenAny(enrolments);

            (await ada.DeleteAsync(Path)).ShouldBe(HttpStatusCode.NoContent);

            var answers = await Task.WhenAll(enrolments);
            Assert.That(answers.Select(answer => answer.Status), Is.All.AnyOf(HttpStatusCode.Created, HttpStatusCode.Conflict));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM faces"), Is.Zero);
        }
    }

    private static Task<Answer> EnrolOwnAsync(Api person) => person.PostPhotosAsync("/api/v1/me/faces", ("image", Photos.JohnSalley));
}
