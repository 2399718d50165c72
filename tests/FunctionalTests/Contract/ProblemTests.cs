using System.Net;
using FaceId.FunctionalTests.Support;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.FunctionalTests.Contract;

public sealed class ProblemTests : ServerTests
{
    [Test]
    public async Task An_unknown_address_is_answered_as_a_problem()
    {
        using var admin = await AdminAsync();

        (await admin.GetAsync("/api/v1/nothing-here")).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
        (await admin.GetAsync("/api/v1/users/not-a-number")).ShouldBeProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Test]
    public async Task An_address_asked_in_the_wrong_way_says_so()
    {
        using var admin = await AdminAsync();

        (await admin.DeleteAsync("/api/v1/logs")).ShouldBeProblem(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
    }

    [Test]
    public void Every_address_of_the_API_asks_for_a_signed_in_caller_but_the_few_that_say_otherwise()
    {
        var endpoints = TestRun.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText?.StartsWith("/api/", StringComparison.Ordinal) == true).ToList();
        var open = endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(endpoint => endpoint.RoutePattern.RawText);
        var unguarded = endpoints.Where(endpoint =>
            endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null && endpoint.Metadata.GetMetadata<IAuthorizeData>() is null);

        Assert.Multiple(() =>
        {
            Assert.That(endpoints, Has.Count.GreaterThan(15));
            Assert.That(unguarded.Select(endpoint => endpoint.RoutePattern.RawText), Is.Empty);
            Assert.That(open, Is.EquivalentTo(new[]
            {
                "/api/v1/auth/register", "/api/v1/auth/verify-email", "/api/v1/auth/resend-verification", "/api/v1/auth/login", "/api/v1/auth/mfa",
                "/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/auth/forgot-password", "/api/v1/auth/reset-password",
                "/api/v1/auth/passkeys/options", "/api/v1/auth/passkeys", "/api/v1/erasures/check",
            }));
        });
    }

    [Test]
    public async Task Answers_with_personal_data_are_not_kept_by_caches()
    {
        using var admin = await AdminAsync();

        var me = await admin.GetAsync("/api/v1/me");

        Assert.That(me.Message.Headers.CacheControl?.NoStore, Is.True);
    }
}
