using System.Reflection;
using ErrorOr;
using FaceId.Application.Common.Security;
using MediatR;

namespace FaceId.Application.Common.Behaviours;

/// <summary>Lets a request through only when its caller has what the request type asks for.</summary>
internal sealed class AuthorizationBehaviour<TRequest, TResponse>(ICaller caller) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    private static readonly bool Anonymous = typeof(TRequest).IsDefined(typeof(AnonymousAttribute));
    private static readonly RequiresAttribute? Needed = typeof(TRequest).GetCustomAttribute<RequiresAttribute>();

    public Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        if (Anonymous)
        {
            return next();
        }

        if (Needed is null)
        {
            throw new InvalidOperationException($"{typeof(TRequest).Name} does not say what it needs of its caller.");
        }

        return caller.Role switch
        {
            null => Task.FromResult(Refusal<TResponse>.From(SecurityErrors.SignInNeeded)),
            { } role when role.Has(Needed.Permission) || (Needed.OrOwner && IsOwner(request)) => next(),
            _ => Task.FromResult(Refusal<TResponse>.From(SecurityErrors.Forbidden)),
        };
    }

    private bool IsOwner(TRequest request) => request is IAboutUser about && about.UserId == caller.UserId;
}
