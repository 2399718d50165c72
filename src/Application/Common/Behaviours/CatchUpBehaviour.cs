using System.Reflection;
using ErrorOr;
using FaceId.Application.Common.Security;
using FaceId.Application.Recognition;
using MediatR;

namespace FaceId.Application.Common.Behaviours;

/// <summary>
/// Answers a command only when this server has heard of what the command changed, so that whoever sends the next request here meets
/// the change. Other nodes hear of it within two seconds.
/// </summary>
internal sealed class CatchUpBehaviour<TRequest, TResponse>(IAccessDirectory directory) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    // Recognition changes nobody's rights, and is in a hurry. An internal request is followed by the one that it is part of.
    private static readonly bool Concerned = typeof(TRequest).GetInterfaces().Any(contract =>
            contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(ICommand<>))
        && !typeof(TRequest).IsAssignableTo(typeof(IRecognitionAttempt))
        && !typeof(TRequest).IsDefined(typeof(InternalAttribute));

    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        var response = await next();
        if (Concerned)
        {
            await directory.CatchUpAsync(cancellationToken);
        }

        return response;
    }
}
