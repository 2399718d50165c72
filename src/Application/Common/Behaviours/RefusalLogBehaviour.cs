using System.Reflection;
using ErrorOr;
using FaceId.Application.Common.Security;
using FaceId.Application.Users.SecurityEvents;
using FaceId.Domain.Users;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace FaceId.Application.Common.Behaviours;

/// <summary>Notes when somebody known asks for what they may not, which is how a stolen session or key shows.</summary>
internal sealed class RefusalLogBehaviour<TRequest, TResponse>(RefusalBound bound, IServiceScopeFactory scopes, ICaller caller)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    // An internal request is refused together with the one that it is part of.
    private static readonly bool Internal = typeof(TRequest).IsDefined(typeof(InternalAttribute));

    private static readonly string Needed = typeof(TRequest).GetCustomAttribute<RequiresAttribute>() is { } requires
        ? Permissions.Scope(requires.Permission)
        : "own-account";

    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var response = await next();
        if (!Internal && response is { IsError: true, Errors: [var first, ..] } && first.Code == SecurityErrors.Forbidden.Code
            && (caller.UserId ?? -caller.ApiKey?.KeyId) is { } who && bound.Admits(who, Needed))
        {
            // On a connection of its own: what the refused request left undone must not be saved with it.
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<SecurityLog>().WriteAsync(
                SecurityEventKind.AccessRefused, caller.UserId, $"{Needed} {typeof(TRequest).Name}", CancellationToken.None);
        }

        return response;
    }
}

/// <summary>Admits one event a minute for each caller and permission, so that nobody fills the table.</summary>
public sealed class RefusalBound(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<(int Who, string Permission)> _noted = [];
    private long _minute;

    /// <param name="who">An account's id, or a key's with a minus.</param>
    public bool Admits(int who, string permission)
    {
        var minute = time.GetUtcNow().UtcTicks / TimeSpan.TicksPerMinute;
        lock (_lock)
        {
            if (minute != _minute)
            {
                _minute = minute;
                _noted.Clear();
            }

            return _noted.Add((who, permission));
        }
    }
}
