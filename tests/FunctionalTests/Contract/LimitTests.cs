using System.Net;
using FaceId.FunctionalTests.Support;

namespace FaceId.FunctionalTests.Contract;

public sealed class LimitTests : ServerTests
{
    [Test]
    public async Task Somebody_who_keeps_knocking_at_the_door_is_told_to_wait()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FACEID_RATE_LIMIT", "on"));
        using var stranger = server.Anonymous();

        // Without a password nothing is hashed, so this is quick.
        Answer answer;
        var tries = 0;
        do
        {
            answer = await stranger.TryLoginAsync("ada@example.com", "");
        }
        while (answer.Status != HttpStatusCode.TooManyRequests && ++tries < 200);

        answer.ShouldBeProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Multiple(async () =>
        {
            Assert.That(answer.Message.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            Assert.That((await stranger.GetAsync("/health/ready")).Status, Is.EqualTo(HttpStatusCode.OK), "Probes go on.");
        });
    }

    [Test]
    public async Task More_passwords_than_can_be_hashed_are_refused_with_a_time_to_wait_and_recognition_goes_on()
    {
        // As many as work and wait at once, and some more.
        var sent = 64 + (2 * Environment.ProcessorCount) + 60;
        using var admin = await AdminAsync();
        using var stranger = Anonymous();

        var registrations = Enumerable.Range(0, sent).Select(i => stranger.RegisterAsync($"person{i}@example.com")).ToList();
        await Task.WhenAny(registrations);
        (await admin.DetectAsync(Photos.Portrait)).ShouldBe(HttpStatusCode.OK);
        Assert.That(registrations.Any(registration => !registration.IsCompleted), "The photo was answered before the last of them.");
        var answers = await Task.WhenAll(registrations);

        var busy = answers.Where(answer => answer.Status == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.That(busy, Is.Not.Empty);
        busy[0].ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "busy");
        Assert.Multiple(() =>
        {
            Assert.That(busy[0].Message.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
            Assert.That(answers.Except(busy).Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.Accepted));
            Assert.That(answers.Length - busy.Count, Is.GreaterThanOrEqualTo(64));
        });
        (await stranger.TryLoginAsync("nobody@example.com")).ShouldBeProblem(HttpStatusCode.Unauthorized, "invalid_credentials");
    }

    [Test]
    public async Task Photos_that_are_announced_and_do_not_come_take_hardly_any_memory()
    {
        const int announced = 15_000_000;
        using var admin = await AdminAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var connections = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawConnection.OpenAsync(TestRun.Server.Address)));
        var before = GC.GetTotalAllocatedBytes();

        // The server asks for the rest when it begins to read, which is after it took memory for it.
        await Task.WhenAll(connections.Select(async connection =>
        {
            await connection.SendAsync(
                $"POST /api/v1/faces/detect HTTP/1.1\r\nHost: faceid\r\nAuthorization: Bearer {admin.Token}\r\nContent-Type: image/jpeg\r\n"
                + $"Content-Length: {announced}\r\nExpect: 100-continue\r\n\r\n");
            await connection.ReadUntilAsync("100 Continue", patience.Token);
        }));

        var allocated = GC.GetTotalAllocatedBytes() - before;
        Array.ForEach(connections, connection => connection.Dispose());
        Assert.That(allocated, Is.LessThan(connections.Length * (announced / 20)));
    }

    [Test]
    public async Task A_form_of_endless_small_fields_is_refused_before_each_of_them_takes_memory()
    {
        using var admin = await AdminAsync();

        var fields = Enumerable.Range(0, 1000).Select(i => ($"field{i}", "x"u8.ToArray())).ToArray();

        (await admin.PostPhotosAsync("/api/v1/faces/detect", [.. fields, ("image", Photos.Portrait)])).ShouldBeProblem(HttpStatusCode.BadRequest, "image_unreadable");
        (await admin.PostPhotosAsync("/api/v1/faces/detect", [.. fields[..8], ("image", Photos.Portrait)])).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task More_photos_than_fit_the_queue_are_refused_with_a_time_to_wait_and_each_is_logged()
    {
        const int sent = 24;
        await using var server = await TestServer.StartAsync(
            TestDatabase.ConnectionString, ("FaceId:Workers", "1"), ("FaceId:QueueLength", "2"));
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        var john = await admin.CreatePersonAsync();
        (await admin.EnrolAsync(john, Photos.JohnSalley)).ShouldBe(HttpStatusCode.Created);

        var answers = await Task.WhenAll(Enumerable.Range(0, sent).Select(_ => admin.VerifyAsync(john, Photos.Portrait)));

        var busy = answers.Where(answer => answer.Status != HttpStatusCode.OK).ToList();
        Assert.Multiple(async () =>
        {
            Assert.That(busy.Select(answer => answer.Body), Has.All.Contains("\"code\":\"busy\""));
            Assert.That(busy, Is.Not.Empty);
            Assert.That(answers.Length - busy.Count, Is.GreaterThanOrEqualTo(3), "One at work and two waiting.");
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recognition_logs WHERE attempted = 'verify'"), Is.EqualTo(sent));
            Assert.That(await ScalarAsync<long>("SELECT count(*) FROM recognition_logs WHERE reason = 'busy'"), Is.EqualTo(busy.Count));
        });
        busy[0].ShouldBeProblem(HttpStatusCode.ServiceUnavailable, "busy");
        Assert.That(busy[0].Message.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
    }
}
