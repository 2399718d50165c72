using ErrorOr;
using MediatR;

namespace FaceId.Application.Common.Behaviours;

/// <summary>Runs a transactional command in one transaction: committed when it succeeds, rolled back when it refuses or fails.</summary>
internal sealed class TransactionBehaviour<TRequest, TResponse>(IFaceIdDb db) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IErrorOr
{
    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        if (request is not ITransactional)
        {
            return await next();
        }

        await using var transaction = await db.BeginTransactionAsync(cancellationToken);
        var response = await next();
        if (!response.IsError)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return response;
    }
}
