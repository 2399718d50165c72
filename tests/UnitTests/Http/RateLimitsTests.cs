using System.Net;
using FaceId.Web.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace FaceId.UnitTests.Http;

public sealed class RateLimitsTests
{
    private readonly RateLimits _limits = new(_ => Task.CompletedTask, new Allowances(new FakeTimeProvider()));

    [Test]
    public async Task A_key_with_a_rate_of_its_own_is_held_to_it() =>
        Assert.That(await PassedAsync(100, http => http.Features.Set(KeyRate.PerSecond(keyId: 5, requests: 10))), Is.EqualTo(20));

    [Test]
    public async Task Everybody_else_has_the_common_rate() => Assert.That(await PassedAsync(500, _ => { }), Is.EqualTo(400));

    [Test]
    public async Task At_an_open_door_the_address_counts_whoever_knocks() =>
        Assert.That(await PassedAsync(100, http =>
        {
            http.Features.Set(KeyRate.PerSecond(keyId: 5, requests: 10));
            http.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new EnableRateLimitingAttribute(RateLimits.SignIn)), null));
        }), Is.EqualTo(60));

    private async Task<int> PassedAsync(int requests, Action<HttpContext> prepare)
    {
        using var services = new ServiceCollection().AddLogging().AddProblemDetails().BuildServiceProvider();
        var passed = 0;
        for (var i = 0; i < requests; i++)
        {
            var http = new DefaultHttpContext { RequestServices = services, Connection = { RemoteIpAddress = IPAddress.Loopback } };
            prepare(http);
            await _limits.InvokeAsync(http, new HttpCaller(new HttpContextAccessor { HttpContext = http }));
            passed += http.Response.StatusCode == StatusCodes.Status200OK ? 1 : 0;
        }

        return passed;
    }
}
