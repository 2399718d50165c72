using System.Globalization;
using System.Security.Claims;
using FaceId.Application.Common.Security;
using FaceId.Application.Users;
using FaceId.Infrastructure.Users;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;

namespace FaceId.Web.Http;

/// <summary>Who a caller is comes from their token; whether they still are, and their role, from the database at every request.</summary>
internal static class Authentication
{
    public static IServiceCollection AddBearerAuthentication(this IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<AccessTokens>((options, tokens) =>
        {
            options.MapInboundClaims = false;
            options.TokenValidationParameters = tokens.Validation;
            options.Events = new JwtBearerEvents { OnMessageReceived = SkipProbes, OnTokenValidated = AttachRole, OnChallenge = AnswerChallenge };
        });

        services.AddAuthorization();
        return services;
    }

    /// <summary>A probe must be answered even when the database, which knows the callers, is away.</summary>
    private static Task SkipProbes(MessageReceivedContext context)
    {
        if (context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
        {
            context.NoResult();
        }

        return Task.CompletedTask;
    }

    private static async Task AttachRole(TokenValidatedContext context)
    {
        var accounts = context.HttpContext.RequestServices.GetRequiredService<ActiveAccounts>();
        var identity = (ClaimsIdentity)context.Principal!.Identity!;
        var subject = identity.FindFirst(JwtRegisteredClaimNames.Sub)?.Value;
        if (int.TryParse(subject, NumberStyles.None, CultureInfo.InvariantCulture, out var userId)
            && await accounts.FindRoleAsync(userId, context.HttpContext.RequestAborted) is { } role)
        {
            identity.AddClaim(new Claim(HttpCaller.RoleClaim, role.ToString()));
        }
        else
        {
            context.Fail("The account was erased or deactivated.");
        }
    }

    private static Task AnswerChallenge(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        context.Response.Headers.WWWAuthenticate = JwtBearerDefaults.AuthenticationScheme;
        return Problems.From(SecurityErrors.SignInNeeded).ExecuteAsync(context.HttpContext);
    }
}
