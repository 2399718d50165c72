using System.Net;
using FaceId.Application.Recognition.Settings;
using FaceId.FunctionalTests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Recognition;

/// <summary>What administrators change while servers run.</summary>
public sealed class SettingsTests : ServerTests
{
    [Test]
    public async Task A_change_counts_at_once_and_is_noted_with_what_was_before()
    {
        using var admin = await AdminAsync();
        var before = (await admin.GetAsync("/api/v1/settings")).ShouldBe(HttpStatusCode.OK);
        Assert.That((before["version"].GetInt32(), before["recognition"].GetProperty("falseMatchRates").GetProperty("verify").GetDouble()), Is.EqualTo((0, 1e-4)));

        var after = (await admin.PutAsync("/api/v1/settings", Settings(0, verify: 1e-5))).ShouldBe(HttpStatusCode.OK);

        Assert.That((after["version"].GetInt32(), after["recognition"].GetProperty("falseMatchRates").GetProperty("verify").GetDouble()), Is.EqualTo((1, 1e-5)));
        await Eventually.IsAsync(1e-5, () => VerifyRateAsync(TestRun.Server.Services));
        var events = (await admin.GetAsync("/api/v1/security-events?kind=settingsChanged")).ShouldBe(HttpStatusCode.OK);
        Assert.That(events["items"][0].GetProperty("detail").GetString(), Does.Contain("\"verify\":0.0001").And.Contains("\"verify\":1E-05"));
    }

    [Test]
    public async Task The_second_of_two_who_change_the_same_is_told()
    {
        using var admin = await AdminAsync();
        (await admin.PutAsync("/api/v1/settings", Settings(0, verify: 1e-5))).ShouldBe(HttpStatusCode.OK);

        (await admin.PutAsync("/api/v1/settings", Settings(0, verify: 1e-3))).ShouldBeProblem(HttpStatusCode.Conflict, "settings_changed");

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => admin.PutAsync("/api/v1/settings", Settings(1, verify: 1e-2))));
        Assert.That(all.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That((await admin.GetAsync("/api/v1/settings"))["version"].GetInt32(), Is.EqualTo(2));
    }

    [TestCase(0.0)]
    [TestCase(1e-9)]
    [TestCase(0.5)]
    [TestCase(-1.0)]
    public async Task A_rate_out_of_range_changes_nothing(double rate)
    {
        using var admin = await AdminAsync();

        (await admin.PutAsync("/api/v1/settings", Settings(0, rate))).ShouldBeProblem(HttpStatusCode.BadRequest, "validation");

        Assert.That((await admin.GetAsync("/api/v1/settings"))["version"].GetInt32(), Is.Zero);
    }

    [Test]
    public async Task A_change_reaches_another_server()
    {
        using var admin = await AdminAsync();
        await using var other = await TestServer.StartAsync(TestDatabase.ConnectionString);
        Assert.That(await VerifyRateAsync(other.Services), Is.EqualTo(1e-4));

        (await admin.PutAsync("/api/v1/settings", Settings(0, verify: 1e-3))).ShouldBe(HttpStatusCode.OK);

        await Eventually.IsAsync(1e-3, () => VerifyRateAsync(other.Services));
    }

    private static object Settings(int version, double verify) => new
    {
        version,
        recognition = new { falseMatchRates = new { verify, identify = 0.01, duplicate = 0.001, proof = 0.0001 } },
    };

    private static async Task<double> VerifyRateAsync(IServiceProvider services) =>
        (await services.GetRequiredService<IRecognitionSettings>().GetAsync(CancellationToken.None)).FalseMatchRates.Verify;
}
