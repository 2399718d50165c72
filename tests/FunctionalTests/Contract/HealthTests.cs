using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Contract;

public sealed class HealthTests : ServerTests
{
    [Test]
    public async Task A_started_server_is_live_and_ready()
    {
        using var anybody = Anonymous();

        (await anybody.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        var ready = (await anybody.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);

        Assert.Multiple(() =>
        {
            Assert.That(ready["database"].GetString(), Is.EqualTo("migrated"));
            Assert.That(ready["models"].GetString(), Is.EqualTo("warm"));
            Assert.That(ready["gallery.state"].GetString(), Is.EqualTo("current"));
            Assert.That(ready["gallery.loaded"].GetDouble(), Is.EqualTo(1));
            Assert.That(ready["gallery.setAside"].GetInt32(), Is.Zero);
        });
    }

    [Test]
    public async Task A_server_whose_schema_lags_behind_is_not_ready()
    {
        using var anybody = Anonymous();
        await ExecuteAsync("UPDATE \"__EFMigrationsHistory\" SET migration_id = migration_id || '_hidden' WHERE migration_id LIKE '%InAnyCase'");
        try
        {
            await Eventually.IsAsync(HttpStatusCode.ServiceUnavailable, async () => (await anybody.GetAsync("/health/ready")).Status);

            Assert.That((await anybody.GetAsync("/health/ready"))["database"].GetString(), Is.EqualTo("migrations_missing"));
        }
        finally
        {
            await ExecuteAsync("UPDATE \"__EFMigrationsHistory\" SET migration_id = replace(migration_id, '_hidden', '')");
            await Eventually.IsAsync(HttpStatusCode.OK, async () => (await anybody.GetAsync("/health/ready")).Status);
        }
    }

    [Test]
    public async Task However_often_it_is_asked_it_asks_the_database_once_a_second()
    {
        var time = new StoppedWatch();
        var url = await TestDatabase.CreateEmptyAsync("watched");
        await using var server = await TestServer.StartAsync(url, time);
        using var anybody = server.Anonymous();
        (await anybody.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
        await TestDatabase.DropAsync("watched");

        (await anybody.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);

        time.Advance(TimeSpan.FromSeconds(1));
        (await anybody.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Test]
    public async Task A_server_without_its_database_is_live_but_not_ready_and_says_unavailable()
    {
        var url = await TestDatabase.CreateEmptyAsync("vanishing");
        await using var server = await TestServer.StartAsync(url);
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        await TestDatabase.DropAsync("vanishing");

        (await admin.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await admin.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.ServiceUnavailable)["database"].GetString(), Is.EqualTo("unreachable"));
        (await admin.GetAsync("/api/v1/me")).ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
    }
}
