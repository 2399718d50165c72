using System.Diagnostics;
using FaceId.FunctionalTests.Support;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Contract;

public sealed class TimeoutTests : ServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Who_sends_headers_by_the_drop_is_cut_off()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:HeaderSeconds", "1"));
        using var connection = await RawConnection.OpenAsync(server.Address);
        using var patience = new CancellationTokenSource(Patience);
        var closed = connection.ReadToEndAsync(patience.Token);

        await connection.SendAsync("GET /health/live HTTP/1.1\r\nHost: faceid\r\nX-Slow: ");
        while (!closed.IsCompleted)
        {
            try
            {
                await connection.SendAsync("x");
            }
            catch (IOException)
            {
                break;
            }

            await Task.WhenAny(closed, Task.Delay(100, patience.Token));
        }

        Assert.That(await closed, Does.StartWith("HTTP/1.1 408").Or.Empty);
    }

    [Test]
    public async Task A_request_that_is_not_done_in_time_is_told_so()
    {
        await using var server = await TestServer.StartAsync(
            TestDatabase.ConnectionString, ("FaceId:RequestSeconds", "1"), ("FaceId:PhotoRequestSeconds", "2"));
        using var admin = await server.Anonymous().LoginAsync(TestServer.AdminEmail);
        using var patience = new CancellationTokenSource(Patience);
        using var json = await RawConnection.OpenAsync(server.Address);
        using var photo = await RawConnection.OpenAsync(server.Address);
        var watch = Stopwatch.StartNew();

        // The rest of these bodies never comes.
        await json.SendAsync("POST /api/v1/auth/login HTTP/1.1\r\nHost: faceid\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{");
        await photo.SendAsync($"POST /api/v1/faces/detect HTTP/1.1\r\nHost: faceid\r\nAuthorization: Bearer {admin.Token}\r\nContent-Type: image/jpeg\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{{");
        var (ofJson, ofPhoto) = (json.ReadToEndAsync(patience.Token), photo.ReadToEndAsync(patience.Token));

        Assert.That(await ofJson, Does.StartWith("HTTP/1.1 503").And.Contain("\"code\":\"timeout\"").And.Contain("Retry-After: 5").And.Contain("X-Frame-Options"));
        Assert.That(await ofPhoto, Does.StartWith("HTTP/1.1 503").And.Contain("\"code\":\"timeout\""));
        Assert.That(watch.Elapsed, Is.GreaterThan(TimeSpan.FromSeconds(2)), "Photos have longer.");
    }

    [Test]
    public async Task More_connections_than_allowed_are_closed()
    {
        await using var server = await TestServer.StartAsync(TestDatabase.ConnectionString, ("FaceId:MaxConnections", "2"));
        using var patience = new CancellationTokenSource(Patience);
        using var first = await RawConnection.OpenAsync(server.Address);
        using var second = await RawConnection.OpenAsync(server.Address);
        using var third = await RawConnection.OpenAsync(server.Address);

        Assert.That(await third.ReadToEndAsync(patience.Token), Is.Empty);
        await second.SendAsync("GET /health/live HTTP/1.1\r\nHost: faceid\r\nConnection: close\r\n\r\n");
        Assert.That(await second.ReadToEndAsync(patience.Token), Does.StartWith("HTTP/1.1 200"));
    }

    [Test]
    public void Every_address_of_the_API_has_its_time_and_no_probe_has()
    {
        var doors = TestRun.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .ToLookup(door => door.RoutePattern.RawText!.Split('/')[1], door => door.Metadata.GetMetadata<RequestTimeoutAttribute>()?.PolicyName);

        Assert.Multiple(() =>
        {
            Assert.That(doors["api"], Has.All.Not.Null.And.Some.EqualTo("photos").And.Some.EqualTo("ordinary").And.Some.EqualTo("export"));
            Assert.That(doors["health"], Has.All.Null.And.Not.Empty);
        });
    }
}
