using FaceId.Application.Users;
using FaceId.Web.Http;
using FaceId.Web.OpenApi;
using MediatR;

namespace FaceId.Web.Endpoints;

internal static class AuthEndpoints
{
    public static void MapAuth(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Accounts").AllowAnonymous();
        auth.MapPost("/register", Register).Describe("Register", "Makes an account of one's own.")
            .Produces<UserResponse>(StatusCodes.Status201Created).Refuses("validation", "email_taken")
            .RequireRateLimiting(RateLimits.Registration);
        auth.MapPost("/login", Login).Describe("Login", "Proves who somebody is by their password.")
            .Produces<Login.Response>().Refuses("validation", "invalid_credentials", "mfa_required")
            .RequireRateLimiting(RateLimits.SignIn);
    }

    private static Task<IResult> Register(Register request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, user => TypedResults.Created("/api/v1/me", user), cancellationToken);

    private static Task<IResult> Login(Login request, IMediator mediator, CancellationToken cancellationToken) =>
        mediator.Answer(request, cancellationToken);
}
